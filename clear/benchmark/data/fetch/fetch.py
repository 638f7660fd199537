"""Bring the files of a dataset together, from a folder, a package or the network."""

import os
import shutil
from pathlib import Path

from clear.benchmark.data.alternatives import MAIN, of_source, sources
from clear.benchmark.data.fetch.checksums import Checksums, Key
from clear.benchmark.data.fetch.places import MIN_SPEED, Places
from clear.benchmark.data.fetch.strategies import SourceError, strategies, target
from clear.errors import ClearError
from clear.files.atomic import write_json


def fetch(
    card: dict,
    out_dir: Path,
    downloads: Path,
    mirror: Path | None = None,
    checksums: Path | None = None,
    min_speed: float = MIN_SPEED,
    refused: dict[str, str] | None = None,
) -> None:
    """Make a folder that holds the files of a dataset and says where they came from.

    The first of these that works is used: the card's own ``path``, ``packaged`` or ``simulate``
    source; the original files of a source that is complete in ``mirror``; the ready-made
    ``<id>.h5ad`` in ``mirror``; and source by source, for each file ``mirror``, an earlier
    download, the card's URLs in order. All files are those of one source.

    Parameters
    ----------
    card
        The dataset card.
    out_dir
        The folder to fill: links to the files, and ``fetch.json`` with ``dataset``, ``source``
        (the source's name), ``canonical`` (whether the file is a ready-made ``<id>.h5ad``),
        ``abandoned`` (``source`` and ``reason`` of those tried before) and
        ``files``: ``name``, ``role``, ``origin`` (``path``, ``packaged``, ``mirror``,
        ``downloads``, ``url``), ``location``, ``url``, ``bytes``, ``sha256``, ``verified`` (by
        ``card``, ``first use``, ``recorded``, or null), ``started`` and ``finished`` (UTC),
        ``attempts``, ``tried``.
    downloads
        Folder of the downloaded originals, shared by all runs: ``<id>/<name>``, and
        ``<id>/<source>/<name>`` for sources other than ``main``.
    mirror
        Folder that is looked into before the network.
    checksums
        Table of the checksums of first downloads; ``checksums.tsv`` in ``downloads`` where None.
    min_speed
        Bytes per second below which an address is given up.
    refused
        What reading said of files that it refused, by their SHA-256; unless the card has their
        checksum, they are not taken again.

    Raises
    ------
    ClearError
        No source works. The message names the dataset, all that was tried, and where to put the
        files by hand.
    """
    out_dir, downloads = Path(out_dir), Path(downloads)
    if mirror is not None and not Path(mirror).is_dir():
        raise ClearError(
            f"The mirror folder {mirror} does not exist: correct the setting `mirror`, or leave "
            "it out to download the files."
        )
    table = Checksums(checksums or downloads / "checksums.tsv")
    places = Places(downloads, Path(mirror) if mirror else None, table, min_speed, refused or {})
    record = {"dataset": card["id"]} | _collect(card, places)
    out_dir.mkdir(parents=True, exist_ok=True)
    for file in record["files"]:
        at = file.pop("at").resolve()
        if file["origin"] in ("url", "downloads"):
            _hard_link(at, out_dir / file["name"])
        else:
            (out_dir / file["name"]).symlink_to(at)
    write_json(out_dir / "fetch.json", record)


def _collect(card: dict, places: Places) -> dict:
    """Return the record of the first strategy that works, with the paths ``at`` of its files."""
    abandoned = {}
    for source, canonical, strategy in strategies(card, places):
        try:
            files = strategy()
        except SourceError as error:
            abandoned[source] = str(error)
            print(f"Dataset {card['id']}, source {source}: {error}", flush=True)
            continue
        name = MAIN if canonical else source
        if len(sources(card)) > 1:
            print(f"Dataset {card['id']}: the files are those of {source}.", flush=True)
        others = [{"source": s, "reason": r} for s, r in abandoned.items() if s != source]
        return {"source": name, "canonical": canonical, "abandoned": others, "files": files}
    reasons = "\n".join(f"{source}: {reason}" for source, reason in abandoned.items())
    raise ClearError(
        f"Dataset {card['id']!r} cannot be obtained.\n{reasons}{_by_hand(card, places)}"
    )


def _by_hand(card: dict, places: Places) -> str:
    if "files" not in card:
        return ""
    places_of = [
        f"  {target(places.downloads, Key(card['id'], name, spec['name'])).absolute()}"
        for name in sources(card)
        for spec in of_source(card, name)["files"]
    ]
    return (
        "\n\nThe files of one source can be put by hand at\n"
        + "\n".join(places_of)
        + "\nor into a folder that the setting `mirror` names, as can a ready-made "
        f"{card['id']}.h5ad."
    )


def _hard_link(source: Path, link: Path) -> None:
    try:
        os.link(source, link)
    except OSError:  # another file system, or one without hard links
        shutil.copy2(source, link)
