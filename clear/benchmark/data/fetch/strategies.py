"""Fetch strategies: where a dataset's files may come from, best first."""

from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from clear.benchmark.data.alternatives import MAIN, of_source, sources
from clear.benchmark.data.fetch.checksums import Key
from clear.benchmark.data.fetch.content import UnusableFileError, inspect, inspect_folder
from clear.benchmark.data.fetch.download import download, earlier, verify
from clear.benchmark.data.fetch.places import Places
from clear.benchmark.locks import locked
from clear.errors import ClearError


class SourceError(ClearError):
    """The files of one source are not available; the message says why."""


def strategies(card: dict, places: Places) -> Iterator[tuple[str, bool, Callable[[], list[dict]]]]:
    """Yield the fetch strategies of a dataset, best first.

    Yields
    ------
    source : str
        Name of the card's source, or of the ready-made file.
    canonical : bool
        Whether it is a ready-made ``<id>.h5ad``.
    strategy : function
        Returns the entries of ``fetch.json``, each with the path ``at``, or raises
        :class:`SourceError`.
    """
    if card.get("simulate"):
        yield MAIN, False, list
    elif card.get("path"):
        yield MAIN, False, partial(_own, Path(card["path"]), "path")
    elif card.get("packaged"):
        yield MAIN, False, partial(_packaged, card)
    else:
        for name in sources(card):
            specs = of_source(card, name)["files"]
            if places.mirror and all((places.mirror / spec["name"]).exists() for spec in specs):
                yield name, False, partial(_originals, card, name, places, True)
        ready_made = f"{card['id']}.h5ad"
        if places.mirror and (places.mirror / ready_made).exists():
            yield ready_made, True, partial(_ready_made, card, places.mirror / ready_made)
        for name in sources(card):
            yield name, False, partial(_originals, card, name, places, False)


def _originals(card: dict, source: str, places: Places, only_mirror: bool) -> list[dict]:
    return [
        _original(spec, Key(card["id"], source, spec["name"]), places, only_mirror)
        for spec in of_source(card, source)["files"]
    ]


def _original(spec: dict, key: Key, places: Places, only_mirror: bool) -> dict:
    tried = []
    if places.mirror and (path := places.mirror / key.file).exists():
        try:
            return _entry(spec, "mirror", path, verify(path, spec, key, places), tried)
        except UnusableFileError as error:
            _refuse(path, f"{error}. Replace the file or remove it", tried)
    if not only_mirror:
        place = target(places.downloads, key)
        about = _earlier(spec, place, key, places, tried) or _new(spec, place, key, places, tried)
        if about:
            origin = "url" if "url" in about else "downloads"
            return _entry(spec, origin, place, about, tried)
    reasons = "".join(f"\n  {t['url']}: {t['error']}" for t in tried) or "\n  (no URL in the card)"
    raise SourceError(f"{key.file} could not be {'used' if only_mirror else 'downloaded'}{reasons}")


def _earlier(spec: dict, place: Path, key: Key, places: Places, tried: list[dict]) -> dict | None:
    if place.exists():
        try:
            return earlier(spec, place, key, places)
        except UnusableFileError as error:
            _refuse(place, str(error), tried)
    return None


def _new(spec: dict, place: Path, key: Key, places: Places, tried: list[dict]) -> dict | None:
    refused = place.exists()
    with locked(places.downloads / ".locks" / key.dataset, f"is downloading {key.dataset}"):
        if not refused and (about := _earlier(spec, place, key, places, tried)):
            return about  # another run has downloaded it in the meantime
        about, failed = download(spec, place, key, places)
    tried += failed
    return about


def _refuse(path: Path, why: str, tried: list[dict]) -> None:
    print(f"{path}: {why}", flush=True)
    tried.append({"url": str(path), "error": why})


def _ready_made(card: dict, path: Path) -> list[dict]:
    spec = {"name": path.name, "sha256": (card.get("canonical") or {}).get("sha256")}
    try:
        about = {"sha256": inspect(path, spec), "verified": "card" if spec["sha256"] else None}
    except UnusableFileError as error:
        raise SourceError(f"{path}: {error}. Replace the file or remove it") from None
    return [_entry(spec, "mirror", path, about, [])]


def _packaged(card: dict) -> list[dict]:
    package = card["packaged"]["package"]
    found = find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise SourceError(
            f"it is part of the Python package {package!r}, which is not installed here: install "
            "it."
        )
    return _own(Path(found.submodule_search_locations[0]) / card["packaged"]["file"], "packaged")


def _own(path: Path, origin: str) -> list[dict]:
    if not path.exists():
        what = "leads nowhere: it is a broken link" if path.is_symlink() else "does not exist"
        raise SourceError(f"{path} {what}; correct `{origin}` in the card.")
    spec = {"name": path.name}
    try:
        if path.is_dir():
            digest, size = inspect_folder(path)
            about = {"sha256": digest, "bytes": size}
        else:
            about = {"sha256": inspect(path, spec)}
    except UnusableFileError as error:
        raise SourceError(f"{path} is not usable: {error}.") from None
    return [_entry(spec, origin, path, {"verified": None} | about, [])]


def _entry(spec: dict, origin: str, path: Path, about: dict, tried: list[dict]) -> dict:
    return {
        "name": spec["name"],
        "role": spec.get("role", "matrix"),
        "origin": origin,
        "location": about.get("url") or str(path.absolute()),
        "url": None,
        "bytes": path.stat().st_size,
        "started": None,
        "finished": None,
        "attempts": 0,
        **about,
        "tried": tried,
        "at": path,
    }


def target(downloads: Path, key: Key) -> Path:
    """Return the path of a downloaded file; files of other sources may have the same name."""
    folder = downloads / key.dataset
    return (folder if key.source == MAIN else folder / key.source) / key.file
