"""The examples of docs/api.md run."""

import dataclasses
import re
import shlex

import anndata
import numpy as np
import pandas as pd
import pytest
from anndata import AnnData

from clear import CLEAR
from clear.cli import main
from clear.model.train import train
from clear.presets import PRESETS, RECOMMENDED


def blocks(repository, language):
    page = (repository / "docs" / "api.md").read_text(encoding="utf-8")
    found = re.findall(rf"^```{language}\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)
    assert found
    return found


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working folder, with the files that the page names."""
    counts = np.random.default_rng(0).poisson(2.0, (40, 30))
    obs = pd.DataFrame({"cell_type": ["a", "b"] * 20, "sample": ["1"] * 20 + ["2"] * 20})
    obs.index = obs.index.astype(str)
    AnnData(np.log1p(counts / 3), obs=obs).write_h5ad(tmp_path / "cells.h5ad")
    AnnData(counts, obs=obs).write_h5ad(tmp_path / "counts.h5ad")
    short = dataclasses.replace(RECOMMENDED, epochs=2, min_steps=2)
    monkeypatch.setitem(PRESETS, "recommended", short)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_python_blocks_run_one_after_the_other(repository, folder, capsys):
    names = {}
    for block in blocks(repository, "python"):
        exec(block, names)
    assert "learning_rate" in capsys.readouterr().out
    assert names["embedding"].shape == (40, 50)
    assert names["raw"].obsm["X_clear"].shape == (40, 50)
    assert np.allclose(names["new"].obsm["X_clear"], names["embedding"][:10], atol=1e-6)
    assert (folder / "state" / "checkpoint.json").exists()
    assert names["adata"].uns["clear"]["preset"] == "mine"


def test_commands_run_one_after_the_other(repository, folder):
    for line in "".join(blocks(repository, "sh")).splitlines():
        program, *arguments = shlex.split(line)
        assert program == "clear-sc"
        if arguments == ["--version"]:  # ends the program
            with pytest.raises(SystemExit, match="^0$"):
                main(arguments)
        else:
            assert main(arguments) == 0
    out = anndata.read_h5ad(folder / "clustered.h5ad")
    assert out.obsm["X_clear"].shape == (40, 50)
    assert {"clear", "kmeans"} <= set(out.obs)
    assert (folder / "scored" / "index.html").exists()


def test_the_page_names_all_that_a_training_says_it_was_computed_by(repository, adata):
    page = (repository / "docs" / "api.md").read_text(encoding="utf-8")
    table = page.split("### What computed it")[1].split("\n## ")[0]
    rows, key = {}, None
    for line in table.splitlines():
        cells = [cell.strip(" `") for cell in line.split("|")[1:-1]]
        if len(cells) == 3 and cells[0] != "key" and "---" not in cells[0]:
            key = cells[0] or key
            rows.setdefault(key, []).append(cells[1].removesuffix(" (why)"))
    for name, preset in PRESETS.items():
        short = dataclasses.replace(preset, epochs=1, min_steps=0)
        said = CLEAR(short, device="cpu", verbose=False).fit(adata).computed_by_
        without = {"processes"} if preset.neighbors else {"processes", "walks"}
        assert set(said) == set(rows) - without, name
        for key, words in said.items():
            assert words.partition(" (")[0] in rows[key], (name, key)
    for key in rows:  # as the docstrings of both do
        assert f'``"{key}"``' in CLEAR.__doc__ and f"``{key}``" in train.__doc__
