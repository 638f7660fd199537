"""``clear-sc score``: the workflow's own numbers, a place among its methods, and clear errors."""

import json
import re
import subprocess
import sys

import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from clear.benchmark.tsv import read_table, rows_where
from clear.cli import main


def score(path, *arguments, obsm="X_mine", label="cell_type"):
    return main(["score", str(path), "--obsm", obsm, "--label", label, *map(str, arguments)])


def test_an_embedding_of_a_run_gets_the_scores_that_it_has_there(own_file, finished, tmp_path):
    with h5py.File(finished / "methods/tiny/standard/none/pca/seed1/embedding.h5") as file:
        path = own_file(values=file["X"][()])
    assert score(path, "--against", finished, "--output", tmp_path / "out") == 0
    mine = read_table(tmp_path / "out" / "scores.tsv")
    theirs = rows_where(read_table(finished / "scores.tsv"), method="pca", seed=1)
    columns = ["task", "track", "metric", "value", "scorer_sd"]
    assert len(mine) == 8 * 23 + 1
    pd.testing.assert_frame_equal(mine[columns], theirs[columns].reset_index(drop=True))
    places = read_table(tmp_path / "out" / "places.tsv").set_index(["track", "metric"])
    standing = read_table(tmp_path / "out" / "standing.tsv")
    ari = rows_where(standing, track="given_k", metric="ari").set_index("method")
    mean = ari["mean"].astype(float)
    # scVI's second run failed and counts as the random control.
    mean["scvi"] = (mean["scvi"] + mean["control_random"]) / 2
    ranked = mean.drop(["control_random", "control_labels"])
    expected = ranked.rank(ascending=False)["*your embedding*"]
    assert places.loc[("given_k", "ari"), ["place", "of"]].tolist() == [expected, 5]
    assert ari.loc["scvi", ["scored", "planned", "lost"]].tolist() == [1, 2, "1 failed"]


def test_what_is_printed_and_the_page_have_the_numbers_of_the_tables(
    own_file, finished, tmp_path, capsys
):
    assert score(own_file(), "--against", finished, "--output", tmp_path / "out") == 0
    printed = capsys.readouterr().out
    table = read_table(tmp_path / "out" / "scores.tsv").set_index(["track", "metric"])
    ari = table.loc[("given_k", "ari")]
    cell = f"{ari['value']:.3f} ± {ari['scorer_sd']:.3f}"
    place = read_table(tmp_path / "out" / "places.tsv").set_index(["track", "metric"])
    place = place.loc[("given_k", "ari")]
    words = f"{place['place']:g} of 5 ({place['low']} to {place['high']})"
    html = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    for text in (printed, html):
        assert cell in text and words in text
    assert re.search(r"^> \d\S* +your embedding", printed, re.MULTILINE)
    assert f"The methods of {finished} ran with quick settings" in printed
    row = re.search(r'<tr class="mine">(.*?)</tr>', html)[1]
    assert "<td>your embedding</td>" in row
    assert not re.search(r'src=|https?:|@import|url\(|"nan"', html)
    assert sorted(re.findall(r'href="([^"#d].*?)"', html)) == sorted(
        path.name for path in (tmp_path / "out").glob("*.tsv")
    )


def test_without_a_run_the_scores_alone(own_file, tmp_path, capsys):
    assert score(own_file(), "--output", tmp_path / "out") == 0
    assert "60 cells x 4 dimensions, 3 types" in capsys.readouterr().out
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["index.html", "scores.tsv"]


@pytest.mark.parametrize("form", [sparse.csr_matrix, pd.DataFrame])
def test_other_forms_of_an_embedding_score_alike(own_file, tmp_path, form):
    tables = []
    for make in (np.asarray, form):

        def change(adata, make=make):
            value = make(adata.obsm["X_mine"])
            if isinstance(value, pd.DataFrame):
                value.index = adata.obs_names
                value.columns = list("abcd")
            adata.obsm["X_mine"] = value

        assert score(own_file(change), "--output", tmp_path / "out") == 0
        tables.append((tmp_path / "out" / "scores.tsv").read_text())
    assert tables[0] == tables[1]


def test_cells_without_a_label_are_left_out_and_said_so(own_file, tmp_path, capsys):
    def unlabel(adata):
        labels = adata.obs["cell_type"].astype(object)
        labels.iloc[:2], labels.iloc[2] = None, " "
        adata.obs["cell_type"] = labels.astype("category")
        adata.obsm["X_mine"][:3] = np.nan

    assert score(own_file(unlabel)) == 0
    out = capsys.readouterr().out
    assert "57 cells x 4 dimensions" in out
    assert "3 cells without a label are left out." in out


def test_batches_are_for_the_tasks_that_need_them(own_file, capsys):
    path = own_file()
    assert score(path, "--batch", "sample") == 0
    out = capsys.readouterr().out
    assert re.search(r"Batch effects\nMetric +any +untold\n-+\n", out)
    assert re.search(r"\nBalance +[01]\.\d", out)
    assert score(path) == 0
    assert "Batch effects" not in capsys.readouterr().out


def change(**new):
    """Return a change of the user's file: columns of ``obs``, or ``obsm``."""

    def apply(adata):
        for name, value in new.items():
            if name == "names":
                adata.obs_names = value
            elif name.startswith("X_"):
                adata.obsm[name] = value
            else:
                adata.obs[name] = value

    return apply


BAD = np.full((60, 3), 1.0)
BAD[7, 1] = np.nan


@pytest.mark.parametrize(
    ("changed", "arguments", "words"),
    [
        ({}, {"obsm": "X_min"}, "has no obsm['X_min']. Did you mean 'X_mine'?"),
        ({}, {"obsm": "umap"}, "has no obsm['umap']. Known: X_mine, X_pca."),
        ({}, {"label": "celltype"}, "has no obs['celltype']. Did you mean 'cell_type'?"),
        ({"X_mine": BAD}, {}, "has NaN or infinite values for 1 of 60 cells, the first is name"),
        (
            {"X_mine": np.full((60, 2), 1e15)},
            {},
            "above 1e+14, whose distances overflow, for 60 of 60",
        ),
        ({"X_mine": np.zeros((60, 2))}, {}, "obsm['X_mine'] is the same for all 60 cells"),
        ({"X_mine": np.zeros((60, 0))}, {}, "has the shape (60, 0); an embedding is cells x dim"),
        ({"X_mine": np.zeros((60, 3, 2))}, {}, "has the shape (60, 3, 2)"),
        ({"X_mine": np.full((60, 2), "a", dtype=object)}, {}, "not numbers"),
        ({"cell_type": "x"}, {}, "has one type only, 'x'; scores need two or more"),
        ({"cell_type": ["x", "y", *[None] * 58]}, {}, "a label for 2 cells; scores need 3"),
    ],
)
def test_mistakes_in_the_file(own_file, capsys, changed, arguments, words):
    assert score(own_file(change(**changed)), **arguments) == 2
    error = capsys.readouterr().err
    assert words in error and "clear-sc: error: " in error


@pytest.mark.parametrize(
    ("batch", "words"),
    [("smaple", "Did you mean 'sample'?"), ("holes", "has no batch for 1 labelled cells")],
)
def test_mistakes_in_batches(own_file, capsys, batch, words):
    path = own_file(change(holes=[None, *["b"] * 59]))
    assert score(path, "--batch", batch) == 2
    assert words in capsys.readouterr().err


CELLS = [f"name{i}" for i in range(60)]


def merged(adata):
    adata.obs["cell_type"] = adata.obs["cell_type"].replace({"x": "xy", "y": "xy"})


def split(adata):
    adata.obs.loc["name0", "cell_type"] = "z"


@pytest.mark.parametrize(
    ("changed", "arguments", "words"),
    [
        (merged, (), "cells of your type 'xy' are 'x', 'y'"),
        (split, (), "cells of the run's type 'x' are 'x', 'z'"),
        (change(names=[f"a{i}" for i in range(60)]), (), "No dataset of"),
        (change(names=[f"a{i}" for i in range(60)]), (), "say which it is with --dataset. There: "
         "tiny (60 cells)"),
        (change(names=[f"a{i}" for i in range(60)], cell_type=[*"xxx", *"y" * 57]),
         ("--dataset", "tiny"), "not those of tiny in this run: the numbers of cells per type"),
        (change(cell_type=[None, *"xyz" * 19, *"xy"]), (), "Your cells are those of tiny, but 1 of "
         "the 60 cells that the run scored have no label in your file; label exactly the cells"),
        (change(names=["other", *CELLS[1:]]), (), "no label in your file and 1 of your labelled "
         "cells were not scored by the run; label"),
        (change(names=[CELLS[0], *CELLS[:59]]), (), "and names of your cells occur more than once"),
        (change(cell_type=[None, *"xyz" * 19, *"xy"]), ("--dataset", "tiny"),
         "59 of your cells have a label, and the run scored 60 of tiny; keep those in the column"),
        (lambda adata: None, ("--dataset", "tyni"), "has no dataset 'tyni'. Did you mean 'tiny'?"),
    ],
)  # fmt: skip
def test_cells_that_are_not_those_of_the_run(own_file, finished, capsys, changed, arguments, words):
    assert score(own_file(changed), "--against", finished, *arguments) == 2
    assert words in capsys.readouterr().err


def test_renamed_types_and_cells_are_the_same_cells(own_file, finished, capsys):
    def rename(adata):
        adata.obs["cell_type"] = "type " + adata.obs["cell_type"].astype(str)

    assert score(own_file(rename), "--against", finished) == 0
    assert "Names of cells differ" not in capsys.readouterr().out
    path = own_file(change(names=[f"a{i}" for i in range(60)]))
    assert score(path, "--against", finished, "--dataset", "tiny") == 0
    assert "Names of cells differ from those of tiny" in capsys.readouterr().out


def test_folders_that_are_no_finished_run(own_file, finished, tmp_path, capsys):
    path = own_file()
    assert score(path, "--against", tmp_path) == 2
    assert f"{tmp_path} is no folder of a finished run: it has no run.json" in (
        capsys.readouterr().err
    )
    (finished / "data/tiny/standard/none/truth.tsv").unlink()
    assert score(path, "--against", finished, "--dataset", "tiny") == 2
    assert "tiny has no labelled cells in this run" in capsys.readouterr().err
    (finished / "statistics.tsv").unlink()
    assert score(path, "--against", finished) == 2
    assert "it has no statistics.tsv" in capsys.readouterr().err
    assert score(path, "--dataset", "tiny") == 2
    assert "add --against" in capsys.readouterr().err


def test_a_method_is_not_compared_where_it_was_tuned(own_file, finished, tmp_path, capsys):
    manifest = json.loads((finished / "run.json").read_text())
    manifest["methods"]["clear"]["tuned_on"] = ["tiny"]
    (finished / "run.json").write_text(json.dumps(manifest))
    assert score(own_file(), "--against", finished, "--output", tmp_path / "out") == 0
    assert set(read_table(tmp_path / "out" / "places.tsv")["of"]) == {4}
    assert re.search(r"tuned here +CLEAR", capsys.readouterr().out)


def test_without_the_extra_the_command_says_what_to_install(own_file):
    code = "import sys; sys.modules['sklearn'] = None; from clear.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "score", own_file(), "--obsm", "X_mine"]
    done = subprocess.run([*command, "--label", "cell_type"], capture_output=True, text=True)
    assert done.returncode == 2
    assert "not installed: pip install 'clear-sc[benchmark]'" in done.stderr
