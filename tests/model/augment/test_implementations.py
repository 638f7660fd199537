"""Which kernels do the work, and what all of them promise: pool, generator, threads, precision."""

import dataclasses
import sys

import pytest
import torch

from clear.presets import PAPER, RELEASED
from tests.model.augment.augmenting import CELLS, GENES, all_cells, augmenter, using


def test_pool_is_never_changed(pool, implementation):
    before = pool.clone()
    augment = using(pool, PAPER, 0)
    for _ in range(5):
        augment(torch.arange(CELLS)).zero_()
    assert torch.equal(pool, before)


def test_own_generator_only(pool, implementation):
    state = torch.get_rng_state()
    first, again, other = (using(pool, PAPER, seed)(torch.arange(CELLS)) for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_number_of_threads_does_not_change_a_bit(pool, dtype):
    before = torch.get_num_threads()
    found = []
    for threads in (1, 2, 5):
        torch.set_num_threads(threads)
        found.append(using(pool, PAPER, 3, dtype)(all_cells()))
    torch.set_num_threads(before)
    assert torch.equal(found[0], found[1])
    assert torch.equal(found[0], found[2])


def test_bfloat16_is_the_rounded_float32(pool, implementation):
    tiny = torch.rand(CELLS, GENES, generator=torch.Generator().manual_seed(0))
    exact = using(tiny, PAPER, 3)(all_cells())
    assert torch.equal(using(tiny, PAPER, 3, torch.bfloat16)(all_cells()), exact.bfloat16())
    # Half-way between two neighbours, and all signs and sizes.
    bits = torch.arange(-(2**31), 2**31, 2**12 + 2**9, dtype=torch.int64).to(torch.int32)
    values = bits.view(torch.float32)[None]
    values = values[values.isfinite() & (values.abs() < 3e38)][None].repeat(2, 1)
    clean = augmenter(values, steps=[])
    clean.dtype = torch.bfloat16
    assert torch.equal(clean(torch.tensor([1])), values[1:].bfloat16())
    half_way = torch.tensor([[1 + 2**-8, 1 + 3 * 2**-8, -1 - 2**-8]] * 2)
    clean.use(half_way)
    assert clean(torch.tensor([0])).tolist() == [[1.0, 1 + 2**-6, -1.0]]


def test_pairs_are_copies_of_cells_and_of_their_positives(pool, implementation):
    clean = augmenter(pool, steps=[])
    assert torch.equal(clean.pair(torch.tensor([3, 1]), torch.tensor([0, 2])), pool[[3, 1, 0, 2]])
    views = using(pool, PAPER, 3).pair(torch.arange(CELLS), torch.arange(CELLS))
    same = (views[:CELLS] == views[CELLS:]).all(1)
    assert same.sum() < 3


def test_presets_with_habits_of_the_released_code_are_left_to_torch(pool):
    assert using(pool, PAPER).done_by == "Numba kernels"
    assert using(pool, RELEASED).compiled is None
    assert "no kernel for exact_fractions, swap_with_rep" in using(pool, RELEASED).done_by
    switch = dataclasses.replace(PAPER, exact_fractions=True)
    assert using(pool, switch).compiled is None


def test_without_numba_torch_takes_over(pool, monkeypatch):
    expected = using(pool, PAPER)
    expected.compiled = None
    monkeypatch.setitem(sys.modules, "clear.fast.augment_cpu", None)  # its import is an ImportError
    augment = using(pool, PAPER)
    assert augment.compiled is None
    assert augment.done_by.startswith("PyTorch (Numba cannot be used: ")
    assert torch.equal(augment(all_cells()), expected(all_cells()))


def test_why_kernels_cannot_be_used_is_one_line(pool, monkeypatch):
    def fail(_):
        raise RuntimeError("no compiler:\n\n" + "  a line of its log\n" * 100)

    monkeypatch.setattr("clear.fast.augment_cpu.CpuAugmenter", fail)
    why = using(pool, PAPER).done_by
    assert why.startswith("PyTorch (Numba cannot be used: no compiler: a line of its log a line")
    assert "\n" not in why
    assert len(why) < 400
