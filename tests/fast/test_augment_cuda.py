"""The Triton kernel of the augmentations, by Triton's interpreter on the CPU.

The interpreter takes long for a row and hardly longer for a long one: few rows of many genes. On
a GPU tests/model/augment/ tests the kernel itself.
"""

import numpy as np
import pytest
from scipy import stats

CELLS, GENES, ROWS = 5, 2001, 8
SCRIPT = f"""
import dataclasses, sys
import numpy as np, torch
from clear.fast.augment_cuda import CudaAugmenter
from clear.presets import PAPER

STEPS = "mask", "noise", "swap", "crossover", "crossover_many"
OFF = dataclasses.replace(PAPER, **{{step + "_probability": 0.0 for step in STEPS}})
augmenter = CudaAugmenter(OFF, torch.device("cpu"), torch.float32)

def augmented(steps, key, genes={GENES}, rows={ROWS}, dtype=torch.float32, **settings):
    pool = torch.arange(1, {CELLS} * genes + 1, dtype=torch.float32).reshape({CELLS}, genes)
    on = {{step + "_probability": 1.0 for step in steps}}
    augmenter.preset = dataclasses.replace(OFF, **on, **settings)
    cells = torch.arange({CELLS}).repeat(rows)[:rows]
    return augmenter(pool, cells, torch.tensor(key), dtype).float().numpy()

found = {{step: augmented([step], 2**62 + 7) for step in STEPS}}
found["again"] = augmented(["swap"], 2**62 + 7)
found["other"] = augmented(["swap"], 2**61 + 7)
found["own"] = augmented(["crossover_many"], 1, own_donor=True)
found["all"] = augmented(STEPS, 3)
found["rounded"] = augmented(STEPS, 3, dtype=torch.bfloat16)
for genes in (1, 2, 3, 4, 5, 11):
    found[f"few{{genes}}"] = augmented(["swap"], genes, genes, swap_fraction=1.0)
found["pairs"] = augmented(["swap"], 5, 6, 150, swap_fraction=1 / 3)
np.savez(sys.argv[1], **found)
"""


@pytest.fixture(scope="module")
def found(interpreted, tmp_path_factory):
    """What the kernel makes of a pool in which every value tells its cell and its gene."""
    path = tmp_path_factory.mktemp("kernel") / "found.npz"
    interpreted(SCRIPT, path)
    return np.load(path)


OWN = np.arange(ROWS)[:, None] % CELLS
POOL = np.arange(1, CELLS * GENES + 1).reshape(CELLS, GENES)[OWN[:, 0]]


def origin(values):
    code = values.astype(np.int64) - 1
    return code // GENES, code % GENES


def test_mask_zeroes_a_fifth_and_nothing_else(found):
    zero = found["mask"] == 0
    assert abs(zero.mean() - 0.2) < 5 * (0.16 / zero.size) ** 0.5
    assert (found["mask"] == POOL)[~zero].all()
    assert abs((zero[1:] & zero[:-1]).mean() - 0.04) < 5 * (0.04 / zero.size) ** 0.5


def test_noise_is_normal_on_four_fifths(found):
    change = found["noise"].astype(float) - POOL
    hit = change != 0
    # Values of up to 20,000 have spacings of up to 0.002: small changes vanish.
    assert abs(hit.mean() - 0.8) < 0.02
    assert stats.kstest(change[hit] / 0.2, "norm").pvalue > 1e-4
    assert np.abs(change).max() > 0.7


def test_swap_exchanges_a_tenth_in_pairs(found):
    cell, gene = origin(found["swap"])
    assert (cell == OWN).all()
    moved = gene != np.arange(GENES)
    assert (moved.sum(1) == 200).all()  # exactly the even number nearest to 10 %
    partner_of_partner = np.take_along_axis(gene, gene, 1)
    assert (partner_of_partner == np.arange(GENES)).all()
    # Genes and partners are anywhere: no order that all rows share.
    assert stats.kstest(np.nonzero(moved)[1] / GENES, "uniform").pvalue > 1e-4
    distance = (gene - np.arange(GENES))[moved] % GENES
    assert stats.kstest(distance / GENES, "uniform").pvalue > 1e-4
    assert abs((moved[1:] & moved[:-1]).mean() - 0.01) < 0.003


def test_all_pairs_are_equally_likely(found):
    pool = np.arange(1, 6 * CELLS + 1).reshape(CELLS, 6)[np.arange(150) % CELLS]
    _, genes = np.nonzero(found["pairs"] != pool)
    pairs = genes.reshape(150, 2)  # one pair of six genes in each row
    counts = np.bincount(pairs[:, 0] * 6 + pairs[:, 1], minlength=36)
    possible = [a * 6 + b for a in range(6) for b in range(a + 1, 6)]
    assert counts[possible].sum() == 150
    assert stats.chisquare(counts[possible]).pvalue > 1e-4


@pytest.mark.parametrize("genes", [1, 2, 3, 4, 5, 11])
def test_swap_of_a_few_genes(found, genes):
    pool = np.arange(1, CELLS * genes + 1).reshape(CELLS, genes)[OWN[:, 0]]
    swapped = found[f"few{genes}"]
    assert (np.sort(swapped, axis=1) == pool).all()
    assert ((swapped != pool).sum(1) == genes // 2 * 2).all()


def test_crossover_takes_a_quarter_from_one_other_cell(found):
    cell, gene = origin(found["crossover"])
    hit = cell != OWN
    assert (gene == np.arange(GENES)).all()
    assert abs(hit.mean() - 0.25) < 5 * (0.1875 / hit.size) ** 0.5
    assert all(len(set(row[changed])) == 1 for row, changed in zip(cell, hit, strict=True))
    assert len(set(cell[hit])) > 2


def philox(key, first, second):
    """Salmon et al. 2011, 7 rounds, counter (first, second, 0, 0): four numbers of 32 bits."""
    counter, mask = [first, second, 0, 0], 2**32 - 1
    for number in range(7):
        a, b = counter[0] * 0xD2511F53, counter[2] * 0xCD9E8D57
        keys = (key + number * 0x9E3779B9) & mask, ((key >> 32) + number * 0xBB67AE85) & mask
        counter = [
            (b >> 32) ^ counter[1] ^ keys[0],
            b & mask,
            (a >> 32) ^ counter[3] ^ keys[1],
            a & mask,
        ]
    return counter


def test_donors_are_those_of_another_implementation_of_the_random_numbers(found):
    cell = origin(found["crossover"])[0]
    for row, own in enumerate(OWN[:, 0]):
        others = [other for other in range(CELLS) if other != own]
        donor = others[philox(2**62 + 7, 1, row)[1] * len(others) >> 32]
        assert set(cell[row]) == {own, donor}


def test_crossover_with_many_draws_a_cell_for_each_gene(found):
    cell, gene = origin(found["crossover_many"])
    hit = cell != OWN
    assert (gene == np.arange(GENES)).all()
    assert abs(hit.mean() - 0.25) < 5 * (0.1875 / hit.size) ** 0.5
    ahead = np.bincount(((cell - OWN) % CELLS)[hit], minlength=CELLS)[1:]
    assert stats.chisquare(ahead).pvalue > 1e-4
    own = origin(found["own"])[0] != OWN  # a cell may be its own donor: four fifths of the hits
    assert abs(own.mean() - 0.2) < 5 * (0.16 / own.size) ** 0.5


def test_numbers_depend_on_the_key_only(found):
    assert np.array_equal(found["swap"], found["again"])
    assert not np.array_equal(found["swap"], found["other"])


def test_all_steps_rounded_as_they_are_written(found):
    # The interpreter cuts digits off where a GPU rounds: up to a whole unit instead of half of one.
    assert np.allclose(found["all"], found["rounded"], rtol=2**-7, atol=0)
    assert not np.array_equal(found["all"], found["rounded"])
