"""The five augmentations: how much they change, where the new values come from, in which order."""

import dataclasses

import numpy as np
import pytest
import torch
from scipy import stats

from clear.presets import PAPER
from tests.model.augment.augmenting import CELLS, GENES, all_cells, augmenter, close, origin


def test_mask_zeroes_a_fifth_and_nothing_else(pool, implementation):
    cells = all_cells()
    out = augmenter(pool, steps=["mask"])(cells)
    zero = out == 0
    assert close(zero.float().mean(), 0.2, zero.numel())
    assert torch.equal(out[~zero], pool[cells][~zero])
    per_gene = zero.float().mean(0)
    assert per_gene.min() > 0.15
    assert per_gene.max() < 0.25


def test_noise_is_normal_with_sd_a_fifth_on_four_fifths(pool, implementation):
    change = augmenter(torch.zeros(CELLS, GENES), steps=["noise"])(all_cells())
    hit = change != 0
    assert close(hit.float().mean(), 0.8, hit.numel())
    drawn = change[hit]
    assert abs(drawn.mean()) < 5 * 0.2 / len(drawn) ** 0.5
    assert abs(drawn.std() - 0.2) < 5 * 0.2 / (2 * len(drawn)) ** 0.5
    some = drawn[::10].numpy()  # about 100,000
    assert stats.kstest(some / 0.2, "norm").pvalue > 1e-4
    assert abs(stats.kurtosis(drawn.numpy())) < 5 * (24 / len(drawn)) ** 0.5
    assert drawn.abs().max() > 0.2 * 4  # far tails too
    # Added, not put in the place of the value.
    out = augmenter(torch.full((CELLS, GENES), 7.0), steps=["noise"])(all_cells())
    assert torch.allclose(out - 7, change, atol=1e-6)


def test_swap_exchanges_a_tenth_in_pairs_within_the_cell(pool, implementation):
    cells = all_cells()
    out = augmenter(pool, steps=["swap"])(cells)
    cell, gene = origin(out)
    assert torch.equal(cell, cells[:, None].expand_as(cell))
    own = torch.arange(GENES).expand_as(gene)
    assert (gene != own).sum(1).eq(30).all()  # exactly 10 % of 300, distinct genes
    assert torch.equal(gene.gather(1, gene), own)  # pairs: the partner's partner is the gene
    assert not torch.equal(gene[0], gene[CELLS])  # other pairs in the next copy of the cell
    per_gene = (gene != own).float().mean(0)
    assert per_gene.min() > 0.07
    assert per_gene.max() < 0.13


def test_crossover_takes_a_quarter_from_one_other_cell(pool, implementation):
    cells = all_cells()
    out = augmenter(pool, steps=["crossover"])(cells)
    cell, gene = origin(out)
    assert torch.equal(gene, torch.arange(GENES).expand_as(gene))  # each gene stays in its place
    hit = cell != cells[:, None]
    assert close(hit.float().mean(), 0.25, hit.numel())
    donors = [set(row[changed].tolist()) for row, changed in zip(cell, hit, strict=True)]
    assert all(len(row) == 1 for row in donors)


def test_crossover_with_many_cells_draws_a_cell_for_each_gene(pool, implementation):
    cells = all_cells()
    out = augmenter(pool, steps=["crossover_many"])(cells)
    cell, gene = origin(out)
    assert torch.equal(gene, torch.arange(GENES).expand_as(gene))
    hit = cell != cells[:, None]
    assert close(hit.float().mean(), 0.25, hit.numel())
    # About 75 genes from 39 cells: 1 - (1 - 1/39)^75 of them occur.
    kinds = np.mean([len(set(r[h].tolist())) for r, h in zip(cell, hit, strict=True)])
    assert 32 < kinds < 35


def test_noise_comes_after_mask(pool, implementation):
    out = augmenter(pool, steps=["mask", "noise"], mask_fraction=1.0, noise_fraction=1.0)(
        torch.arange(CELLS)
    )
    assert (out != 0).float().mean() > 0.999


def test_crossover_comes_after_noise_and_swap(pool, implementation):
    whole = {"swap_fraction": 1.0, "noise_fraction": 1.0, "crossover_fraction": 1.0}
    cells = torch.arange(CELLS)
    out = augmenter(pool, steps=["noise", "swap", "crossover"], **whole)(cells)
    donors = origin(out)[0][:, 0]
    assert torch.equal(out, pool[donors])  # a clean profile of another cell
    assert (donors != cells).all()


def test_crossover_with_many_comes_last(pool, implementation):
    out = augmenter(pool, steps=["crossover", "crossover_many"], crossover_fraction=1.0)(
        all_cells()
    )
    cell = origin(out)[0]
    donor = cell.mode(dim=1).values
    assert close((cell != donor[:, None]).float().mean(), 0.25 * 38 / 39, cell.numel())


def test_smallest_pool(implementation):
    pool = torch.tensor([[1.0], [2.0]])
    out = augmenter(pool, steps=["swap", "crossover"], crossover_fraction=1.0)(torch.tensor([0, 1]))
    assert out.tolist() == [[2.0], [1.0]]


@pytest.mark.parametrize("genes", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("fraction", [0.0, 0.3, 1.0])
def test_swap_of_a_few_genes(implementation, genes, fraction):
    pool = torch.arange(1.0, 2 * genes + 1).reshape(2, genes)
    cells = torch.arange(2).repeat(50)
    out = augmenter(pool, steps=["swap"], swap_fraction=fraction)(cells)
    assert torch.equal(out.sort(1).values, pool[cells])
    moved = (out != pool[cells]).sum(1)
    preset = dataclasses.replace(PAPER, swap_fraction=fraction)
    assert moved.eq(2 * preset.swapped_pairs(genes)).all()
    assert dataclasses.replace(PAPER, swap_fraction=1.0).swapped_pairs(genes) == genes // 2


@pytest.mark.parametrize("step", ["mask", "noise", "crossover", "crossover_many"])
@pytest.mark.parametrize("fraction", [0.0, 0.001, 1.0])
def test_extreme_fractions(pool, implementation, step, fraction):
    cells = all_cells()
    changed = augmenter(pool / 1e4, steps=[step], **{f"{step}_fraction": fraction})(cells)
    share = (changed != pool[cells] / 1e4).float().mean()
    if fraction in (0, 1):
        assert share == fraction
    else:
        assert close(share, fraction, changed.numel())
