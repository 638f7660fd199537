"""The helpers of method scripts, in Python and in R, give what the input holds."""

import copy
import json
import sys
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from clear.benchmark.methods import contract
from clear.benchmark.methods.check import check_outputs
from clear.benchmark.methods.contract import cells
from clear.benchmark.methods.contract.settings import Settings
from clear.benchmark.methods.told import add_columns


@pytest.fixture
def params(prepare, tmp_path, monkeypatch):
    """Return the parameters of a run with a batch and a root, as a method reads them."""
    made = prepare(batch=True, stages=[1, 0, None])
    folder = tmp_path / "run"
    folder.mkdir()
    add_columns(made.input, made.truth, ["batch", "root"])
    values = {"input": str(made.input), "output": "elsewhere", "seed": 3, "settings": {"b": 2}}
    values |= {"method": "m", "batch": "batch", "root": "root"}
    (folder / "params.json").write_text(json.dumps(values))
    monkeypatch.setattr(sys, "argv", ["script.py", str(folder / "params.json")])
    params = contract.read_params({"a": 1, "b": 0})
    params.made = made
    return params


def test_params(params):
    assert params.settings == {"a": 1, "b": 2}
    assert params.output == str(Path(sys.argv[1]).parent)
    assert params.n_clusters is None and params.truth is None and params.seed == 3
    with pytest.raises(ValueError, match=r"no setting 'b' \(did you mean 'bb'\?\); it knows: bb"):
        contract.read_params({"bb": 1})


@pytest.mark.parametrize(
    ("look", "unread"),
    [
        (lambda s: s["a"], ["b"]),
        (lambda s: (s.get("a"), "b" in s), []),
        (lambda s: s.pop("b"), ["a"]),
        (lambda s: {**s}, []),
        (lambda s: dict(s), []),
        (lambda s: s | {"c": 1}, []),
        (lambda s: {"c": 1} | s, []),
        (lambda s: s.copy(), []),
        (lambda s: list(s.items()), []),
        (lambda s: json.dumps(s), []),
        (lambda s: copy.deepcopy(s), []),
        (lambda s: (lambda **options: options)(**s), []),
        (lambda s: (len(s), bool(s), s == {}, s["c"]), ["a", "b"]),
    ],
)
def test_settings_remember_what_was_read(look, unread):
    settings = Settings("m", {"a": 1, "b": 2, "c": 3}, ["a", "b"])
    look(settings)
    assert sorted(settings.unread) == unread


def test_input(params):
    data, made = contract.read_input(params), params.made
    assert data.cells.tolist() == made.cells
    assert data.genes[:2].tolist() == ["gene_0", "gene_1"]
    np.testing.assert_array_equal(data.highly_variable, made.highly_variable)
    assert data.unit == "counts" and data.scale == "log1p"
    assert data.batch.tolist() == ["a", "b"] * 45
    assert data.root.tolist() == [False] * 30 + [True] * 30 + [False] * 30
    values, indices, indptr, shape = data.csr("counts")
    found = csr_matrix((values, indices, indptr), shape).toarray()
    np.testing.assert_array_equal(found, made.counts)
    np.testing.assert_array_equal(data.dense("X"), made.logged)
    variable = data.dense("counts", highly_variable=True)
    np.testing.assert_array_equal(variable, made.counts[:, made.highly_variable])
    assert variable.dtype == np.float32


@pytest.mark.parametrize("values", [1, 300])
def test_dense_matrices_are_read_in_parts(params, values, monkeypatch):
    monkeypatch.setattr(cells, "VALUES", values)
    np.testing.assert_array_equal(contract.read_input(params).dense("X"), params.made.logged)


def test_outputs_of_all_kinds_pass_the_check(params):
    data = contract.read_input(params)
    order = np.random.default_rng(0).permutation(90)
    X = np.random.default_rng(1).normal(size=(90, 3))
    contract.write_embedding(params, X[order], data.cells[order])
    contract.write_clusters(params, ["a"] * 90, data.cells, track="given_k")
    contract.write_clusters(params, np.arange(90) % 5, data.cells, track="estimated_k")
    contract.write_clusters(params, ["b c"] * 90, data.cells, track="given_k")  # once more
    contract.write_pseudotime(params, X[:, 0], data.cells)
    outputs = ["embedding", "clusters_given_k", "clusters_estimated_k", "pseudotime"]
    assert check_outputs(params.output, params.input, outputs) is None
    with h5py.File(Path(params.output) / "embedding.h5") as file:
        assert file["cells"].asstr()[0] == data.cells[order[0]]
        np.testing.assert_array_equal(file["X"][()], X[order].astype("f4"))
    table = pd.read_csv(Path(params.output) / "clusters.tsv", sep="\t")
    assert table.groupby("track")["cluster"].nunique().to_dict() == {"estimated_k": 5, "given_k": 1}
    assert set(table.loc[table["track"] == "given_k", "cluster"]) == {"b c"}
    table = pd.read_csv(
        Path(params.output) / "pseudotime.tsv", sep="\t", float_precision="round_trip"
    )
    np.testing.assert_array_equal(table["pseudotime"], X[:, 0])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c, p, n: c.write_embedding(p, np.ones((4, 2)), n), "4 rows for 90 cells"),
        (lambda c, p, n: c.write_embedding(p, np.ones(90), n), "cells x dimensions"),
        (lambda c, p, n: c.write_embedding(p, np.full((90, 2), np.nan), n), "for 90 cells, first"),
        (lambda c, p, n: c.write_embedding(p, np.full((90, 2), 1e99), n), "NaN or infinite"),
        (lambda c, p, n: c.write_embedding(p, np.ones((90, 2)), ["x"] * 90), "x occurs more than"),
        (lambda c, p, n: c.write_clusters(p, [1, 2], n, "given_k"), "2 labels for 90 cells"),
        (lambda c, p, n: c.write_clusters(p, [None] * 90, n, "given_k"), "has no cluster"),
        (lambda c, p, n: c.write_clusters(p, [np.nan] * 90, n, "given_k"), "has no cluster"),
        (lambda c, p, n: c.write_clusters(p, ["a\tb"] * 90, n, "given_k"), "holds a tab"),
        (lambda c, p, n: c.write_clusters(p, [1] * 90, n, "k"), "given_k, estimated_k"),
        (lambda c, p, n: c.write_pseudotime(p, [0.0] * 89, n), "for 90 cells"),
        (lambda c, p, n: c.write_pseudotime(p, [np.inf] * 90, n), "NaN or infinite"),
    ],
)
def test_bad_outputs_are_refused_and_nothing_is_written(params, call, message):
    cells = contract.read_input(params).cells
    with pytest.raises(ValueError, match=message):
        call(contract, params, cells)
    assert [path.name for path in Path(params.output).iterdir()] == ["params.json"]


R_METHOD = """
    source(Sys.getenv("CONTRACT_R"))
    params <- read_params(list(a = 1, b = 0))
    data <- read_input(params)
    stopifnot(is(data$X, "dgCMatrix"), is.logical(data$highly_variable))
    stopifnot(identical(data$unit, "counts"), identical(data$scale, "log1p"))
    stopifnot(params$seed == 3, params$settings$a == 1, params$settings$b == 2)
    stopifnot(is.null(params$n_clusters), identical(data$batch[1:3], c("a", "b", "a")))
    stopifnot(identical(which(data$root), 31:60), is.logical(data$root))
    # each cell's sum over the variable genes of both matrices, and one whole gene
    variable <- data$highly_variable
    found <- cbind(
      Matrix::colSums(data$counts[variable, ]), Matrix::colSums(data$X[variable, ]),
      data$counts["gene_7", ]
    )
    order <- rev(seq_along(data$cells))
    write_embedding(params, found[order, ], data$cells[order])
    write_clusters(params, c(1, 2), data$cells[1:2], track = "given_k")
    write_clusters(params, factor(data$batch), data$cells, track = "estimated_k")
    write_clusters(params, seq_along(data$cells), data$cells, track = "given_k")
    write_pseudotime(params, seq_along(data$cells) / 7, data$cells)
    cat("stray", file = "stray.txt")
    source(file.path(Sys.getenv("METHOD_FOLDER"), "beside.R"))
    stopifnot(beside == 7)
"""


@pytest.fixture(scope="session")
def r_packages(needs_r):
    """Skip where R or the packages behind contract.R are absent."""
    needs_r("rhdf5", "Matrix", "jsonlite")


def test_r_sees_and_writes_the_same_numbers(r_packages, run, prepare, tmp_path):
    made = prepare(batch=True, stages=[1, 0, None])
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts/beside.R").write_text("beside <- 7")
    result = run(
        R_METHOD,
        name="method.R",
        seed=3,
        settings={"b": 2},
        told=["batch", "root"],
        data=str(made.folder),
        outputs=["embedding", "clusters_given_k", "clusters_estimated_k", "pseudotime"],
    )
    assert result.status["status"] == "ok", result.log
    assert {"rhdf5", "Matrix"} <= set(result.status["versions"])
    assert not (result.folder / "stray.txt").exists()
    with h5py.File(result.folder / "embedding.h5") as file:
        assert file["X"].dtype == np.float32
        found = pd.DataFrame(file["X"][()], index=file["cells"].asstr()[()])
    variable = made.highly_variable
    expected = np.column_stack(
        [
            made.counts[:, variable].sum(axis=1),
            made.logged[:, variable].sum(axis=1),
            made.counts[:, 7],
        ]
    )
    assert found.index[0] == made.cells[-1]
    np.testing.assert_allclose(found.loc[made.cells], expected, rtol=1e-6)
    table = pd.read_csv(result.folder / "clusters.tsv", sep="\t", dtype=str)
    given = table[table["track"] == "given_k"].set_index("cell")["cluster"]
    assert given.loc[made.cells].tolist() == [str(number) for number in range(1, 91)]
    assert set(table.loc[table["track"] == "estimated_k", "cluster"]) == {"a", "b"}
    pseudotime = pd.read_csv(result.folder / "pseudotime.tsv", sep="\t", index_col="cell")
    np.testing.assert_allclose(pseudotime.loc[made.cells, "pseudotime"], np.arange(1, 91) / 7)


@pytest.mark.parametrize(
    ("line", "status", "message"),
    [
        ("stop('no\\nway')", "failed", "Error: no"),
        ("f <- function() stop('no way'); f()", "failed", "Error in f() : no way"),
        ("need('surelyNoSuchPackage')", "not_installed", "'surelyNoSuchPackage' is not installed"),
        ("library(surelyNoSuchPackage)", "not_installed", "'surelyNoSuchPackage' is not installed"),
        ("tryCatch(not_applicable('too few'), error = print)", "not_applicable", "too few"),
        ("x <- numeric(2^46)", "out_of_memory", "cannot allocate vector"),
        ("quit(status = 4)", "failed", "bye"),
        ("data <- read_input(params); write_embedding(params, diag(3), data$cells)",
         "failed", "3 rows for 90 cells"),
        ("data <- read_input(params); write_clusters(params, NA, 'a', 'given_k')",
         "failed", "the cell a has no cluster"),
    ],
)  # fmt: skip
def test_r_methods_that_do_not_end_well(r_packages, run, line, status, message):
    script = 'source(Sys.getenv("CONTRACT_R"))\nparams <- read_params()\ncat("bye\\n")\n' + line
    result = run(script, name="method.R")
    assert result.status["status"] == status
    assert result.outputs == set()
    assert message in result.status["message"]
