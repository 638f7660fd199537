"""What the user should know before a run starts, each in one line."""

import csv
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import combinations
from pathlib import Path
from urllib.parse import urlsplit

import requests

from clear.benchmark.data.alternatives import of_source, sources
from clear.benchmark.data.fetch.checksums import Key
from clear.benchmark.data.fetch.politeness import HEADERS
from clear.benchmark.data.fetch.strategies import target
from clear.benchmark.methods.gpus import has_gpu
from clear.benchmark.plan import Plan
from clear.benchmark.record import read_record
from clear.benchmark.source_dataset import origins

MOST = 5  # folders and methods that are named
TIMEOUT_S = 5
RUN = ("dataset", "recipe", "perturbation", "method", "seed")  # columns of runs.tsv
FILES = {"embedding": "embedding.h5", "pseudotime": "pseudotime.tsv"}  # else clusters.tsv


def notes(plan: Plan, run: str, downloads: Path, here: bool = True) -> list[str]:
    """Return what stands against a plan on this machine.

    Parameters
    ----------
    plan
        The checked configuration.
    run
        Folder of the results.
    downloads
        Folder of the downloaded files, shared by all runs.
    here
        Whether methods run on this machine, and not on those of a cluster.
    """
    found = []
    on_gpu = [name for name, card in plan.methods.items() if card["gpu"]]
    if on_gpu and here and plan.config["device"] == "auto" and not has_gpu():
        found.append(f"There is no GPU here: {_few(on_gpu)} will run on the CPU.")
    wanted = {
        name: _addresses(card, plan.config["mirror"], Path(run), downloads)
        for name, card in (plan.datasets | plan.sources).items()
    }
    if any(wanted.values()) and not _network([url for urls in wanted.values() for url in urls]):
        names = [name for name, urls in wanted.items() if urls]
        found.append(
            f"There is no network here: {_few(names)} cannot be downloaded. Put the files into a "
            "folder and name it by the setting `mirror`."
        )
    found += _same_cells(plan.datasets)
    if lost := _lost(plan, Path(run)):
        rules, folders = zip(*lost, strict=True)
        words = [f"{folder} ({files})" for (_, folder), files in lost.items()]
        again = folders if len(folders) <= MOST else dict.fromkeys(rules)
        found.append(
            f"Files of a finished run are gone, which Snakemake does not see: {_few(words)}. To "
            f"make them again, add to the command: -R {' '.join(map(str, again))}"
        )
    return found


def _same_cells(cards: dict[str, dict]) -> list[str]:
    """Return a line for any two datasets that may hold the same cells and do not say so."""
    return [
        f"{one} and {other} may hold the same cells: both have {min(shared)}. Comparisons over "
        "datasets count them as two: take one of them out, or give both cards the same `related`."
        for (one, card), (other, its) in combinations(cards.items(), 2)
        if (shared := origins(card) & origins(its))
        and (not card.get("related") or card.get("related") != its.get("related"))
    ]


def _addresses(card: dict, mirror: str | None, run: Path, downloads: Path) -> list[str]:
    """Return the addresses that fetching a dataset would ask first."""
    source = run / "data" / card["id"] / "source"
    if "files" not in card or (
        (source / "status.json").exists() and read_record(source)["status"] == "ok"
    ):
        return []
    if mirror and Path(mirror, f"{card['id']}.h5ad").exists():
        return []
    urls = []
    for name in sources(card):
        files = of_source(card, name)["files"]
        places = [[target(downloads, Key(card["id"], name, file["name"]))] for file in files]
        if mirror:
            places = [[*here, Path(mirror, here[0].name)] for here in places]
        missing = [
            file
            for file, here in zip(files, places, strict=True)
            if not any(path.exists() for path in here)
        ]
        if not missing:
            return []
        urls += [url for file in missing for url in file["urls"][:1]]
    return urls


def _network(urls: list[str]) -> bool:
    """Tell whether a host of these addresses answers, whatever it says."""
    one_each = {urlsplit(url).netloc: url for url in urls}
    pool = ThreadPoolExecutor(len(one_each))
    asked = [
        pool.submit(requests.head, url, headers=HEADERS, timeout=TIMEOUT_S)
        for url in one_each.values()
    ]
    answered = any(job.exception() is None for job in as_completed(asked))
    pool.shutdown(wait=False, cancel_futures=True)
    return answered


def _lost(plan: Plan, run: Path) -> dict[tuple[str, Path], str]:
    """Return what lacks files of a run in ``runs.tsv``: rule and folder, with their names."""
    table = run / "runs.tsv"
    if not table.exists():
        return {}
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    became = {tuple(row.get(key) for key in RUN): row.get("status") for row in rows}
    needed = {}  # files by folder and the rule that makes it
    for *prepared, method, seed in plan.runs():
        if status := became.get((*prepared, method, str(seed))):
            place, outputs = "/".join(prepared), plan.methods[method]["outputs"]
            written = {FILES.get(name, "clusters.tsv") for name in outputs}
            of_run = (f"method_{method}", run / "methods" / place / method / f"seed{seed}")
            needed[of_run] = {"status.json"} | (written if status == "ok" else set())
            of_data = needed.setdefault(("prepare", run / "data" / place), {"status.json"})
            of_data |= {"input.h5ad", "truth.tsv"} if status == "ok" else set()
    return {
        (rule, folder): ", ".join(lost)
        for (rule, folder), files in needed.items()
        if (lost := sorted(name for name in files if not (folder / name).exists()))
    }


def _few(names: list[str]) -> str:
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return ", ".join(names[:MOST]) + more
