"""Available memory, and allocations that fail with a clear error."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from clear.errors import ClearError

GROUPS = Path("/sys/fs/cgroup")
# Files of a control group (versions 2 and 1): its limit, its usage, and the cached files in it,
# which the kernel evicts when memory is needed.
VERSION_2 = ("memory.max", "memory.current", ("active_file", "inactive_file"))
VERSION_1 = (
    "memory.limit_in_bytes",
    "memory.usage_in_bytes",
    ("total_active_file", "total_inactive_file"),
)


def available() -> float:
    """Return the available main memory in bytes; infinite where it is unknown.

    The minimum of what is left on the machine (Linux's ``MemAvailable``) and in the control groups
    of this process, with which containers and batch systems limit memory.
    """
    left = [float("inf")]
    with contextlib.suppress(OSError, KeyError, ValueError):
        left.append(1024 * _table(Path("/proc/meminfo"))["MemAvailable:"])
    for folder, (limit, used, cached) in _control_groups():
        # A missing file, or "max": no limit.
        with contextlib.suppress(OSError, KeyError, ValueError):
            most, now = (int((folder / name).read_text()) for name in (limit, used))
            stat = _table(folder / "memory.stat")
            left.append(max(most - now + sum(stat[name] for name in cached), 0))
    return min(left)


def _control_groups() -> Iterator[tuple[Path, tuple]]:
    """Yield the folders of this process's memory control groups and of their parents."""
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
    """Parse lines of a name and a number."""
    rows = (line.split() for line in path.read_text().splitlines())
    return {name: int(value) for name, value, *_ in rows}


def allocate(cells: int, genes: int, device: torch.device) -> Tensor:
    """Return zeros (cells x genes, float32) on a device.

    Raises
    ------
    ClearError
        When the device has too little memory left. The kernel would otherwise kill the process
        once the memory is written to.
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
