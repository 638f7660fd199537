"""The labelled dataset of other cells that a method may learn from before it sees its own.

A method card says ``told: [source]`` and names a dataset for each target. The method is given that
dataset's input and truth; of its target it is still given no label. Where the dataset is not in the
run, it is prepared for that and nothing else: no method runs on it and nothing of it is scored.
"""

import json
import re
from collections.abc import Collection, Iterable

from clear.benchmark.data.alternatives import of_source, sources
from clear.benchmark.settings import CardError, nearest
from clear.benchmark.yaml_file import short

DEFAULT = "default"


def source_dataset(method: dict, target: str) -> str | None:
    """Return the id of the dataset that a method learns from for a target, if its card has one."""
    named = method.get("source_dataset") or {}
    return named.get(target, named.get(DEFAULT))


def named_sources(methods: Iterable[dict], targets: Iterable[str]) -> list[str]:
    """Return the ids of all datasets that cards of methods name as a source for these targets."""
    told = [card for card in methods if "source" in card["told"]]
    named = (source_dataset(card, target) for target in targets for card in told)
    return list(dict.fromkeys(name for name in named if name))


def check_names(card: dict, known: Collection[str]) -> None:
    """Refuse a method's card that names a dataset for which there is no card."""
    named = card.get("source_dataset") or {}
    for key, dataset in [
        *(("tuned_on", dataset) for dataset in card["tuned_on"]),
        *(("source_dataset", target) for target in named if target != DEFAULT),
        *(("source_dataset", source) for source in named.values()),
    ]:
        if dataset not in known:
            raise CardError(
                f"{short(card['_file'])}: {key}: there is no dataset '{dataset}'."
                f"{nearest(dataset, known)}"
            )


def why_no_source(method: dict, target: str, datasets: dict[str, dict]) -> str | None:
    """Return why a method that is told a source has none for this target, or None.

    Parameters
    ----------
    method
        Its card.
    target
        Id of the dataset that it is scored on.
    datasets
        Cards of the run's datasets and of all that are named as a source, by id.
    """
    if "source" not in method["told"]:
        return None
    source = source_dataset(method, target)
    if source is None:
        return f"learns from another dataset; its card's source_dataset has none for {target}"
    if source == target:
        return f"learns from {source}, which is this dataset"
    if not datasets[source].get("label"):
        return f"learns from {source}, whose card has no label"
    if shared := origins(datasets[source]) & origins(datasets[target]):
        return f"learns from {source}, which may hold the same cells: both have {min(shared)}"
    return None


def origins(card: dict) -> set[str]:
    """Return everything on a card that says where its cells come from."""
    found = {part.strip() for part in re.split("[,;]", card.get("accession") or "")}
    found.add(card.get("path") or "")
    made = [card[key] for key in ("packaged", "simulate") if card.get(key)]
    found |= {json.dumps(how, sort_keys=True) for how in made}
    for name in sources(card):
        for file in of_source(card, name).get("files") or []:
            found |= {file.get("sha256") or "", *(file.get("urls") or [])}
    return found - {""}
