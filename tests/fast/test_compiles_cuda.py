"""The kernels compile for a GPU, which takes none: what only fails there would not show."""

import os
import subprocess
import sys

import pytest

# Sizes of the presets; shared memory is that of every GPU since Ampere.
SCRIPT = """
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from clear.fast import (
    augment_cuda, info_nce_cuda, measures_cuda, spectral_cuda, update_cuda, walks_cuda
)
from clear.presets import GRAPH_DIFFUSION, PAPER, RECOMMENDED

POINTERS = {"place": "*i64", "cells": "*i64", "positives": "*i64", "raw": "*bf16",
            "gradient": "*bf16", "temperature": "fp32", "chance": "fp32"}
NUMBERS = "rows half held parts others negatives kept capacity blocks".split()

def compiled(kernel, sizes, warps, of_kernel=()):
    types = {name: "i32" for name in NUMBERS} | POINTERS | dict(of_kernel)
    names = kernel.arg_names
    signature = {n: "constexpr" if n in sizes else types.get(n, "*fp32") for n in names}
    constants = {(names.index(n),): value for n, value in sizes.items()}
    source = ASTSource(fn=kernel, signature=signature, constexprs=constants)
    options = {"num_warps": warps, "num_stages": 2}
    found = triton.compile(source, target=GPUTarget("cuda", 90, 32), options=options)
    assert found.asm["cubin"]
    assert found.metadata.shared <= 99 * 1024, found.metadata.shared

def dimensions(preset):
    width = triton.next_power_of_2(preset.n_latent)
    return {"DIMENSIONS": preset.n_latent, "WIDTH": width, "ROWS": measures_cuda.ROWS}

paper, recommended, diffusion = map(dimensions, (PAPER, RECOMMENDED, GRAPH_DIFFUSION))
compiled(measures_cuda._finish, paper, 4)
compiled(info_nce_cuda._keys, paper | {"IN_BATCH": True}, 4)
kind = {"IN_BATCH": True, "LAST_RELU": True, "KIND": measures_cuda.ROUNDED.value}
compiled(info_nce_cuda._anchors, paper | kind | {"COLUMNS": 64}, 8)
kind = {"FIXED": True, "IN_BATCH": True, "LAST_RELU": False, "COLUMNS": 32}
compiled(spectral_cuda._anchors, recommended | kind, 4)
compiled(spectral_cuda._anchors, diffusion | kind | {"FIXED": False}, 8)

def named(type, names):
    return dict.fromkeys(names.split(), type)

numbers = named("i32", "genes choices step_over swapped high low") | named(
    "fp32", "mask_coin noise_coin swap_coin cross_coin many_coin mask_share noise_share "
    "cross_share many_share noise_sd"
)
for exact in (True, False):
    for to in ("*bf16", "*fp32"):
        own = numbers | {"key": "*i64", "out": to}
        sizes = {"EXACT": exact, "BLOCK": augment_cuda.BLOCK}
        compiled(augment_cuda._distort, sizes, 4, own)

own = named("fp32", "beta1 beta2 epsilon decay follow") | {"inputs": "i32"}
own |= named("*bf16", "factor offset key_factor key_offset weight_gradient bias_gradient")
for standardised in (True, False):
    for move in (True, False):
        sizes = {"STANDARDISED": standardised, "MOVE": move, "BLOCK": update_cuda.BLOCK}
        compiled(update_cuda._update, sizes, 4, own)

own = named("*i64", "nearest reverse begin number ends")
own |= named("i32", "cells neighbors walks length")
own |= {"uniform": "*fp64", "returns": "*i32"}
compiled(walks_cuda._walk, {"BLOCK": walks_cuda.BLOCK}, 4, own)
"""


def test_kernels_compile_and_fit_into_shared_memory():
    pytest.importorskip("triton", reason="Triton is not installed")
    environment = {k: v for k, v in os.environ.items() if k != "TRITON_INTERPRET"}
    subprocess.run([sys.executable, "-c", SCRIPT], check=True, env=environment)
