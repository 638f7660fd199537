"""How much memory there is, and taking it with an error that a user can act on."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from clear.errors import ClearError

GROUPS = Path("/sys/fs/cgroup")
# Files of a control group of version 2 and 1: its limit, its use, and which part of the use is
# cached files, which the system gives up when memory is wanted.
VERSION_2 = ("memory.max", "memory.current", ("active_file", "inactive_file"))
VERSION_1 = (
    "memory.limit_in_bytes",
    "memory.usage_in_bytes",
    ("total_active_file", "total_inactive_file"),
)


def available() -> float:
    """Return the bytes of main memory that can be had now; infinite where nothing tells.

    The least of what the machine (``MemAvailable`` of Linux) and the control groups of this
    process, which containers and batch systems set, have left.
    """
    left = [float("inf")]
    with contextlib.suppress(OSError, KeyError, ValueError):
        left.append(1024 * _table(Path("/proc/meminfo"))["MemAvailable:"])
    for folder, (limit, used, cached) in _control_groups():
        # Not there, or "max": no limit.
        with contextlib.suppress(OSError, KeyError, ValueError):
            most, now = (int((folder / name).read_text()) for name in (limit, used))
            stat = _table(folder / "memory.stat")
            left.append(max(most - now + sum(stat[name] for name in cached), 0))
    return min(left)


def _control_groups() -> Iterator[tuple[Path, tuple]]:
    """Yield the folders of this process's control groups for memory, and of those above them."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers in ("", "memory"):
            root = GROUPS / controllers
            names = VERSION_1 if controllers else VERSION_2
            folder = root / path.lstrip("/")
            while folder.is_relative_to(root):
                yield folder, names
                folder = folder.parent


def _table(path: Path) -> dict[str, int]:
    """Read lines of a name and a number."""
    rows = (line.split() for line in path.read_text().splitlines())
    return {name: int(value) for name, value, *_ in rows}


def allocate(cells: int, genes: int, device: torch.device) -> Tensor:
    """Return zeros (cells x genes, float32) on a device.

    Raises
    ------
    ClearError
        When the device has too little memory left. The system would only notice when the
        memory is written to, and end the process.
    """
    size = 4 * cells * genes
    try:
        if device.type == "cpu" and size > available():
            raise RuntimeError(f"{available() / 1e9:.1f} GB are available")
        return torch.zeros(cells, genes, device=device)
    except RuntimeError as error:
        raise ClearError(
            f"There is too little memory for {cells} cells x {genes} genes at a time "
            f"({size / 1e9:.1f} GB) on the device {device.type!r}: {error}. Free some, or use "
            "fewer genes (n_top_genes, on the command line --n-top-genes)."
        ) from error
