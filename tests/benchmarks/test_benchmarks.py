"""The benchmarks of speed, on tiny sizes."""

import dataclasses
import json
import math
import runpy
import subprocess
import sys

import pytest
from anndata import AnnData
from torch.utils.flop_counter import FlopCounterMode

from clear.presets import PAPER, RECOMMENDED


def run(repository, name, *arguments):
    command = [sys.executable, str(repository / "benchmarks" / name), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


TINY = ("--cells", 70, "--genes", 30, "--batch", 32, "--repeats", 1, "--epochs", 1, "--threads", 1)


@pytest.mark.parametrize("preset", ["recommended", "graph_diffusion", "paper", "one-direction"])
def test_throughput_as_json(repository, preset):
    found = json.loads(run(repository, "throughput.py", *TINY, "--preset", preset, "--json"))
    expected = {"preset": preset, "cells": 70, "genes": 30, "batch": 32, "device": "cpu"}
    assert found.items() >= {**expected, "threads": 1, "repeats": 1}.items()
    assert set(found) == {
        *("cells_per_s", "per_cell_cells_per_s", "speedup", "matmul_fraction", "speedup_range"),
        *(
            "matmul_fraction_range",
            "fallback_cells_per_s",
            "memory_fraction",
            "launches_per_step",
            "fallback_launches_per_step",
            "computed_by",
            "per_cell_workers",
            "preset",
            "precision",
            "threads",
            "cells",
        ),
        *("genes", "batch", "repeats", "device", "torch", "processor", "date", "clock"),
    }
    assert found["precision"] in ("fp32", "bf16")
    walks = {"walks"} if preset in ("recommended", "graph_diffusion") else set()
    assert set(found["computed_by"]) == {"augmentations", "loss", "weights", "steps"} | walks
    assert found["launches_per_step"] is None
    ratio = found["cells_per_s"] / found["per_cell_cells_per_s"]
    assert math.isclose(found["speedup"], ratio)  # of one round
    assert 0 < found["matmul_fraction"] < 1


def test_throughput_as_text(repository):
    text = run(repository, "throughput.py", *TINY, "--cpu-time")
    assert "70 cells x 30 genes, minibatches of 32, preset recommended" in text
    assert "CPU time" in text
    assert "cell by cell" in text
    assert "steps: operation by operation" in text
    assert "left out on a CPU: launches per step" in text
    assert "matrix products alone take" in text and "copying the bytes" in text


@pytest.mark.needs_gpu
def test_throughput_on_a_gpu(repository):
    sizes = [*TINY[:-6], "--repeats", 1, "--epochs", 20, "--device", "cuda", "--json"]
    found = json.loads(run(repository, "throughput.py", *sizes))
    assert found["device"] != "cpu"
    assert 0 < found["launches_per_step"] < found["fallback_launches_per_step"]
    assert found["computed_by"]["augmentations"] == "Triton kernel"


@pytest.mark.parametrize(("preset", "copies", "products"), [(PAPER, 2, 3), (RECOMMENDED, 1, 2)])
def test_limit_has_the_products_with_the_first_layer_of_docs_performance(
    repository, preset, copies, products
):
    limits = runpy.run_path(str(repository / "benchmarks/limits.py"))
    genes = 100_000  # so many that the other products hardly count
    preset = dataclasses.replace(preset, hidden_nodes=16, n_latent=8, components=8, batch_size=4)
    multiply = limits["matrix_products"](genes, preset, "fp32", "cpu")
    with FlopCounterMode(display=False) as counter:
        multiply()
    expected = 2 * products * copies * 4 * genes * 16
    assert expected <= counter.get_total_flops() < 1.1 * expected


def test_throughput_where_there_is_no_gpu(repository):
    command = [sys.executable, str(repository / "benchmarks/throughput.py"), "--device", "cuda"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.endswith("error: --device cuda: there is no CUDA device here\n")


@pytest.mark.parametrize(
    "command",
    [
        ("memory.py", "--n-top-genes", 50, "--density", 0.1),
        ("read_mtx.py", "--values", 20),
    ],
)
def test_memory_of_small_data(repository, command):
    found = json.loads(run(repository, *command, "--cells", 300, "--genes", 200))
    assert found["cells"] == 300 and 0.05 < found["peak_gb"] < 2 and found["seconds"] >= 0


def test_from_dataset_to_embedding(repository):
    found = json.loads(run(repository, "prepare.py", "--cells", 300, "--genes", 200))
    assert found["cells"] == 300 and found["values"] > 300
    for step in ("qc", "prepare", "embed", "map"):
        assert 0.05 < found[step]["peak_gb"] < 2 and found[step]["seconds"] >= 0
    assert found["map"]["neighbours"] == "exact" and found["map"]["clusters"] > 1
    assert list(found["map"]["seconds_of"]) == ["neighbours", "leiden", "umap"]


def test_layout_of_few_cells(repository):
    lines = run(repository, "layout.py", "--cells", 2500, "--epochs", 2, 3).splitlines()
    for line, epochs in zip(lines, (2, 3), strict=True):
        found = json.loads(line)
        assert found["cells"] == 2500 and found["epochs"] == epochs
        assert 0 < found["held_gb"] <= found["peak_gb"] < 2 and found["cpu_s"] >= 0


def test_training_beside_busy_processes(repository, adata, tmp_path):
    AnnData(adata.layers["counts"]).write_h5ad(tmp_path / "x.h5ad")
    arguments = "--steps", 2, "--busy", 1, "--repeats", 1
    found = json.loads(run(repository, "busy.py", tmp_path / "x.h5ad", *arguments))
    alone, beside = found["pairs"][0]
    for i, name in enumerate(("fit_s", "fit_cpu_s", "loop_s")):
        numbers = {"alone": alone[i], "beside": beside[i], "ratio": beside[i] / alone[i]}
        assert found[name] == numbers
    assert found["busy"] == 1 and alone[2] >= alone[1]  # the loop takes the training's CPU time


def test_reading_of_small_files(repository):
    lines = run(repository, "reading.py", "--cells", 300, "--genes", 2100, "--repeats", 1)
    plain, gzipped = map(json.loads, lines.splitlines())
    assert (plain["file"], gzipped["file"]) == ("plain", "gzip")
    for found in (plain, gzipped):
        assert found["cells"] == 300 and found["gather_s"] > 0 and found["ratio"] > 0
