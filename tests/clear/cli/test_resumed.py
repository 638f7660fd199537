"""A training that was killed goes on where it was."""

import json
import signal
import subprocess
import sys
import time

import anndata
import numpy as np

from clear.cli import main
from tests.clear.cli.commands import PROGRAM


def test_killed_and_resumed_equals_uninterrupted(source, tmp_path, caplog):
    """Twice killed without warning, then finished: the bits of a run that was not killed."""
    arguments = ["embed", str(source), str(tmp_path / "out.h5ad"), "--preset", "released"]
    arguments += ["--epochs", "80", "--seed", "2", "--device", "cpu"]
    state = tmp_path / "state" / "checkpoint.json"
    checkpoint = ["--checkpoint", str(state.parent), "--checkpoint-seconds", "0", "--resume"]
    command = [sys.executable, "-c", PROGRAM, *arguments, *checkpoint]

    def epoch():
        return json.loads(state.read_text())["settings"]["state"]["epoch"] if state.exists() else 0

    for least in (3, 20):
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            while process.poll() is None and epoch() < least:
                time.sleep(0.01)
            process.kill()
        assert process.returncode == -signal.SIGKILL
        assert least <= epoch() < 80
        assert not (tmp_path / "out.h5ad").exists()
    assert main([*arguments, *checkpoint]) == 0
    assert "Resuming after epoch" in caplog.text
    resumed = anndata.read_h5ad(tmp_path / "out.h5ad").obsm["X_clear"]
    assert main(arguments) == 0
    expected = anndata.read_h5ad(tmp_path / "out.h5ad").obsm["X_clear"]
    assert np.array_equal(resumed, expected)
    assert len(np.unique(expected, axis=0)) == 25
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["in.h5ad", "out.h5ad", "state"]
