"""Keys that are principal component scores: what the encoder learns from them."""

import dataclasses

import numpy as np
import pytest
import torch
from anndata import AnnData

from clear import CLEAR
from clear.errors import ClearError
from clear.model.components import find_components
from clear.model.encoder import embed
from clear.model.neighbours import Neighbours
from clear.model.train import train
from clear.parameters import resolve
from clear.presets import RECOMMENDED

CELLS = 150
UNDISTORTED = {
    f"{step}_probability": 0.0 for step in ("mask", "noise", "swap", "crossover", "crossover_many")
}


@pytest.fixture(scope="module")
def pool():
    """Cells of three kinds, log-normalised, of which the second one is half of all."""
    random = np.random.default_rng(0)
    rates = random.gamma(1.0, 1.0, 80) * np.exp(random.normal(0, 0.7, (3, 80)))
    kind = np.array([0, 1, 2, 1])[np.arange(CELLS) % 4]
    return torch.from_numpy(np.log1p(random.poisson(rates[kind])).astype(np.float32))


def used(pool, **changes):
    preset = dataclasses.replace(RECOMMENDED, **changes)
    made = Neighbours(preset, torch.Generator().manual_seed(0), torch.Generator().manual_seed(1))
    made.use(pool)
    return made


def step_of(graph):
    """Return the matrix of one step of the walk (cells x cells), by a loop."""
    found = np.zeros((len(graph.nearest), len(graph.nearest)))
    for cell, nearest in enumerate(graph.nearest.tolist()):
        for via in nearest:
            ends = graph.reverse[graph.begin[via] :][: graph.number[via]]
            for end in ends.tolist():
                found[cell, end] += 1 / len(nearest) / len(ends)
    return found


def test_the_embedding_is_the_mean_score_of_the_cells_where_walks_end(pool):
    """The least value of the spectral loss, computed exactly from the graph."""
    preset = dataclasses.replace(
        RECOMMENDED, min_steps=1500, learning_rate=2e-3, own_share=0.0, **UNDISTORTED
    )
    encoder, history, _ = train(pool, preset, 0, verbose=False)
    found = embed(encoder, pool, preset).double().numpy()
    made = used(pool)
    P = step_of(made.graph)
    P = np.linalg.matrix_power(P, 4)
    expected = P @ made.scores.double().numpy()
    # The minibatch has all cells: its second moments of the keys are the identity but for the
    # pair that is left out.
    rest = np.square(found - expected).sum() / np.square(expected).sum()
    assert rest < 0.02
    # and much nearer than the scores themselves
    assert rest < 0.1 * np.square(made.scores.numpy() - expected).sum() / np.square(expected).sum()
    aim = P @ made.keys.double().numpy() * made.scales.double().numpy()
    assert history[-1]["loss"] == pytest.approx(-np.square(aim).sum(1).mean(), rel=0.1)
    assert history[-1]["chance"] == 0


def test_one_cell_more_than_a_minibatch_spoils_nothing(pool):
    """Alone in a minibatch it would have no negatives, and the loss no minimum."""
    change = {"batch_size": 100, "own_share": 0.0, "min_steps": 600, "learning_rate": 2e-3}
    made = used(pool[:101])
    expected = np.linalg.matrix_power(step_of(made.graph), 4) @ made.scores.double().numpy()

    def rest(**more):
        preset = dataclasses.replace(RECOMMENDED, **change, **UNDISTORTED, **more)
        found = embed(train(pool[:101], preset, 0, verbose=False)[0], pool[:101], preset)
        return np.square(found.numpy() - expected).sum() / np.square(expected).sum()

    assert rest() < 0.2
    assert rest(drop_last=False) > 2 * rest()


def test_components_have_the_same_sign_whatever_computes_them(pool):
    """Else rounding decides, which differs between numbers of threads and between devices."""
    basis = find_components(pool, torch.arange(CELLS), RECOMMENDED.n_latent).basis
    assert (basis.max(dim=0).values == basis.abs().max(dim=0).values).all()


def test_keys_are_whitened_scores(pool):
    made = used(pool)
    keys = made.keys.double().numpy()
    assert np.allclose(keys.T @ keys / CELLS, np.eye(RECOMMENDED.n_latent), atol=1e-3)
    deviation = made.components.deviation.numpy()
    np.testing.assert_allclose(keys * deviation, made.scores.numpy(), atol=1e-3)
    np.testing.assert_allclose(made.scales.numpy(), deviation / deviation[0], rtol=1e-6)


def test_a_share_of_the_embedding_is_the_cells_own_scores(pool):
    short = {"epochs": 3, "min_steps": 3}
    found = {
        share: embed(
            train(pool, preset := dataclasses.replace(RECOMMENDED, own_share=share, **short), 0)[0],
            pool,
            preset,
        )
        for share in (0.0, 0.3, 1.0)
    }
    scores = used(pool).scores
    assert torch.allclose(found[1.0], scores, atol=1e-3)
    assert torch.allclose(found[0.3], 0.7 * found[0.0] + 0.3 * scores, atol=1e-3)


def test_a_gene_that_only_new_cells_express_does_not_send_them_far_away(pool):
    """A gene of one cell of the training: standardised, a new cell would have hundreds."""
    rare = pool.clone()
    rare[:, 7] = 0.0
    rare[3, 7] = 0.05
    preset = dataclasses.replace(RECOMMENDED, min_steps=300)
    encoder = train(rare, preset, 0, verbose=False)[0]
    new = rare.clone()
    new[:, 7] = 3.0
    made = used(rare).components
    clipped = ((new - made.mean[-1]) * made.scale[-1]).clamp(max=10) - made.offset
    own = dataclasses.replace(preset, own_share=1.0)
    found = embed(train(rare, own, 0, verbose=False)[0], new, own)
    assert torch.allclose(found, clipped @ made.basis, atol=1e-3)
    moved = embed(encoder, new, preset) - embed(encoder, rare, preset)
    assert moved.norm(dim=1).median() < embed(encoder, rare, preset).norm(dim=1).median()


def test_encoders_of_plain_expression_learn_scores_too_and_are_read_back(pool, tmp_path):
    preset = dataclasses.replace(RECOMMENDED, min_steps=5, epochs=1, standardised_input=False)
    model = CLEAR(preset, device="cpu", verbose=False)
    expected = model.fit_transform(cells := AnnData(pool.numpy()))
    scores = used(pool).scores.numpy()
    ours = dataclasses.replace(preset, own_share=1.0)
    own = CLEAR(ours, device="cpu", verbose=False).fit_transform(AnnData(pool.numpy()))
    np.testing.assert_allclose(np.median(abs(own - scores)), 0, atol=1e-3)
    model.save(tmp_path / "model")
    assert np.array_equal(CLEAR.load(tmp_path / "model", device="cpu").transform(cells), expected)


def test_own_scores_take_part_in_no_training_that_is_told_batches(pool):
    told = resolve(CLEAR("recommended"), batches=True)[0]
    assert told.own_share == 0.0
    assert resolve(CLEAR("recommended"))[0].own_share > 0


def test_few_cells_have_fewer_components_and_the_rest_is_zero(pool):
    made = used(pool[:9])
    assert made.keys.shape == (9, RECOMMENDED.n_latent)
    assert (made.keys[:, 8:] == 0).all()  # nine centred cells span eight dimensions
    assert (made.scales[9:] == 0).all() and made.scales[8] < 1e-5
    assert made.keys.abs().max() < 10
    preset = dataclasses.replace(RECOMMENDED, min_steps=20)
    encoder, *_ = train(pool[:9], preset, 0, verbose=False)
    found = embed(encoder, pool[:9], preset)
    assert found.isfinite().all() and (found[:, 9:] == 0).all()


def test_neighbours_are_at_most_a_tenth_of_the_cells(pool):
    assert used(pool[:40]).graph.nearest.shape[1] == 3
    assert used(pool).graph.nearest.shape[1] == 14
    assert used(pool, neighbors=6).graph.nearest.shape[1] == 6


def test_components_stay_those_of_the_first_cells(pool):
    """Outputs mean the same throughout a training, whichever cells are in memory."""
    made = used(pool)
    first = made.components
    made.use(pool[30:].clone())
    assert made.components is first
    expected = find_components(pool, torch.arange(CELLS), RECOMMENDED.n_latent)
    assert torch.equal(made.scores, expected.scores(pool[30:]))


def test_without_neighbours_a_cell_is_compared_with_its_own_scores(pool):
    made = used(pool, neighbors=0)
    assert torch.equal(made.positives, torch.arange(CELLS))
    assert torch.equal(made.keys, used(pool).keys)


def test_cells_of_batches_that_come_later_are_standardised_as_all_cells_are(pool):
    """As where files are larger than memory, and the first cells lack a batch."""
    batches = torch.arange(CELLS) % 2
    found = find_components(pool, torch.arange(CELLS), 20, batches)
    later = torch.full((CELLS,), 7)
    mean, deviation = pool.mean(dim=0), pool.std(dim=0, correction=0)
    expected = ((pool - mean) / deviation.where(deviation > 0, torch.inf)).clamp(max=10)
    assert torch.allclose(found.standardised(pool, torch.arange(CELLS), later), expected, atol=1e-5)
    within = found.standardised(pool, torch.arange(CELLS), batches)
    assert torch.allclose(within[::2].mean(dim=0), torch.zeros(80), atol=1e-2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"loss": "info_nce"}, "setting loss must be 'spectral'"),
        ({"symmetrical_loss": True}, "setting symmetrical_loss must be False"),
        ({"components": 60}, "components .60. must be at most n_latent .50..*raise n_latent"),
        ({"last_relu": True}, "last_relu must be False, not True: scores are of both signs"),
        ({"embedding_from": "key"}, "embedding_from must be 'query', .*there is no key encoder"),
        ({"queue": 64, "queue_start": "random"}, "queue_start must be 'empty'"),
        ({"n_latent": 10}, "components .20. must be at most n_latent .10..*Lower components"),
        ({"components": 0}, "components must be at least 1"),
        ({"own_share": 1.5}, "own_share must lie between 0 and 1"),
        ({"hidden_direction": True}, "hidden_direction must be False"),
        ({"keys": "encoder"}, "own_share is for keys='components'"),
    ],
)
def test_settings_that_fixed_keys_cannot_have(change, message):
    with pytest.raises(ClearError, match=message):
        dataclasses.replace(RECOMMENDED, **change)
