"""Someone's own data and method, by what CONTRIBUTING.md says and nothing else."""

import json

import h5py
import pandas as pd
import yaml

from clear.cli import main

CRASH = """
from contract import read_params
params = read_params()
raise RuntimeError("no <b>luck</b> with seed %d" % params.seed)
"""

TOLD = """
import numpy as np
from contract import read_input, read_params, write_clusters
params = read_params()
assert params.n_clusters == 3, params.n_clusters
assert params.batch is None and params.truth is None
data = read_input(params)
assert not set(data.cells) & set("abc")
labels = np.arange(len(data.cells)) % params.n_clusters
write_clusters(params, labels, data.cells, track="given_k")
"""


def test_a_method_and_a_dataset_made_from_contributing(
    tmp_path, contributing, cells, snakemake, planned, add_method
):
    mine = tmp_path / "cards"
    for name, text in contributing.items():
        (mine / name).parent.mkdir(parents=True, exist_ok=True)
        (mine / name).write_text(text)
    assert set(contributing) == {
        "methods/mymethod.yaml",
        "methods/mymethod/run.py",
        "datasets/mine.yaml",
        "figures/cost.py",  # followed in a test of figures
    }
    cells.write_h5ad(mine / "mine.h5ad")
    card = contributing["methods/mymethod.yaml"].replace("mymethod", "crash")
    (mine / "methods/crash.yaml").write_text(card.replace("My method", "Crash"))
    (mine / "methods/crash").mkdir()
    (mine / "methods/crash/run.py").write_text(CRASH)

    told = {"told": ["n_clusters"], "outputs": ["clusters_given_k"], "stochastic": False}
    add_method(mine, "told", TOLD, **told)

    settings = ["--config", f"extra_cards={mine}", "datasets=[mine]", "seeds=[0,1]", "run=try"]
    settings.append("methods=[mymethod,crash,told,control_random]")
    snakemake(tmp_path, *settings)

    results = tmp_path / "results/try"
    scores = pd.read_csv(results / "scores.tsv", sep="\t")
    ari = scores[(scores.metric == "ari") & (scores.track == "given_k")]
    means = ari.groupby("method").value.mean()
    assert means["mymethod"] > 0.9
    assert abs(means["control_random"]) < 0.1
    failed = scores[scores.method == "crash"]
    assert failed.status.tolist() == ["failed", "failed"]
    runs = pd.read_csv(results / "runs.tsv", sep="\t").set_index(["method", "seed"])
    message = runs.loc[("crash", 1), "message"]
    assert message.startswith("RuntimeError: no <b>luck</b> with seed 1 (run.py, line 4: ")
    page = (results / "report/index.html").read_text()
    assert "My method" in page
    assert "no &lt;b&gt;luck&lt;/b&gt; with seed 1" in page
    status = json.loads(
        (results / "methods/mine/standard/none/mymethod/seed0/status.json").read_text()
    )
    assert status["settings"] == {"n_components": 10}
    assert "scikit-learn" in status["versions"]
    assert scores[scores.method == "told"].track.unique().tolist() == ["given_k"]
    assert "Nothing to be done" in snakemake(tmp_path, "-n", *settings)
    (results / "report/index.html").unlink()
    assert planned(tmp_path, *settings) == {"page": 1}

    # clear-sc score gives an embedding of this run the numbers that it has in it.
    truth = pd.read_csv(results / "data/mine/standard/none/truth.tsv", sep="\t", index_col="cell")
    with h5py.File(results / "methods/mine/standard/none/mymethod/seed1/embedding.h5") as file:
        embedding = pd.DataFrame(file["X"][()], index=truth["name"][file["cells"].asstr()[()]])
    cells.obsm["X_mine"] = embedding.loc[cells.obs_names].to_numpy()
    cells.write_h5ad(tmp_path / "mine.h5ad")
    options = ["--obsm", "X_mine", "--label", "cell_type", "--against", str(results)]
    out = tmp_path / "scored"
    assert main(["score", str(tmp_path / "mine.h5ad"), *options, "--output", str(out)]) == 0
    expected = scores[(scores.method == "mymethod") & (scores.seed == 1)]
    columns = ["task", "track", "metric", "value", "scorer_sd"]
    found = pd.read_csv(out / "scores.tsv", sep="\t")[columns]
    pd.testing.assert_frame_equal(found, expected[columns].reset_index(drop=True))


OLD_NUMPY = """
import numpy as np
from contract import read_input, read_params, write_embedding
assert np.__version__ == "1.26.4", np.__version__
import clear  # the repository's, though this environment has not installed it
assert clear.__version__
params = read_params()
data = read_input(params)
write_embedding(params, data.dense("X")[:, :5], data.cells)
"""


def test_an_environment_of_its_own_with_another_numpy(tmp_path, cards, add_method, snakemake):
    add_method(cards, "old", OLD_NUMPY, env="old_numpy", isolated=True, stochastic=False)
    (cards / "envs").mkdir()
    pins = {"pip": ["h5py==3.11.0", "numpy==1.26.4"]}
    env = {"channels": ["conda-forge"], "dependencies": ["python=3.11", pins]}
    (cards / "envs/old_numpy.yaml").write_text(yaml.safe_dump(env))
    settings = [f"extra_cards={cards}", "datasets=[tiny]", "methods=[old]", "seeds=[0]", "run=old"]
    run = "results/old/methods/tiny/standard/none/old/seed0"
    snakemake(tmp_path, run, "--config", *settings)
    status = json.loads((tmp_path / run / "status.json").read_text())
    assert status["status"] == "ok", status["message"]
    assert status["versions"]["numpy"] == "1.26.4"
