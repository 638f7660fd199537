"""Folders of tensors (safetensors) and settings (JSON): no pickle, and atomic.

A folder holds ``<kind>.json`` and the tensor file that it names. The JSON is written last and
atomically, so a killed process leaves the previous content intact.
"""

import hashlib
import json
from pathlib import Path

import safetensors
import safetensors.torch
from torch import Tensor

from clear.errors import ClearError
from clear.files.atomic import atomic_path, sha256, write_json
from clear.version import __version__

FORMAT_VERSION = 1


def write_folder(folder: Path, kind: str, tensors: dict[str, Tensor], settings: dict) -> None:
    """Write tensors and settings, or replace those of the same kind.

    Parameters
    ----------
    folder
        Where to write. A new one is created under a temporary name and renamed.
    kind
        ``"model"`` or ``"checkpoint"``: the name of the JSON file.
    tensors
        Tensors by name, on any device.
    settings
        Values that JSON can hold.

    Raises
    ------
    ClearError
        When the folder holds something else, or cannot be written.
    """
    try:
        check_free(folder, kind)
        if folder.is_dir():
            _fill(folder, kind, tensors, settings)
        else:
            with atomic_path(folder) as temporary:
                temporary.mkdir()
                _fill(temporary, kind, tensors, settings)
    except OSError as error:
        raise ClearError(f"The {kind} {folder} cannot be written: {error}") from error


def check_free(folder: Path, kind: str) -> None:
    """Raise a ClearError if ``folder`` is a file or holds anything but a ``kind``."""
    if folder.is_file():
        raise ClearError(f"{folder} is a file; give the name of a folder for the {kind}.")
    if folder.is_dir():
        for path in folder.iterdir():
            if not path.name.startswith((f"{kind}.", f"{kind}-", f".{kind}")):
                raise ClearError(
                    f"The folder {folder} holds something else ({path.name}); give the name of "
                    f"a new folder for the {kind}."
                )


def _fill(folder: Path, kind: str, tensors: dict[str, Tensor], settings: dict) -> None:
    document = folder / f"{kind}.json"
    try:
        old = json.loads(document.read_text(encoding="utf-8"))["tensors"]["file"]
    except (OSError, ValueError, TypeError, KeyError):
        old = None
    # Two alternating names: the old JSON's file stays until the new JSON is written.
    first, second = f"{kind}.safetensors", f"{kind}-2.safetensors"
    name = second if old == first else first
    # safetensors writes neither views nor tensors on a GPU.
    plain = {key: value.detach().cpu().contiguous() for key, value in tensors.items()}
    # Not save_file: its temporary file would stay behind after a kill.
    data = safetensors.torch.save(plain)
    with atomic_path(folder / name) as temporary:
        temporary.write_bytes(data)
    content = {
        "format_version": FORMAT_VERSION,
        "clear_version": __version__,
        "tensors": {"file": name, "sha256": hashlib.sha256(data).hexdigest()},
        "settings": settings,
    }
    write_json(document, content | {"sha256": _seal(content)})
    (folder / (second if name == first else first)).unlink(missing_ok=True)


def read_folder(folder: Path, kind: str) -> tuple[dict[str, Tensor], dict]:
    """Read what :func:`write_folder` wrote.

    Returns
    -------
    dict
        Tensors by name, on the CPU.
    dict
        The settings.

    Raises
    ------
    ClearError
        When something is missing, was changed or truncated, or has a newer format.
    """
    document = folder / f"{kind}.json"
    if not document.is_file():
        raise ClearError(f"There is no {kind} of CLEAR in {folder}: {kind}.json is missing.")
    try:
        content = json.loads(document.read_text(encoding="utf-8"))
        version, seal = content["format_version"], content.pop("sha256")
        if version > FORMAT_VERSION:
            raise ClearError(
                f"The {kind} {folder} has format {version}, written by clear "
                f"{content.get('clear_version')}; this is clear {__version__}, which reads "
                f"formats up to {FORMAT_VERSION}: update clear."
            )
        if seal != _seal(content):
            raise ClearError(
                f"{document} was changed after it was written; create the {kind} again."
            )
        tensors, settings = folder / content["tensors"]["file"], content["settings"]
        expected = content["tensors"]["sha256"]
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ClearError(f"{document} is damaged ({error}); create the {kind} again.") from error
    if not tensors.is_file():
        raise ClearError(f"The {kind} {folder} is incomplete: {tensors.name} is missing.")
    if sha256(tensors) != expected:
        raise ClearError(
            f"{tensors} is damaged or was changed: its checksum is not the one in {document.name}. "
            f"Create the {kind} again."
        )
    try:
        return safetensors.torch.load_file(tensors), settings
    except (OSError, ValueError, safetensors.SafetensorError) as error:
        raise ClearError(f"{tensors} cannot be read ({error}); create the {kind} again.") from error


def _seal(content: dict) -> str:
    """Return a checksum of the JSON's content, independent of white space."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
