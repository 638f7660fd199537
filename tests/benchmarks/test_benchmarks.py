"""The benchmarks of speed, on tiny sizes."""

import csv
import json
import math
import subprocess
import sys

import pytest
from PIL import Image


def run(repository, name, *arguments):
    command = [sys.executable, str(repository / "benchmarks" / name), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


TINY = ("--cells", 70, "--genes", 30, "--batch", 32, "--repeats", 1, "--epochs", 1, "--threads", 1)


@pytest.mark.parametrize("preset", ["recommended", "paper", "one-direction"])
def test_throughput_as_json(repository, preset):
    found = json.loads(run(repository, "throughput.py", *TINY, "--preset", preset, "--json"))
    expected = {"preset": preset, "cells": 70, "genes": 30, "batch": 32, "device": "cpu"}
    assert found.items() >= {**expected, "threads": 1, "repeats": 1}.items()
    assert set(found) == {
        *("cells_per_s", "per_cell_cells_per_s", "speedup", "matmul_fraction", "speedup_range"),
        *("matmul_fraction_range", "per_cell_workers", "preset", "precision", "threads", "cells"),
        *("genes", "batch", "repeats", "device", "torch", "processor", "date"),
    }
    assert found["precision"] in ("fp32", "bf16")
    ratio = found["cells_per_s"] / found["per_cell_cells_per_s"]
    assert math.isclose(found["speedup"], ratio)  # of one round
    assert 0 < found["matmul_fraction"] < 1


def test_throughput_as_text(repository):
    text = run(repository, "throughput.py", *TINY)
    assert "70 cells x 30 genes, minibatches of 32, preset recommended" in text
    assert "cell by cell" in text


def test_scaling_writes_a_table_and_a_picture(repository, tmp_path):
    sizes = ("--cells", 40, 80, "--genes", 20, 40, "--batch", 16, 32, 64)
    run(repository, "scaling.py", *sizes, "--repeats", 1, "--output", tmp_path / "new")
    with (tmp_path / "new" / "scaling.tsv").open() as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    found = [(row["varied"], row["cells"], row["genes"], row["batch"]) for row in rows]
    assert found[:3] == [
        ("cells", "40", "2000", "40"),
        ("cells", "80", "2000", "80"),
        ("genes", "2048", "20", "512"),
    ]
    assert len(rows) == 7
    assert all(float(row["seconds"]) > 0 for row in rows)
    with Image.open(tmp_path / "new" / "scaling.png") as picture:
        assert picture.width > 900
