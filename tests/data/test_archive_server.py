"""From an archive's files to a dataset, for every format, on a bad day.

The first address of every file is dead, at the second one the file is cut in the middle once.
"""

import hashlib
import json
import runpy
import shutil
from pathlib import Path

import anndata
import numpy as np
import pytest

from clear.benchmark.cards import validate
from clear.benchmark.code_hash import ROOT
from clear.benchmark.data.card_rules import with_source
from clear.benchmark.data.fetch import transfer
from clear.benchmark.data.read import read
from clear.benchmark.data.readers import READERS
from clear.benchmark.schemas import read_schemas

FORMATS = runpy.run_path(str(Path(__file__).with_name("archive_formats.py")))["FORMATS"]
SCHEMA = read_schemas(ROOT)["dataset"]


@pytest.fixture
def contents(tmp_path):
    """The content of a format's files by their names."""

    def contents(name):
        folder = tmp_path / "making" / name
        folder.mkdir(parents=True)
        return FORMATS[name].make(folder)

    return contents


@pytest.fixture
def entries(server, monkeypatch):
    """Serve files; return what a card says of them."""
    monkeypatch.setattr(transfer, "OVERLAP", 8)  # the files are small

    def entries(folder, contents, roles):
        found = []
        for name, body in contents.items():
            whole = {"body": body, "ranges": True, "headers": {"ETag": f'"{name}"'}}
            cut = whole | {"sent": len(body) // 2}
            urls = [server.url(f"/dead/{name}"), server.url(f"/{folder}/{name}", cut, whole)]
            found.append({"name": name, "urls": urls})
            found[-1] |= {"role": roles[name]} if name in roles else {}
        return found

    return entries


def make_card(tmp_path, **keys):
    """Return a card as the workflow takes it in."""
    card = {"id": "toy", "title": "Toy", "unit": "counts", "tasks": ["clustering"]} | keys
    card = with_source(validate(card, SCHEMA, "toy.yaml") | {"_file": tmp_path / "toy.yaml"})
    return {key: value for key, value in card.items() if key != "_file"}


def dataset(card, here):
    """Read what was fetched; return it with its record."""
    data, about = here.folder / "dataset.h5ad", here.folder / "read.json"
    read(card, here.out, data, about, checksums=here.checksums)
    return anndata.read_h5ad(data), json.loads(about.read_text())


def check(adata, form):
    assert np.array_equal(adata.X.toarray(), form.counts)
    assert adata.obs_names.tolist() == form.cells
    assert adata.var["gene"].tolist() == form.genes
    assert adata.obs["cell_type"].tolist() == form.types
    if "stage" in form.about:
        assert adata.obs["stage"].tolist() == form.types
        assert adata.obs["stage"].cat.categories.tolist() == form.about["stages"]
    if form.batches:
        assert adata.obs["batch"].tolist() == form.batches


@pytest.mark.parametrize("name", FORMATS)
def test_dataset_on_a_bad_day(name, contents, entries, server, here, tmp_path):
    form, served = FORMATS[name], contents(name)
    card = make_card(tmp_path, files=entries("good", served, form.roles), **form.about)
    fetched = here.fetch(card)
    assert fetched["source"] == "main" and [f["name"] for f in fetched["files"]] == list(served)
    requests = list(zip(server.requests, server.headers, strict=True))
    for file in fetched["files"]:
        body = served[file["name"]]
        assert (here.out / file["name"]).read_bytes() == body
        assert (file["attempts"], file["verified"]) == (2, "first use")
        assert [tried["error"] for tried in file["tried"]] == ["HTTP 404 Not Found"]
        first, second = (headers for path, headers in requests if path == f"/good/{file['name']}")
        resumed = int(second["Range"].removeprefix("bytes=").removesuffix("-"))
        assert "Range" not in first and resumed == len(body) // 2 - 8

    adata, record = dataset(card, here)
    check(adata, form)
    assert record["reader"] == {
        "name": card["reader"],
        "options": form.about.get("reader_options", {}),
    }
    digests = {name: hashlib.sha256(body).hexdigest() for name, body in served.items()}
    assert record["files"] == digests


def test_every_reader_is_among_the_formats(contents, entries, tmp_path):
    cards = [
        make_card(tmp_path, files=entries("good", contents(name), form.roles), **form.about)
        for name, form in FORMATS.items()
    ]
    assert {card["reader"] for card in cards} == set(READERS)


def test_another_source_has_a_format_and_labels_of_its_own(
    contents, entries, server, here, tmp_path
):
    forms = {name: FORMATS[name] for name in ("sce", "h5ad", "mtx_parts")}
    first, second, third = (entries(name, contents(name), f.roles) for name, f in forms.items())
    card = make_card(
        tmp_path,
        files=first,
        **forms["sce"].about,
        expected={"cells": 3, "types": 2, "sizes": {"a": 2, "b": 1}},
        alternatives=[
            {"name": "anndata", "files": second, "label": "kind", "expected": {"cells": 4}},
            {"name": "archive", "files": third, **forms["mtx_parts"].about},
        ],
    )
    sources = {"sce": "main", "h5ad": "anndata", "mtx_parts": "archive"}
    for name, source in sources.items():
        fetched = here.fetch(card)
        adata, record = dataset(card, here)
        assert fetched["source"] == record["source"] == source
        assert record["reader"]["name"] == name
        check(adata, forms[name])
        # From now on one of its files is gone.
        server.url(f"/{name}/{fetched['files'][-1]['name']}")
        shutil.rmtree(here.downloads)
    assert [other["source"] for other in fetched["abandoned"]] == ["main", "anndata"]
    assert "cells.rds could not be downloaded" in fetched["abandoned"][0]["reason"]
    shutil.rmtree(here.out)
    assert "annotation.csv.gz could not be downloaded" in here.fails(card)
