"""From an archive's files to a dataset, for every format, on a bad day.

The first source is dead, every file of the second is cut in the middle once.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import anndata
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from clear.benchmark.data import transfer
from clear.benchmark.data.read import read

COUNTS = np.array([[5, 0, 2], [0, 1, 0], [3, 0, 0], [0, 0, 7]])
SMALL_SCE = Path(__file__).parent / "readers" / "sce_small.rds"


@dataclass
class Format:
    """A format, and what must come of it.

    ``make`` writes the files into a folder; ``roles`` are the files with their roles, ``about``
    what the source says of them; ``counts`` the matrix of cells x genes that is read, ``types``
    the cells' types.
    """

    make: Callable[[Path], None]
    roles: dict[str, str]
    about: dict
    counts: np.ndarray
    types: list[str]


def write_h5ad(folder: Path) -> None:
    obs = pd.DataFrame({"kind": list("abba")}, index=list("wxyz"))
    var = pd.DataFrame(index=["g1", "g2", "g3"])
    matrix = sparse.csr_matrix(COUNTS.astype(np.float32))
    anndata.AnnData(matrix, obs=obs, var=var).write_h5ad(folder / "cells.h5ad")


def copy_sce(folder: Path) -> None:
    shutil.copy(SMALL_SCE, folder / "cells.rds")


FORMATS = {
    "h5ad": Format(
        write_h5ad,
        roles={"cells.h5ad": "matrix"},
        about={"reader": "h5ad", "label": "kind"},
        counts=COUNTS,
        types=list("abba"),
    ),
    "sce": Format(
        copy_sce,
        roles={"cells.rds": "matrix"},
        about={
            "reader": "sce",
            "reader_options": {"assay": "counts"},
            "label": "label",
            "label_rule": {"drop": [""], "reason": "one cell has no label"},
        },
        counts=COUNTS[[0, 2, 3]],
        types=list("baa"),
    ),
}


@pytest.fixture(params=FORMATS)
def archive(request, server, tmp_path, monkeypatch):
    """A format, the card, and the folder with what the archive serves."""
    monkeypatch.setattr(transfer, "CHUNK", 64)  # the files are small
    form = FORMATS[request.param]
    served = tmp_path / "archive"
    served.mkdir()
    form.make(served)
    files, dead = [], []
    for name, role in form.roles.items():
        body = (served / name).read_bytes()
        whole = {"body": body, "ranges": True, "headers": {"ETag": f'"{name}"'}}
        url = server.url(f"/second/{name}", whole | {"sent": len(body) // 2}, whole)
        files.append({"name": name, "role": role, "urls": [url]})
        dead.append({"name": name, "role": role, "urls": [server.url(f"/first/{name}")]})
    second = {"name": "second", "files": files, **form.about}
    card = {"id": "toy", "unit": "counts", "files": dead, "reader": form.about["reader"]}
    return form, card | {"alternatives": [second]}, served


def test_dataset_on_a_bad_day(archive, server, here, tmp_path):
    form, card, served = archive
    record = here.fetch(card)
    assert record["source"] == "second"
    assert "HTTP 404" in record["abandoned"][0]["reason"]
    for file in record["files"]:
        assert (here.out / file["name"]).read_bytes() == (served / file["name"]).read_bytes()
        assert (file["attempts"], file["verified"]) == (2, "first use")
    for name in form.roles:
        headers = zip(server.requests, server.headers, strict=True)
        first, second = (h for path, h in headers if path == f"/second/{name}")
        resumed = int(second["Range"].removeprefix("bytes=").removesuffix("-"))
        half = (served / name).stat().st_size // 2
        assert "Range" not in first and half - 64 < resumed <= half

    data, about = tmp_path / "dataset.h5ad", tmp_path / "read.json"
    read(card, here.out, data, about)
    adata = anndata.read_h5ad(data)
    assert np.array_equal(adata.X.toarray(), form.counts)
    assert adata.obs["cell_type"].tolist() == form.types
    assert json.loads(about.read_text())["source"] == "second"


def test_file_that_the_archive_has_changed(archive, server, here):
    form, card, served = archive
    here.fetch(card)
    for folder in (here.downloads, here.out):
        shutil.rmtree(folder)
    name = next(iter(form.roles))
    body = (served / name).read_bytes() + b"\0"
    server.url(f"/second/{name}", {"body": body})
    message = here.fails(card)
    assert "the file has changed since" in message and f"{here.checksums}, line 2" in message
