"""Methods that correct batches, run as their cards say where the effect of the batch is strong."""

import json
from types import SimpleNamespace

import anndata
import h5py
import numpy as np
import pandas as pd
import pytest
import yaml
from scipy.sparse import csr_matrix
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import adjusted_rand_score, silhouette_score

from clear.benchmark.data.simulate import simulate
from clear.benchmark.metrics.cells_of_batches import Cells
from clear.benchmark.metrics.metric import measure

#: Methods, with the settings that differ from those of their cards, since these cells are few.
METHODS = {
    "harmony": {},
    "combat": {},
    "scanorama": {},
    "bbknn": {},
    "scvi_batch": {"max_epochs": 300},
    "scanvi": {"max_epochs": 300},
    "concord_batch": {"batch_size": 32, "n_epochs": 60},
    "hdmc": {"epochs": 300},
    "seurat_cca": {},
    "seurat_rpca": {},
    "clear_batch": {},
}
#: Types 0 to 2 are in both batches, type 3 in the first only.
SHARED, N = 3, 60
#: What says why a method declines a batch of five cells.
DECLINES_FIVE_CELLS = dict.fromkeys(["seurat_cca", "seurat_rpca"], "'b' has 5 cells")


@pytest.fixture(params=METHODS)
def correct(request, run, repository):
    """Run a method as its card says; return the result and its embedding in the order of cells."""
    card = yaml.safe_load((repository / f"config/methods/{request.param}.yaml").read_text())
    suffix = "run.R" if card["language"] == "R" else "run.py"
    script = repository / "scripts/methods" / card.get("script", card["id"]) / suffix
    changes = {"told": card["told"]}
    full = {**card["settings"], **METHODS[request.param]}
    quick = {**card["settings"], **card.get("quick_settings", {})}
    if card.get("isolated"):
        changes["environment"] = request.getfixturevalue("environment")(card["env"])
    if card["language"] == "R":
        request.getfixturevalue("needs_r")("Seurat", "rhdf5", "jsonlite")

    def run_on(made, settings=full):
        result = run(script, data=str(made.folder), minutes=8, settings=settings, **changes)
        if result.status["status"] != "ok":
            return result, None
        with h5py.File(result.folder / "embedding.h5") as file:
            table = pd.DataFrame(file["X"][()], index=file["cells"].asstr()[()])
        return result, table.loc[made.cells].to_numpy()

    run_on.method, run_on.quick = request.param, quick
    return run_on


@pytest.fixture
def given(tmp_path):
    """Write the input and the truth of counts with types and batches, all genes highly variable."""

    def write(real):
        cells = [f"cell_{number:06d}" for number in range(real.n_obs)]
        counts = csr_matrix(real.X)
        logged = counts.multiply(1e4 / counts.sum(axis=1)).log1p().tocsr()
        made = anndata.AnnData(
            logged,
            obs=pd.DataFrame(index=cells),
            var=pd.DataFrame(index=real.var_names).assign(highly_variable=True),
            layers={"counts": counts},
            uns={"unit": "counts", "scale": "log1p"},
        )
        made.write_h5ad(tmp_path / "input.h5ad")
        types, batch = (real.obs[name].astype(str).to_numpy() for name in ("cell_type", "batch"))
        truth = {"cell": cells, "name": cells, "cell_type": types, "batch": batch}
        pd.DataFrame(truth).to_csv(tmp_path / "truth.tsv", sep="\t", index=False)
        (tmp_path / "prepare.json").write_text(json.dumps({"types": {"0": 2}}))
        (tmp_path / "status.json").write_text(json.dumps({"status": "ok"}))
        return SimpleNamespace(
            folder=tmp_path, cells=cells, logged=logged, labels=types, batch=batch
        )

    return write


def separation(embedding, labels, batch):
    """Return the silhouette width of the batches within the shared types, on average."""
    parts = [labels == name for name in np.unique(labels)[:SHARED]]
    return np.mean([silhouette_score(embedding[part], batch[part]) for part in parts])


def measured(embedding, made):
    """Return the metrics of batch effects, means over subsamples."""
    found = measure("batch", Cells(embedding, made.labels, made.batch))
    return {name: np.mean(value) for name, value in found.items()}


def check_corrected(correct, made, batch):
    """Batches that lie apart before lie half as far apart, and the four types are clusters."""
    before = PCA(10).fit_transform(made.logged[:, made.highly_variable])
    effect = separation(before, made.labels, batch)
    assert effect > 0.3
    result, embedding = correct(made)
    assert result.status["status"] == "ok", result.log
    assert separation(embedding, made.labels, batch) < effect / 2
    found = KMeans(4, n_init=10, random_state=0).fit_predict(embedding)
    assert adjusted_rand_score(made.labels, found) >= 0.9


def test_batches_mix_and_types_stay_apart(correct, prepare):
    batch = np.where(np.arange(4 * N) % 2, "b", "a")
    batch[SHARED * N :] = "a"
    made = prepare(n_per_type=N, types=4, batch=batch, batch_effect=1.0)
    check_corrected(correct, made, batch)


@pytest.mark.parametrize("correct", ["hdmc"], indirect=True)
def test_three_batches_mix_and_a_type_of_one_batch_stays_apart(correct, prepare):
    """HDMC pairs clusters of every two batches; the first and the third have no type alone."""
    n = 90
    batch = np.array(["a", "b", "c"])[np.arange(4 * n) % 3]
    batch[SHARED * n :] = "b"
    made = prepare(n_per_type=n, types=4, batch=batch, batch_effect=1.0)
    check_corrected(correct, made, batch)


@pytest.mark.parametrize("correct", ["clear_batch"], indirect=True)
def test_without_an_effect_told_batches_do_no_harm(correct, prepare):
    batch = np.where(np.arange(4 * N) % 2, "b", "a")
    batch[SHARED * N :] = "a"
    made = prepare(n_per_type=N, types=4, batch=batch, batch_effect=0.0)
    result, embedding = correct(made)
    assert result.status["status"] == "ok", result.log
    found = KMeans(4, n_init=10, random_state=0).fit_predict(embedding)
    assert adjusted_rand_score(made.labels, found) >= 0.98
    assert abs(separation(embedding, made.labels, batch)) < 0.05


@pytest.mark.parametrize("correct", ["harmony", "seurat_rpca", "clear_batch"], indirect=True)
def test_where_components_do_not_mix_batches_do_and_types_of_one_batch_stay_apart(correct, given):
    """The first step of config/dev_batch_strength.yaml that needs it, with full settings."""
    made = given(
        simulate(
            500, 1000, 5, 2, seed=1, dropout=0.1, de_fraction=0.2, batch_strength=1.25,
            unshared_types=2,
        )
    )  # fmt: skip
    before = PCA(50, random_state=0).fit_transform(made.logged.toarray())
    was = measured(before, made)
    assert was["ilisi"] < 0.1
    result, embedding = correct(made)
    assert result.status["status"] == "ok", result.log
    found = measured(embedding, made)
    assert found["ilisi"] > 0.3
    assert found["bras"] > was["bras"] + 0.1
    assert found["f1_asw"] > was["f1_asw"]
    assert found["unshared_apart"] > 0.8 * was["unshared_apart"]
    assert found["isolated_asw"] > 0.9 * was["isolated_asw"]


@pytest.mark.parametrize("correct", ["seurat_rpca"], indirect=True)
def test_seurat_integrates_where_its_search_finds_too_few_anchored_cells(
    correct, shared_data, given
):
    """Three studies of the pancreas, the smallest of 128 cells."""
    real = anndata.read_h5ad(shared_data / "pancreas_3studies.h5ad")
    result, embedding = correct(given(real))
    assert result.status["status"] == "ok", result.log
    assert "instead of 100" in result.log
    types = real.obs["cell_type"].to_numpy()
    found = KMeans(2, n_init=10, random_state=0).fit_predict(embedding)
    assert adjusted_rand_score(types, found) >= 0.9


def test_a_batch_of_five_cells_and_the_same_seed_again(correct, prepare):
    made = prepare(batch=np.array(["a"] * 85 + ["b"] * 5), batch_effect=1.0)
    result, embedding = correct(made, correct.quick)
    if correct.method in DECLINES_FIVE_CELLS:
        assert result.status["status"] == "not_applicable", result.log
        assert DECLINES_FIVE_CELLS[correct.method] in result.status["message"]
    else:
        assert result.status["status"] == "ok", result.log
        assert embedding.shape[0] == 90
        np.testing.assert_array_equal(embedding, correct(made, correct.quick)[1])


def test_one_batch_is_embedded_or_declined_in_words(correct, prepare):
    """A user's card may name a column that has one value."""
    made = prepare(batch=np.array(["a"] * 90), batch_effect=0.0)
    result, embedding = correct(made, correct.quick)
    if result.status["status"] != "ok":
        assert result.status["status"] == "not_applicable", result.log
        assert "batch" in result.status["message"]
    else:
        assert embedding.shape[0] == 90 and np.isfinite(embedding).all()
