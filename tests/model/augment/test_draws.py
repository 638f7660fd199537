"""What is drawn: every coin, gene and donor with its probability, independent of the others."""

import dataclasses

import numpy as np
import pytest
import torch
from scipy import stats

from clear.model.augment import Augmenter
from clear.presets import PAPER
from tests.model.augment.augmenting import (
    CELLS,
    GENES,
    STEPS,
    all_cells,
    augmenter,
    close,
    origin,
    using,
)


def test_rows_are_masked_independently(pool, implementation):
    zero = augmenter(pool, steps=["mask"])(all_cells()) == 0
    both = zero[:-1] & zero[1:]
    assert close(both.float().mean(), 0.2**2, both.numel())


@pytest.mark.parametrize("step", STEPS)
def test_each_step_is_executed_for_half_of_the_cells(pool, step, implementation):
    cells = all_cells()
    out = augmenter(pool, steps=[step], probability=0.5)(cells)
    executed = (out != pool[cells]).any(1)
    assert close(executed.float().mean(), 0.5, len(cells))


def test_coins_of_the_steps_are_independent(pool, implementation):
    cells = all_cells().repeat(2)
    out = using(pool, PAPER, 3)(cells)
    untouched = (out == pool[cells]).all(1)
    assert close(untouched.float().mean(), 1 / 32, len(cells))


def test_rows_and_calls_have_random_numbers_of_their_own(pool, implementation):
    augment = using(pool, PAPER, 3)
    copies = torch.cat([augment(torch.zeros(200, dtype=torch.int64)) for _ in range(2)])
    touched = copies[(copies != pool[0]).any(1)]
    assert len(touched) > 370  # 31 of 32
    assert len(touched.unique(dim=0)) == len(touched)


@pytest.mark.parametrize("step", ["crossover", "crossover_many"])
def test_donors_are_uniform_and_never_the_cell_itself(pool, implementation, step):
    cells = all_cells().repeat(3)
    cell = origin(augmenter(pool, steps=[step], **{f"{step}_fraction": 1.0})(cells))[0]
    if step == "crossover":
        cell = cell[:, :1]
    assert (cell != cells[:, None]).all()
    counts = np.zeros((CELLS, CELLS))
    np.add.at(counts, (cells[:, None].expand_as(cell), cell), 1)
    others = counts[~np.eye(CELLS, dtype=bool)]
    assert stats.chisquare(others).pvalue > 1e-4


@pytest.mark.needs_gpu
@pytest.mark.parametrize("step", ["crossover", "crossover_many"])
def test_donors_over_many_calls_on_a_gpu(step):
    """Four million draws: half a percent more or less of one donor would be found."""
    pool = torch.arange(CELLS, device="cuda", dtype=torch.float32)[:, None]  # one gene
    off = {f"{each}_probability": 0.0 for each in STEPS}
    on = {f"{step}_probability": 1.0, f"{step}_fraction": 1.0}
    preset = dataclasses.replace(PAPER, **{**off, **on})
    augment = Augmenter(preset, torch.Generator("cuda").manual_seed(0))
    augment.use(pool)
    cells = torch.arange(CELLS, device="cuda").repeat(2500)
    donors = torch.stack([augment(cells)[:, 0].long() for _ in range(40)])
    assert (donors != cells).all()
    ahead = (donors - cells) % CELLS - 1
    for first, second in ((cells.expand_as(donors), ahead), (ahead[:, :-1], ahead[:, 1:])):
        counts = torch.bincount((first * CELLS + second).flatten(), minlength=CELLS**2)
        counts = counts.reshape(CELLS, CELLS)[: first.max() + 1, :-1]
        assert stats.chisquare(counts.flatten().cpu()).pvalue > 1e-4


def test_gaps_between_hits_are_geometric(pool, implementation):
    out = augmenter(pool, steps=["crossover_many"])(all_cells())
    hit = origin(out)[0] != all_cells()[:, None]
    rows, genes = hit.nonzero(as_tuple=True)
    gaps = (genes.diff() - 1)[rows.diff() == 0].clamp(max=15)
    expected = 0.25 * 0.75 ** np.arange(16)
    expected[15] = 0.75**15
    # Gaps that reach beyond the last gene are not seen: the first half of genes only.
    first = (genes[:-1] < GENES - 100)[rows.diff() == 0]
    counts = torch.bincount(gaps[first], minlength=16).numpy()
    assert stats.chisquare(counts, expected * counts.sum()).pvalue > 1e-4
