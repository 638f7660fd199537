"""One GPU for one run."""

import os
from pathlib import Path

import pytest


@pytest.fixture
def fake_gpus(tmp_path):
    """PATH with an nvidia-smi that lists two GPUs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "nvidia-smi"
    program.write_text('#!/bin/sh\ncase "$1" in *index*) echo "0, A"; echo "1, B";; esac\n')
    program.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}", "TMPDIR": str(tmp_path)}


def test_two_gpu_runs_get_two_gpus_and_a_crash_frees_one(
    make_order, start, wait_for, fake_gpus, tmp_path, monkeypatch
):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    wait = "import os, time; print(os.environ['CUDA_VISIBLE_DEVICES'], flush=True); time.sleep(600)"
    running, taken = [], []
    for number in range(2):
        output = tmp_path / "run" / f"other{number}"
        order = make_order(wait, device="auto", output=str(output))
        running.append(start(order, **fake_gpus))
        log = output.with_name(output.name + ".part") / "output.log"
        wait_for(lambda log=log: log.exists() and "\n" in log.read_text().strip(), "the method")
        taken.append(log.read_text().split()[-1])
    assert taken == ["0", "1"]
    running[1].kill()  # its lock goes with it
    running[1].communicate()
    show = "import os; print(os.environ['CUDA_VISIBLE_DEVICES'], os.environ['CUDA_DEVICE_ORDER'])"
    order = make_order(show, device="auto", outputs=[])
    assert start(order, **fake_gpus).wait(60) == 0
    assert Path(order["output"], "output.log").read_text().endswith("1 PCI_BUS_ID\n")
    running[0].terminate()
    running[0].communicate()


def test_a_gpu_that_the_scheduler_chose_is_kept(run, fake_gpus):
    show = "import os; print(os.environ['CUDA_VISIBLE_DEVICES'])"
    variables = {**fake_gpus, "CUDA_VISIBLE_DEVICES": "7"}
    kept = run(show, device="auto", outputs=[], variables=variables)
    assert (kept.log[-2:], kept.status["gpu"]) == ("7\n", "7")
    on_cpu = run(show, device="cpu", outputs=[], variables=variables)
    assert (on_cpu.log[-2:], on_cpu.status["gpu"]) == ("\n\n", None)


@pytest.mark.parametrize(
    ("given", "used"),
    [("GPU-5f,GPU-6a", "GPU-5f"), ("2, 3", "2"), ("NoDevFiles", None), ("", None)],
)
def test_of_several_that_a_scheduler_gave_one_is_taken(run, fake_gpus, given, used):
    show = (
        "import os; print(os.environ['CUDA_VISIBLE_DEVICES'], os.environ.get('CUDA_DEVICE_ORDER'))"
    )
    variables = {**fake_gpus, "CUDA_VISIBLE_DEVICES": given}
    result = run(show, device="auto", outputs=[], variables=variables)
    assert result.status["gpu"] == used
    assert result.log.endswith(f"\n{given if used is None else used} None\n")
