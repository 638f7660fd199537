"""The precision of the matrix products in a training.

With ``"bf16"`` the factors are bfloat16 (8 bits of mantissa) and accumulate in float32; weights,
optimiser, normalisation and loss stay float32. The quality of the embedding does not suffer, since
the augmentations' noise is far larger than the rounding, but the numbers are not those of float32.
"""

import torch

from clear.errors import ClearError

PRECISIONS = ("auto", "fp32", "bf16")
# Rounding both factors gives a relative error of about 0.002.
MAX_ERROR = 0.01


def choose_precision(precision: str, device: torch.device) -> str:
    """Return ``"fp32"`` or ``"bf16"``.

    Parameters
    ----------
    precision
        ``"fp32"``, ``"bf16"``, or ``"auto"``: bfloat16 where the device has instructions for it
        and they pass a short test against float32.
    device
        The device that trains.

    Raises
    ------
    ClearError
        On any other value, and where bfloat16 was requested but fails the test.
    """
    if precision not in PRECISIONS:
        raise ClearError(f"The precision must be auto, fp32 or bf16, not {precision!r}.")
    if precision == "auto":
        return "bf16" if _fast(device) and _error(device) < MAX_ERROR else "fp32"
    if precision == "bf16" and not (error := _error(device)) < MAX_ERROR:
        raise ClearError(
            f"Products in bfloat16 are wrong on this {device.type} device (relative error "
            f"{error:.2g}); use precision='fp32'."
        )
    return precision


def products(precision: str, device: torch.device) -> torch.autocast:
    """Return a context manager in which matrix products have this precision."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16")


def input_type(precision: str) -> torch.dtype:
    """Return the dtype of the input of the first layer."""
    return torch.bfloat16 if precision == "bf16" else torch.float32


def _fast(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    found = torch.cpu.get_capabilities()
    return torch.backends.mkldnn.is_available() and any(
        found.get(name, False) for name in ("avx512_bf16", "amx_bf16")
    )


def _error(device: torch.device) -> float:
    """Return the error of a product in bfloat16, relative to its root mean square."""
    generator = torch.Generator().manual_seed(0)
    left, right = torch.randn(2, 64, 64, generator=generator).to(device)
    exact = left @ right
    found = (left.bfloat16() @ right.bfloat16()).float()
    return float((found - exact).norm() / exact.norm())
