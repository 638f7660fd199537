"""Files that R writes, with what R says is in them."""

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("r_files.R")


@pytest.fixture(scope="session")
def r_files(tmp_path_factory) -> Path:
    """Folder with R files of every kind; r_files.R says what each one is."""
    rscript = shutil.which("Rscript")
    if rscript is None:
        pytest.skip("R (Rscript) is not on this machine")
    has_matrix = [rscript, "-e", 'quit(status = !nzchar(system.file(package = "Matrix")))']
    if subprocess.run(has_matrix, capture_output=True).returncode:
        pytest.skip("the R package Matrix is not on this machine")
    folder = tmp_path_factory.mktemp("r_files")
    command = [rscript, "--vanilla", str(SCRIPT), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def bioconductor_files(r_files) -> Path:
    """Folder with R files, those of Bioconductor among them."""
    if not (r_files / "genuine.rds").exists():
        pytest.skip("the R package SingleCellExperiment is not on this machine")
    return r_files
