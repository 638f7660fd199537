"""Files are there whole or not at all."""

import resource
import signal
import subprocess
import sys

import anndata
import numpy as np
import pytest

from clear.errors import ClearError
from clear.files.atomic import atomic_path, sha256, write_json


def test_what_stood_there_stays_when_writing_fails(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"a": 1})
    before = sha256(path)
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(path, {"a": float("nan")})
    with pytest.raises(KeyError), atomic_path(path) as temporary:
        temporary.write_text("half")
        raise KeyError
    assert sha256(path) == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_leftovers_of_a_killed_process_are_removed_those_of_a_living_one_are_not(tmp_path):
    code = (
        "import os, signal, sys; from clear.files.atomic import atomic_path\n"
        "with atomic_path(sys.argv[1]) as temporary:\n"
        "    temporary.write_text('half'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    path = tmp_path / "a.tsv"
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert len(list(tmp_path.iterdir())) == 1
    living = tmp_path / ".a.part1.tsv"
    living.write_text("of process 1")
    with atomic_path(path) as temporary:
        temporary.write_text("whole")
    assert {p.name for p in tmp_path.iterdir()} == {"a.tsv", living.name}


def test_a_full_disk_is_an_error_also_from_hdf5(tmp_path):
    adata = anndata.AnnData(np.random.default_rng(0).normal(size=(400, 400)).astype("float32"))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    old = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        with (
            pytest.raises(ClearError, match=r"x\.h5ad could not be written: the disk is full"),
            atomic_path(tmp_path / "x.h5ad") as temporary,
        ):
            adata.write_h5ad(temporary)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, old)
    assert not list(tmp_path.iterdir())
