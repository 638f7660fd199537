"""The files of a dataset, from a folder, a package or the network, in one place."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from clear.benchmark.data.download import UnusableFileError, download, inspect
from clear.benchmark.files import atomic_path, write_json
from clear.errors import ClearError


def fetch(card: dict, out_dir: Path, downloads: Path, mirror: Path | None = None) -> None:
    """Make a folder that holds the files of a dataset and says where they came from.

    The first of these that applies is used: the card's own ``path``, ``packaged`` or
    ``simulate`` source; the original files in ``mirror``; the ready-made ``<id>.h5ad`` in
    ``mirror``; and for each file by itself, ``mirror``, an earlier download, the card's URLs in
    order.

    Parameters
    ----------
    card
        The dataset card.
    out_dir
        The folder to make: links to the files, and ``fetch.json`` with ``dataset``,
        ``canonical`` (whether the file is a ready-made ``<id>.h5ad``) and ``files`` (``name``,
        ``origin``, ``location``, ``bytes``, ``sha256``, ``verified``, ``tried``). It appears
        whole or not at all; an older one is replaced.
    downloads
        Folder of the downloaded originals, shared by all runs: ``downloads/<id>/<name>``.
    mirror
        Folder that is looked into before the network.

    Raises
    ------
    ClearError
        A file cannot be had, or is not what the card says. The message names the dataset, all
        that was tried, and where to put the file by hand.
    """
    out_dir, downloads = Path(out_dir), Path(downloads)
    if mirror is not None and not Path(mirror).is_dir():
        raise ClearError(
            f"The mirror folder {mirror} does not exist: correct the setting `mirror`, or leave "
            "it out to download the files."
        )
    canonical, files = _collect(card, downloads, Path(mirror) if mirror else None)
    with atomic_path(out_dir) as building:
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir()
        for file in files:
            source = file.pop("source")
            file["bytes"] = source.stat().st_size
            if file["origin"] == "url":
                _hard_link(source, building / file["name"])
            else:
                (building / file["name"]).symlink_to(source)
        fetched = {"dataset": card["id"], "source": "main", "canonical": canonical, "files": files}
        write_json(building / "fetch.json", fetched)
        if out_dir.exists():
            shutil.rmtree(out_dir)


def _collect(card: dict, downloads: Path, mirror: Path | None) -> tuple[bool, list[dict]]:
    if card.get("simulate"):
        return False, []
    if card.get("path"):
        path = Path(card["path"]).expanduser()
        return False, [_local(card, path, {"name": path.name}, "path")]
    if card.get("packaged"):
        path = _packaged(card)
        return False, [_local(card, path, {"name": path.name}, "packaged")]
    specs = card["files"]
    ready_made = mirror / f"{card['id']}.h5ad" if mirror else None
    if mirror and ready_made.exists() and not all((mirror / s["name"]).exists() for s in specs):
        sha256 = (card.get("canonical") or {}).get("sha256")
        return True, [_local(card, ready_made, {"name": ready_made.name, "sha256": sha256})]
    return False, [_original(card, spec, downloads, mirror) for spec in specs]


def _original(card: dict, spec: dict, downloads: Path, mirror: Path | None) -> dict:
    if mirror and (mirror / spec["name"]).exists():
        return _local(card, mirror / spec["name"], spec)
    target = downloads / card["id"] / spec["name"]
    refused = []
    if target.exists():
        try:
            return _entry(spec, "url", target, inspect(target, spec), [])
        except UnusableFileError as error:
            refused = [{"url": str(target), "error": str(error)}]
    url, tried = download(spec, target)
    tried = refused + tried
    if url is None:
        reasons = (
            "\n".join(f"  {t['url']}: {t['error']}" for t in tried) or "  (no URL in the card)"
        )
        raise ClearError(
            f"Dataset {card['id']!r}: {spec['name']} could not be downloaded.\n{reasons}\n"
            f"Put the file at {target.absolute()} by hand, or name a folder that holds "
            f"{spec['name']} or a ready-made {card['id']}.h5ad with the setting `mirror`."
        )
    return _entry(spec, "url", target, inspect(target, spec), tried, location=url)


def _local(card: dict, path: Path, spec: dict, origin: str = "mirror") -> dict:
    if not path.is_file():
        raise ClearError(
            f"Dataset {card['id']!r}: there is no file {path}; correct `{origin}` in its card."
        )
    try:
        return _entry(spec, origin, path, inspect(path, spec), [])
    except UnusableFileError as error:
        raise ClearError(
            f"Dataset {card['id']!r}: {path} is not usable: {error}. Replace the file by the one "
            "that the dataset card describes, or remove it."
        ) from error


def _entry(spec, origin, path, digest, tried, location=None) -> dict:
    return {
        "name": spec["name"],
        "origin": origin,
        "location": location or str(path.absolute()),
        "sha256": digest,
        "verified": bool(spec.get("sha256")),
        "tried": tried,
        "source": path.resolve(),
    }


def _packaged(card: dict) -> Path:
    package = card["packaged"]["package"]
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise ClearError(
            f"Dataset {card['id']!r} is part of the Python package {package!r}, which is not "
            "installed here: install it."
        )
    return Path(found.submodule_search_locations[0]) / card["packaged"]["file"]


def _hard_link(source: Path, link: Path) -> None:
    try:
        os.link(source, link)
    except OSError:  # another file system, or one without hard links
        shutil.copy2(source, link)
