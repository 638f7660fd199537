"""Outputs that cannot be scored are found, each with a sentence; what passes can be scored."""

import json
import subprocess
import sys

import h5py
import numpy as np
import pandas as pd
import pytest

from clear.benchmark.methods.check import check_outputs
from clear.benchmark.methods.outputs import (
    read_clusters,
    read_embedding,
    read_pseudotime,
    read_status,
)
from clear.clusters import kmeans, leiden, neighbour_graph


@pytest.fixture
def folder(tmp_path):
    """Return an empty run folder."""
    path = tmp_path / "run"
    path.mkdir()
    return path


@pytest.fixture
def embed(folder, prepared):
    """Write embedding.h5, by default a good one."""

    def write(X=None, cells=None):
        with h5py.File(folder / "embedding.h5", "w") as file:
            file["X"] = np.ones((90, 2), "f4") if X is None else X
            file["cells"] = prepared.cells if cells is None else cells

    return write


def test_good_outputs_in_any_order_of_the_cells(folder, embed, prepared):
    X = np.arange(180, dtype=float).reshape(90, 2)
    embed(X[::-1], prepared.cells[::-1])
    lines = ["cell\tcluster\ttrack"]
    for track in ("given_k", "estimated_k"):
        lines += [f"{cell}\t{number % 4}\t{track}" for number, cell in enumerate(prepared.cells)]
    (folder / "clusters.tsv").write_text("\n".join(lines) + "\n")
    lines = [f"{cell}\t{number / 7}" for number, cell in enumerate(prepared.cells)]
    (folder / "pseudotime.tsv").write_text("cell\tpseudotime\n" + "\n".join(lines))
    outputs = ["embedding", "clusters_given_k", "clusters_estimated_k", "pseudotime"]
    assert check_outputs(folder, prepared.input, outputs) is None
    cells = pd.Index(prepared.cells)
    embedding = read_embedding(folder, cells)
    assert embedding.dtype == np.float32
    np.testing.assert_array_equal(embedding, X)
    clusters = read_clusters(folder, cells)
    assert clusters["given_k"].tolist() == clusters["estimated_k"].tolist()
    assert clusters["given_k"][:6].tolist() == list("012301")
    np.testing.assert_allclose(read_pseudotime(folder, cells), np.arange(90) / 7)


def test_the_largest_values_that_pass_can_be_scored(folder, embed, prepared):
    embed(np.where(np.arange(90)[:, None] % 2, [[1e14, 1e14]], [[-1e14, -1e14]]))
    assert check_outputs(folder, prepared.input, ["embedding"]) is None
    embedding = read_embedding(folder, pd.Index(prepared.cells))
    assert kmeans(embedding, 2, 0, 1).tolist() in ([0, 1] * 45, [1, 0] * 45)
    assert len(set(leiden(neighbour_graph(embedding, 15), 1.0, 0))) < 90


def bad_matrices():
    not_finite = np.ones((90, 2), "f4")
    not_finite[4, 1] = np.inf
    not_finite[60, 0] = np.nan
    yield not_finite, "2 values are NaN or infinite, the first for the cell cell_000004"
    yield np.ones(90), "shape (90,)"
    yield np.ones((90, 0)), "shape (90, 0)"
    yield np.float32(3), "shape ()"
    yield np.ones((89, 2)), "89 rows for 90 cells"
    yield np.ones((90, 2)).astype("S3"), "not numeric"
    yield np.ones((90, 2), complex), "not numeric"
    yield np.ones((90, 2), bool), "not numeric"
    for large in (1e300, 1e19):  # infinite in float32; finite, but its square is not
        values = np.ones((90, 2))
        values[7, 0] = -large
        yield values, "1 values are above 1e+14, where distances overflow in float32, the first for"


@pytest.mark.parametrize(("X", "message"), bad_matrices())
def test_bad_matrices(folder, embed, prepared, X, message):
    embed(X)
    assert message in check_outputs(folder, prepared.input, ["embedding"])


def test_bad_cells(folder, embed, prepared):
    cells = prepared.cells
    for names, message in (
        ([cells[1], *cells[1:]], "more than once, such as cell_000001"),
        (["cell_x", *cells[1:]], "not in the input, such as 'cell_x'"),
        (cells[2:], "2 of 90 cells are missing, such as cell_000000"),
    ):
        embed(np.ones((len(names), 2)), names)
        assert message in check_outputs(folder, prepared.input, ["embedding"])


def test_files_that_are_not_what_their_name_says(folder, embed, prepared):
    path = folder / "embedding.h5"
    for content in (b"", b"cell\tx\n", bytes(range(256)) * 10):
        path.write_bytes(content)
        assert "not a readable HDF5 file" in check_outputs(folder, prepared.input, ["embedding"])
    embed()
    path.write_bytes(path.read_bytes()[:1000])  # cut off
    assert "not a readable HDF5 file" in check_outputs(folder, prepared.input, ["embedding"])
    for missing in ("X", "cells"):
        embed()
        with h5py.File(path, "a") as file:
            del file[missing]
            file.create_group(missing)
        message = check_outputs(folder, prepared.input, ["embedding"])
        assert f"no dataset {missing}" in message
    path.unlink()
    path.mkdir()
    assert "is a link, a folder or a device" in check_outputs(folder, prepared.input, ["embedding"])


def clusters(cells, track="given_k"):
    return [f"{cell}\t1\t{track}" for cell in cells]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda lines: lines[1:], "no column 'cell'"),
        (lambda lines: lines[:-1], "1 of 90 cells are missing, such as cell_000089"),
        (lambda lines: [*lines, lines[-1]], "more than once, such as cell_000089"),
        (lambda lines: [*lines, "x\t1\tgiven_k"], "not in the input, such as 'x'"),
        (
            lambda lines: [*lines, *(line[:-2] for line in lines[1:])],
            "not promise the track 'given'",
        ),
        (lambda lines: [*lines[:-1], "cell_000089\t\tgiven_k"], "1 cells have no cluster"),
        (lambda lines: [*lines[:-1], "cell_000089\tNA\tgiven_k"], "first is cell_000089"),
        (lambda lines: [*lines, "a\tb\tc\td\te"], "not a table"),
        (lambda lines: [], "not a table"),
        (lambda lines: lines[:1], "promised track given_k is missing"),
        (lambda lines: ["cell,cluster,track"], "no column 'cell'"),
    ],
)
def test_bad_clusters(folder, prepared, change, message):
    lines = change(["cell\tcluster\ttrack", *clusters(prepared.cells)])
    (folder / "clusters.tsv").write_text("\n".join(lines))
    assert message in check_outputs(folder, prepared.input, ["clusters_given_k"])


def test_a_second_track_is_not_taken_for_the_promised_one(folder, prepared):
    lines = ["cell\tcluster\ttrack", *clusters(prepared.cells)]
    (folder / "clusters.tsv").write_text("\n".join(lines))
    outputs = ["clusters_given_k", "clusters_estimated_k"]
    assert "estimated_k is missing" in check_outputs(folder, prepared.input, outputs)


@pytest.mark.parametrize("value", ["nan", "", "inf", "late"])
def test_bad_pseudotime(folder, prepared, value):
    lines = [f"{cell}\t0.5" for cell in prepared.cells[:-1]]
    text = "\n".join(["cell\tpseudotime", *lines, f"{prepared.cells[-1]}\t{value}"])
    (folder / "pseudotime.tsv").write_text(text)
    message = check_outputs(folder, prepared.input, ["pseudotime"])
    assert "1 cells have no finite pseudotime, the first is cell_000089" in message


def test_command_line(folder, embed, prepared, repository):
    command = [sys.executable, "-m", "clear.benchmark.methods.check", folder, prepared.input]

    def answer(outputs):
        done = subprocess.run([*command, outputs], cwd=repository, capture_output=True, check=True)
        return json.loads(done.stdout)

    embed()
    assert answer("embedding") == {"ok": True, "message": ""}
    (folder / "clusters.tsv").write_bytes(b"\xff\xfe\x00garbage")
    found = answer("embedding,clusters_given_k")
    assert not found["ok"] and found["message"].startswith("clusters.tsv")


def test_a_damaged_run_is_a_row_that_names_the_run_and_the_remedy(tmp_path):
    run = tmp_path / "yan/standard/none/pca/seed3"
    run.mkdir(parents=True)
    about = {"dataset": "yan", "recipe": "standard", "perturbation": "none"}
    about |= {"method": "pca", "seed": 3}
    whole = json.dumps(about | {"status": "ok", "message": "", "files": ["embedding.h5"]})
    for text, problem in (
        (whole[:40], "status.json cannot be read"),
        ("", "status.json cannot be read"),
        ("[]", "status.json cannot be read"),
        ("{}", "status.json cannot be read (dataset is missing)"),
        (None, "status.json cannot be read"),
        (whole, "embedding.h5 is gone"),
    ):
        (run / "status.json").unlink(missing_ok=True)
        if text is not None:
            (run / "status.json").write_text(text)
        status = read_status(run)
        assert {name: status[name] for name in about} == about
        assert status["status"] == "bad_output"
        assert problem in status["message"]
        assert status["message"].endswith(f"; add to the command: -R {run}")
    (run / "embedding.h5").write_bytes(b"")
    assert read_status(run)["status"] == "ok"
