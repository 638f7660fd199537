"""From an address to the input of the methods: what was done is in the records."""

import gzip
import hashlib
import json

import anndata
import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def counts(served, cells):
    """Serve a table of genes x cells and one of the cells' types, as GEO has them."""
    counts = cells.X.toarray().astype(int)
    counts[0, 40:] = 0  # a cell that a filter takes
    rows = [",".join(["", *cells.obs_names])]
    rows += [",".join([g, *map(str, counts[:, i])]) for i, g in enumerate(cells.var_names)]
    types = ["cell,kind", *(f"{c},{k}" for c, k in cells.obs["cell_type"].items())]
    for name, lines in {"counts.csv.gz": rows, "types.csv.gz": [types[0], *types[:0:-1]]}.items():
        (served[0] / name).write_bytes(gzip.compress("\n".join(lines).encode()))
    return counts


def test_records_from_the_address_to_the_input(
    tmp_path, cells, served, counts, add_dataset, snakemake
):
    folder, address = served
    names = {"counts.csv.gz": "matrix", "types.csv.gz": "annotation"}
    add_dataset(
        tmp_path / "cards",
        "far",
        files=[
            {"name": n, "role": r, "urls": [f"{address}/gone/{n}", f"{address}/{n}"]}
            for n, r in names.items()
        ],
        reader_options={"genes_in": "rows"},
        annotations=[{"file": "types.csv.gz"}],
        label="kind",
        label_rule={"merge": {"bc": ["b", "c"]}},
        expected={"cells": 120, "genes": 300, "sizes": {"a": 40, "bc": 80}},
        prepare={"min_genes": 50, "min_cells": 2},
    )
    settings = [f"extra_cards={tmp_path / 'cards'}", "datasets=[far]", "methods=[control_random]"]
    snakemake(tmp_path, "datasets", "--config", *settings, "run=r")

    place = tmp_path / "results/r/data/far"
    records = {
        name: json.loads((place / f"{name}.json").read_text())
        for name in ("source/fetch", "dataset/read", "standard/none/prepare")
    }
    digests = {n: hashlib.sha256((folder / n).read_bytes()).hexdigest() for n in names}
    files = records["source/fetch"]["files"]
    assert [(f["name"], f["role"]) for f in files] == list(names.items())
    for file in files:
        assert file["url"] == f"{address}/{file['name']}" and file["origin"] == "url"
        assert file["sha256"] == digests[file["name"]] and file["verified"] == "first use"
        assert [t["url"] for t in file["tried"]] == [f"{address}/gone/{file['name']}"]
    table = pd.read_csv(tmp_path / "cards/checksums.tsv", sep="\t")
    assert table[["dataset", "source", "file", "sha256"]].to_numpy().tolist() == [
        ["far", "main", name, digest] for name, digest in digests.items()
    ]
    assert table["url"].tolist() == [file["url"] for file in files]

    read = records["dataset/read"]
    assert read["source"] == "main" and read["files"] == digests
    assert read["reader"] == {"name": "table", "options": {"genes_in": "rows"}}
    assert read["types"] == {"a": 40, "bc": 80} and read["published_labels"]["b"] == 40
    dataset = anndata.read_h5ad(place / "dataset/dataset.h5ad")
    assert np.array_equal(dataset.X.toarray(), counts)

    prepared = records["standard/none/prepare"]
    filters = {step["filter"]: step for step in prepared["filters"]}
    assert (filters["min_genes"]["threshold"], filters["min_genes"]["cells_lost"]) == (50, 1)
    assert (filters["min_cells"]["threshold"], filters["min_cells"]["genes_lost"]) == (2, 0)
    quality = pd.read_csv(place / "quality/qc.tsv", sep="\t").set_index("cell")["standard"]
    assert quality[quality != "kept"].to_dict() == {"a0": "min_genes"}
    data = anndata.read_h5ad(place / "standard/none/input.h5ad")
    truth = pd.read_csv(place / "standard/none/truth.tsv", sep="\t").set_index("cell")
    assert data.n_obs == 119 and list(data.obs_names) == list(truth.index)
    order = [list(cells.obs_names).index(name) for name in truth["name"]]
    assert np.array_equal(data.layers["counts"].toarray(), counts[order])
    assert truth["cell_type"].tolist() == ["a" if n[0] == "a" else "bc" for n in truth["name"]]
