"""The habits of the released code, each beside its plain loop."""

import dataclasses

import pytest
import torch

from tests.model.augment.augmenting import (
    CELLS,
    GENES,
    STEPS,
    all_cells,
    augmenter,
    close,
    everyone,
    origin,
)

# The habits of the released code.


@pytest.mark.parametrize(
    ("step", "share"),
    [("mask", 0.2), ("noise", 0.8), ("crossover", 0.25), ("crossover_many", 0.25)],
)
def test_exact_fractions_change_the_same_number_of_genes_in_each_cell(pool, step, share):
    cells = all_cells()
    pool = pool / 1e4  # so that no noise is lost in rounding
    out = augmenter(pool, steps=[step], exact_fractions=True)(cells)
    changed = out != pool[cells]
    assert changed.sum(1).eq(int(share * GENES)).all()
    per_gene = changed.float().mean(0)
    assert (per_gene - share).abs().max() < 5 * (share * (1 - share) / len(cells)) ** 0.5
    some = augmenter(pool[:, :7], steps=["mask"], exact_fractions=True, mask_fraction=0.4)(cells)
    assert (some == 0).sum(1).eq(2).all()  # 2.8, rounded down


@pytest.mark.parametrize("count", [0, 15, 150])  # with 150 most genes are drawn several times
def test_swap_with_replacement_is_its_plain_loop(pool, count):
    cells, fraction = torch.arange(CELLS), 2 * count / GENES
    augment = augmenter(
        pool, steps=["swap"], seed=4, swap_with_replacement=True, swap_fraction=fraction
    )
    out = augment.steps.swap(pool[cells], cells, everyone(cells))
    pairs = torch.randint(GENES, (2, CELLS, count), generator=torch.Generator().manual_seed(4))
    expected = pool.clone()
    for cell in range(CELLS):
        first, second = pairs[:, cell].tolist()
        for a, b in zip(first, second, strict=True):
            expected[cell, a] = pool[cell, b]
        for a, b in zip(first, second, strict=True):
            expected[cell, b] = pool[cell, a]
    assert torch.equal(out, expected)


@pytest.mark.parametrize("exact", [True, False])
def test_crossover_that_writes_back_exchanges_one_after_the_other(pool, exact):
    few, cells = pool[:5].clone(), torch.arange(5).repeat(8)  # each donor many times
    augment = augmenter(
        few, steps=["crossover"], seed=7, crossover_writes_back=True, exact_fractions=exact
    )
    twin = augmenter(few, steps=["crossover"], seed=7, exact_fractions=exact)
    hit = twin.steps._hit(everyone(cells), 0.25)
    chosen = twin.steps._others(cells)
    out = augment.steps.crossover(few[cells], cells, everyone(cells))

    changed, expected = few.clone(), few[cells]
    for row, donor in enumerate(chosen.tolist()):
        taken = changed[donor, hit[row]].clone()
        changed[donor, hit[row]] = expected[row, hit[row]]
        expected[row, hit[row]] = taken
    assert torch.equal(out, expected)
    assert torch.equal(augment.steps.donors, changed)
    assert not torch.equal(changed, few)
    assert torch.equal(augment.pool, pool[:5])
    augment.use(few)
    assert torch.equal(augment.steps.donors, few)


def test_only_crossovers_see_what_was_written_back(pool):
    names = ["crossover", "crossover_many"]
    augment = augmenter(pool, steps=names, crossover_writes_back=True)
    augment.steps.donors.zero_()
    cells = torch.arange(CELLS)
    steps = augment.steps
    many = steps.crossover_many(pool[cells], cells, everyone(cells))
    assert close((many == 0).float().mean(), 0.25, many.numel())
    steps.preset = dataclasses.replace(
        steps.preset, crossover_writes_back=False, crossover_fraction=1.0
    )
    assert (steps.crossover(pool[cells], cells, everyone(cells)) == 0).all()
    none = augmenter(pool, steps=[], crossover_writes_back=True)
    none.steps.donors.zero_()
    assert torch.equal(none(cells), pool)


@pytest.mark.parametrize("step", ["crossover", "crossover_many"])
def test_own_donor_makes_the_cell_itself_as_likely_as_others(pool, step, implementation):
    cells = all_cells()
    whole = {f"{step}_fraction": 1.0}
    cell = origin(augmenter(pool, steps=[step], own_donor=True, **whole)(cells))[0]
    if step == "crossover":
        cell = cell[:, :1]
    counts = torch.bincount(((cell - cells[:, None]) % CELLS).flatten(), minlength=CELLS)
    expected = cell.numel() / CELLS
    assert (counts - expected).abs().max() < 5 * expected**0.5


def test_repeated_augmentations(pool, implementation):
    cells = torch.arange(CELLS)
    for repeat in (True, False):
        augment = augmenter(pool, steps=STEPS, repeat_augmentations=repeat)
        augment.start_epoch()
        first, second = augment(cells), augment(cells)
        augment.start_epoch()
        assert torch.equal(augment(cells), first) == repeat
        assert not torch.equal(first, second)


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("step", ["crossover", "crossover_many"])
def test_a_place_in_the_minibatch_meets_the_same_donors_in_all_epochs(
    pool, implementation, step, own
):
    augment = augmenter(
        pool,
        steps=[step],
        repeat_augmentations=True,
        own_donor=own,
        **{f"{step}_fraction": 1.0},
    )
    donors = []
    for cells in (torch.arange(20), torch.arange(20, 40), torch.randperm(40)[:20]):
        augment.start_epoch()
        donors.append(origin(augment(cells))[0])
    assert len(donors[0].unique()) > 10
    for later in donors[1:]:
        moved = later - donors[0]
        # A donor that may not be the cell itself steps over it: the next number at most.
        assert (moved == 0).all() if own else moved.abs().max() <= 1
        assert (moved == 0).float().mean() > 0.2
