"""Which genes the swap exchanges, found on a GPU for each gene by itself.

The swap needs disjoint pairs, an exact number of them. Each row has a random order of the genes, a
keyed permutation (a Feistel network on two digits, Black and Rogaway 2002), and the genes at places
2i and 2i + 1 are exchanged, for the first places of that order. Any gene's place, and the gene of
any place, is computed directly.
"""

import math

import triton
import triton.language as tl


def digits(genes: int) -> tuple[int, int]:
    """Return two numbers of similar size whose product is ``genes``, or little more."""
    root = math.isqrt(genes - 1) + 1
    highs = range(max(root // 2, min(root, 2)), root + 1)  # with 1 the order is only rotated
    return min(((high, -(-genes // high)) for high in highs), key=math.prod)


@triton.jit
def _hash(digit, key, size):
    """Hash a digit to a number below ``size``."""
    bits = (digit ^ key) * 0x9E3779B1
    bits = (bits ^ (bits >> 15)) * 0x85EBCA77
    bits = (bits ^ (bits >> 13)) * 0xC2B2AE3D
    return tl.umulhi(bits, size)


@triton.jit
def _plus(digit, change, size):
    total = digit + change
    return tl.where(total >= size, total - size, total)


@triton.jit
def _minus(digit, change, size):
    return tl.where(digit >= change, digit - change, digit + size - change)


@triton.jit
def _place(gene, k0, k1, k2, k3, k4, k5, high, low):
    """Permute the numbers below ``high * low``."""
    left, right = gene // low, gene % low
    left = _plus(left, _hash(right, k0, high), high)
    right = _plus(right, _hash(left, k1, low), low)
    left = _plus(left, _hash(right, k2, high), high)
    right = _plus(right, _hash(left, k3, low), low)
    left = _plus(left, _hash(right, k4, high), high)
    right = _plus(right, _hash(left, k5, low), low)
    return left * low + right


@triton.jit
def _gene(place, k0, k1, k2, k3, k4, k5, high, low):
    """Invert :func:`_place`."""
    left, right = place // low, place % low
    right = _minus(right, _hash(left, k5, low), low)
    left = _minus(left, _hash(right, k4, high), high)
    right = _minus(right, _hash(left, k3, low), low)
    left = _minus(left, _hash(right, k2, high), high)
    right = _minus(right, _hash(left, k1, low), low)
    left = _minus(left, _hash(right, k0, high), high)
    return left * low + right


@triton.jit
def partner(gene, k0, k1, k2, k3, k4, k5, genes, swapped, high, low, EXACT: tl.constexpr):
    """Return the gene whose value each gene gets; ``swapped`` genes change places."""
    gene, genes = gene.to(tl.uint32), genes.to(tl.uint32)
    high, low = high.to(tl.uint32), low.to(tl.uint32)
    place = _place(gene, k0, k1, k2, k3, k4, k5, high, low)
    if not EXACT:  # go on until the number is that of a gene
        while tl.max((place >= genes).to(tl.int32), axis=0) > 0:
            further = _place(place, k0, k1, k2, k3, k4, k5, high, low)
            place = tl.where(place >= genes, further, place)
    found = _gene(place ^ 1, k0, k1, k2, k3, k4, k5, high, low)
    moved = place < swapped.to(tl.uint32)
    found = tl.where(moved, found, gene)
    if not EXACT:
        while tl.max((found >= genes).to(tl.int32), axis=0) > 0:
            further = _gene(found, k0, k1, k2, k3, k4, k5, high, low)
            found = tl.where(found >= genes, further, found)
    return found.to(tl.int32)
