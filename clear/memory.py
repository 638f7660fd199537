"""How much memory there is, and taking it with an error that a user can act on."""

from pathlib import Path

import torch
from torch import Tensor

from clear.errors import ClearError

# The limit and the use of a control group (version 2, then 1), which batch systems set.
CONTROL_GROUPS = (
    ("memory.max", "memory.current"),
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
)


def available() -> float:
    """Return the bytes of main memory that can be had now; infinite where nothing tells.

    The least of what the machine (``MemAvailable`` of Linux) and the control group of a
    container have left.
    """
    left = [float("inf")]
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        sizes = dict(line.split(":") for line in lines)
        left.append(1024 * int(sizes["MemAvailable"].split()[0]))
    except (OSError, KeyError, ValueError):
        pass
    for limit, used in CONTROL_GROUPS:
        try:
            numbers = [int((Path("/sys/fs/cgroup") / name).read_text()) for name in (limit, used)]
            left.append(max(numbers[0] - numbers[1], 0))
        except (OSError, ValueError):  # no such group, or "max": no limit
            continue
    return min(left)


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
