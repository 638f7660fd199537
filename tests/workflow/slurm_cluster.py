"""A SLURM of one's own on this machine: one node with eight cores and two GPUs that are none."""

import contextlib
import os
import shutil
import socket
import stat
import subprocess
import time
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue")
CORES, MEMORY_MB = 8, 8000  # as SLURM counts; the machine may have fewer
SETTINGS = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=2,batch_sched_delay=0
ReturnToService=2
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmdParameters=config_overrides
MinJobAge=600
KillWait=5
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} RealMemory={memory} Gres=gpu:2
PartitionName=cpu Nodes=ALL Default=YES
PartitionName=gpu Nodes=ALL
"""


def missing() -> str | None:
    """Return why there can be no SLURM here, or None."""
    lacking = [name for name in PROGRAMS if not _program(name)]
    if lacking:
        return f"SLURM is not installed here ({', '.join(lacking)} missing)"
    return None if os.getuid() == 0 else "a SLURM of one's own is started by root"


@contextlib.contextmanager
def cluster(folder: Path):
    """Start SLURM with all its files in ``folder``; yield its environment variables; end it."""
    host = socket.gethostname().split(".")[0]
    for name in ("state", "spool", "gpus"):
        (folder / name).mkdir()
    for number in range(2):
        # as /dev/null: SLURM takes character devices only
        os.mknod(folder / f"gpus/nvidia{number}", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    (folder / "munge.key").write_bytes(os.urandom(1024))
    (folder / "munge.key").chmod(0o400)
    values = {"host": host, "folder": folder, "ports": _free_ports(), "cores": CORES}
    (folder / "slurm.conf").write_text(SETTINGS.format(**values, memory=MEMORY_MB))
    (folder / "gres.conf").write_text(
        f"AutoDetect=off\nNodeName={host} Name=gpu File={folder}/gpus/nvidia[0-1]\n"
    )
    (folder / "cgroup.conf").write_text(f"CgroupPlugin={_cgroup_plugin()}\nCgroupAutomount=no\n")
    environment = _environment(folder)
    munged = [_program("munged"), "--foreground", "--force", f"--key-file={folder}/munge.key"]
    munged += [f"--socket={folder}/munge.socket", f"--pid-file={folder}/munged.pid"]
    munged += [f"--seed-file={folder}/munged.seed", f"--log-file={folder}/munged.log"]
    daemons = [munged, [_program("slurmctld"), "-D"], [_program("slurmd"), "-D"]]
    started = []
    try:
        for command in daemons:
            with (folder / f"{Path(command[0]).name}.out").open("w") as log:
                started.append(
                    subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=folder)
                )
            if command is munged:
                _wait(lambda: (folder / "munge.socket").exists(), folder)
        _wait(lambda: "idle" in ask(environment, "sinfo", "-h", "-o", "%T"), folder)
        yield environment
        ask(environment, "scancel", "--user=root")
        _wait(lambda: not ask(environment, "squeue", "-h"), folder)
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait(20)


def _environment(folder: Path) -> dict:
    """Return the variables by which commands find this SLURM, also in its jobs.

    The executor takes SLURM_CONF away from what it starts there.
    """
    (folder / "bin").mkdir()
    for name in ("srun", "squeue"):
        script = folder / "bin" / name
        script.write_text(
            f'#!/bin/sh\nexec env SLURM_CONF={folder}/slurm.conf {shutil.which(name)} "$@"\n'
        )
        script.chmod(0o755)
    path = os.pathsep.join([str(folder / "bin"), os.environ["PATH"]])
    return {**os.environ, "PATH": path, "SLURM_CONF": str(folder / "slurm.conf")}


def ask(environment: dict, *command: str) -> str:
    """Return what a command of SLURM prints."""
    return subprocess.run(command, env=environment, capture_output=True, text=True).stdout


def _wait(ready, folder: Path) -> None:
    deadline = time.monotonic() + 30
    while not ready():
        if time.monotonic() > deadline:
            logs = [f"{log.name}: {log.read_text()[-1500:]}" for log in folder.glob("*.out")]
            raise AssertionError("SLURM does not start: " + "\n".join(logs))
        time.sleep(0.2)


def _program(name: str) -> str | None:
    return shutil.which(name, path=os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/sbin"]))


def _free_ports() -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(2)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _cgroup_plugin() -> str:
    """Return the plugin that needs no cgroups: versions before 23 have none that is disabled."""
    version = subprocess.run([_program("slurmd"), "-V"], capture_output=True, text=True).stdout
    return "disabled" if int(version.split()[-1].split(".")[0]) >= 23 else "cgroup/v1"
