"""The labelled dataset of other cells that a method may learn from before it sees its own.

A method card says ``told: [source]`` and names a dataset of the run for each target. The method is
given that dataset's input and truth; of its target it is still given no label.
"""

import json
import re

from clear.benchmark.data.alternatives import of_source, sources

DEFAULT = "default"


def source_dataset(method: dict, target: str) -> str | None:
    """Return the id of the dataset that a method learns from for a target, if its card has one."""
    named = method.get("source_dataset") or {}
    return named.get(target, named.get(DEFAULT))


def why_no_source(method: dict, target: str, datasets: dict[str, dict]) -> str | None:
    """Return why a method that is told a source has none for this target, or None.

    Parameters
    ----------
    method
        Its card.
    target
        Id of the dataset that it is scored on.
    datasets
        Cards of the run's datasets by id.
    """
    if "source" not in method["told"]:
        return None
    source = source_dataset(method, target)
    if source is None:
        return f"learns from another dataset; its card's source_dataset has none for {target}"
    if source == target:
        return f"learns from {source}, which is this dataset"
    if source not in datasets:
        return f"learns from {source}, which is not in this run; add it to the datasets"
    if not datasets[source].get("label"):
        return f"learns from {source}, whose card has no label"
    if shared := _origins(datasets[source]) & _origins(datasets[target]):
        return f"learns from {source}, which may hold the same cells: both have {min(shared)}"
    return None


def _origins(card: dict) -> set[str]:
    """Return everything on a card that says where its cells come from."""
    found = {part.strip() for part in re.split("[,;]", card.get("accession") or "")}
    found.add(card.get("path") or "")
    made = [card[key] for key in ("packaged", "simulate") if card.get(key)]
    found |= {json.dumps(how, sort_keys=True) for how in made}
    for name in sources(card):
        for file in of_source(card, name).get("files") or []:
            found |= {file.get("sha256") or "", *(file.get("urls") or [])}
    return found - {""}
