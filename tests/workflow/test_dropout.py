"""Dropout of one dataset: inputs, scores and ranks of their own, two figures, words on the page."""

import json
import re
from html import unescape

import anndata
import pandas as pd

RATES = ["none", "dropout_30", "dropout_80"]
SCORED = ["none", "dropout_80"]


def test_dropout_goes_through_all_steps_beside_the_data_as_they_are(
    tmp_path, cards, snakemake, planned
):
    settings = [f"extra_cards={cards}", "methods=[pca]", "seeds=[0]", "run=r"]
    both = [*settings, "perturbations={tiny: [dropout_30, dropout_80]}"]
    jobs = planned(tmp_path, "--config", "datasets=[tiny,pbmc68k_reduced]", *both)
    assert jobs["prepare"] == jobs["method_pca"] == 3 + 1
    assert jobs["figure_fig2d"] == jobs["figure_figs14"] == 1 and jobs["umap"] == 2
    # the other rate's data only: what is made of them is made of these too
    data = "results/r/data/tiny/standard/dropout_30"
    snakemake(tmp_path, data, "--config", "datasets=[tiny]", *both)
    settings += ["datasets=[tiny]", "perturbations={tiny: [dropout_80]}"]
    snakemake(tmp_path, "--config", *settings)

    results = tmp_path / "results/r"
    folders = {rate: results / f"data/tiny/standard/{rate}" for rate in RATES}
    inputs = {rate: anndata.read_h5ad(folder / "input.h5ad") for rate, folder in folders.items()}
    entries = {rate: data.layers["counts"].nnz for rate, data in inputs.items()}
    assert entries["dropout_30"] == entries["none"] - (entries["none"] * 30 + 50) // 100
    assert entries["dropout_80"] == entries["none"] - (entries["none"] * 80 + 50) // 100
    truths = {(folder / "truth.tsv").read_bytes() for folder in folders.values()}
    assert len(truths) == 1
    record = json.loads((folders["dropout_80"] / "prepare.json").read_text())
    assert record["filters"][-1]["zeroed"] == entries["none"] - entries["dropout_80"]

    scores, statistics, ranks = (
        pd.read_csv(results / f"{name}.tsv", sep="\t", keep_default_na=False)
        for name in ("scores", "statistics", "ranks")
    )
    assert set(scores["status"]) == {"ok"}
    ari = statistics[(statistics["metric"] == "ari") & (statistics["track"] == "given_k")]
    ari = ari.set_index("perturbation")["mean"].astype(float)
    assert ari["none"] > 0.95 > ari["dropout_80"]
    first = ranks[(ranks["metric"] == "ari") & (ranks["track"] == "given_k")]
    first = first[first["dataset"] == "*"].set_index("perturbation")["mean"].astype(float)
    assert first.to_dict() == ari.to_dict() and set(first.index) == set(SCORED)

    for figure in ("fig2d", "figs14"):
        picture = results / f"figures/{figure}.tiny.standard.png"
        assert picture.read_bytes().startswith(b"\x89PNG")
    for table in ("s1", "s2"):
        rows = pd.read_csv(results / f"tables/{table}.tsv", sep="\t")
        assert set(rows["dataset"]) == {"tiny"} and len(rows) == 2 * 2  # tracks, metrics
    page = unescape((results / "report/index.html").read_text())
    headings = re.findall(r"<figure>\s*<h3>(.*?)</h3>", page)
    assert "Dropout: Tiny (Fig. 2D)" in headings
    assert "Tiny, dropout of 80 %" in page
    assert 'href="../tables/s1.html"' in page
    zeroed, of = record["filters"][-1]["zeroed"], record["filters"][-1]["of"]
    assert f"80 % dropout, {zeroed:,} of {of:,} non-zero values (seed 0)" in page
