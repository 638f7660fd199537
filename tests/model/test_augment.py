"""The five augmentations: how much they change, and where the new values come from."""

import dataclasses
import sys

import numpy as np
import pytest
import torch
from scipy import stats

import clear.model.augment
import clear.model.augment_torch
from clear.model.augment import Augmenter
from clear.presets import PAPER, RELEASED

needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")

TheAugmenter = Augmenter
STEPS = ("mask", "noise", "swap", "crossover", "crossover_many")
CELLS, GENES, COPIES = 40, 300, 100


@pytest.fixture
def pool():
    """Cells x genes in which every value tells its cell and its gene."""
    return torch.arange(1, CELLS * GENES + 1, dtype=torch.float32).reshape(CELLS, GENES)


def origin(values):
    """Cell and gene that the values of ``pool`` come from."""
    code = values.long() - 1
    return code // GENES, code % GENES


@pytest.fixture(
    params=[
        "compiled",
        "torch",
        "torch as on a GPU",
        pytest.param("triton", marks=needs_gpu),
        pytest.param("torch on a GPU", marks=needs_gpu),
    ]
)
def implementation(request, monkeypatch):
    """The implementations, which sample the same distribution."""
    if request.param == "torch as on a GPU":
        monkeypatch.setattr(
            clear.model.augment_torch,
            "_may_synchronise",
            lambda preset, device: preset.crossover_writes_back,
        )
    if request.param.startswith("torch"):
        monkeypatch.setattr(clear.model.augment, "_compiled", lambda *_: (None, "PyTorch"))
    if request.param in ("triton", "torch on a GPU"):
        monkeypatch.setitem(globals(), "Augmenter", OnGpu)
    return request.param


class OnGpu:
    """An augmenter on a GPU that takes and gives tensors on the CPU, as the tests do."""

    def __init__(self, preset, generator, dtype):
        generator = torch.Generator("cuda").manual_seed(generator.initial_seed())
        self.augmenter = TheAugmenter(preset, generator, dtype)
        self.start_epoch = self.augmenter.start_epoch

    def use(self, pool):  # noqa: D102
        self.pool = pool
        self.augmenter.use(pool.cuda())
        self.own = self.augmenter.pool.clone()

    def __call__(self, cells):  # noqa: D102
        copies = self.augmenter(cells.cuda()).cpu()
        assert torch.equal(self.augmenter.pool, self.own)  # which is only read
        return copies

    def pair(self, cells, positives):  # noqa: D102
        return self.augmenter.pair(cells.cuda(), positives.cuda()).cpu()

    @property
    def dtype(self):  # noqa: D102
        return self.augmenter.dtype

    @dtype.setter
    def dtype(self, dtype):
        self.augmenter.dtype = dtype


def using(pool, preset, seed=0, dtype=torch.float32):
    made = Augmenter(preset, torch.Generator().manual_seed(seed), dtype)
    made.use(pool)
    return made


def augmenter(pool, seed=0, probability=1.0, **settings):
    """An augmenter that executes only the steps named in ``settings``."""
    off = {f"{step}_probability": 0.0 for step in STEPS}
    on = {f"{step}_probability": probability for step in settings.pop("steps")}
    preset = dataclasses.replace(PAPER, **{**off, **on, **settings})
    return using(pool, preset, seed)


def all_cells():
    """Every cell many times, so that shares are measured on 1.2 million values."""
    return torch.arange(CELLS).repeat(COPIES)


def everyone(cells):
    """A step that is executed for all cells."""
    return torch.ones(len(cells), 1, dtype=torch.bool)


def close(value, expected, draws):
    """Within five standard errors of a share."""
    return abs(float(value) - expected) < 5 * (expected * (1 - expected) / draws) ** 0.5


def test_mask_zeroes_a_fifth_and_nothing_else(pool, implementation):
    cells = all_cells()
    out = augmenter(pool, steps=["mask"])(cells)
    zero = out == 0
    assert close(zero.float().mean(), 0.2, zero.numel())
    assert torch.equal(out[~zero], pool[cells][~zero])
    per_gene = zero.float().mean(0)
    assert per_gene.min() > 0.15
    assert per_gene.max() < 0.25


def test_rows_are_masked_independently(pool, implementation):
    zero = augmenter(pool, steps=["mask"])(all_cells()) == 0
    both = zero[:-1] & zero[1:]
    assert close(both.float().mean(), 0.2**2, both.numel())


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


def test_smallest_pool(implementation):
    pool = torch.tensor([[1.0], [2.0]])
    out = augmenter(pool, steps=["swap", "crossover"], crossover_fraction=1.0)(torch.tensor([0, 1]))
    assert out.tolist() == [[2.0], [1.0]]


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


def test_rows_and_calls_have_random_numbers_of_their_own(pool, implementation):
    augment = using(pool, PAPER, 3)
    copies = torch.cat([augment(torch.zeros(200, dtype=torch.int64)) for _ in range(2)])
    touched = copies[(copies != pool[0]).any(1)]
    assert len(touched) > 370  # 31 of 32
    assert len(touched.unique(dim=0)) == len(touched)


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


@needs_gpu
@pytest.mark.parametrize("step", ["crossover", "crossover_many"])
def test_donors_over_many_calls_on_a_gpu(step):
    """Four million draws: half a percent more or less of one donor would be found."""
    pool = torch.arange(CELLS, device="cuda", dtype=torch.float32)[:, None]  # one gene
    off = {f"{each}_probability": 0.0 for each in STEPS}
    on = {f"{step}_probability": 1.0, f"{step}_fraction": 1.0}
    preset = dataclasses.replace(PAPER, **{**off, **on})
    augment = TheAugmenter(preset, torch.Generator("cuda").manual_seed(0))
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
