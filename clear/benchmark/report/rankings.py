"""A section of the page for each task: what it is, how it is measured, and its ranking."""

import pandas as pd

from clear.benchmark.report.texts import DASH, number
from clear.benchmark.statistics.ranks import ALL
from clear.benchmark.statistics.summary import lost_runs
from clear.benchmark.vocabulary import PERTURBATIONS, RECIPES, is_control, status_words, title


def task_sections(ranks: pd.DataFrame, manifest: dict) -> list[dict]:
    """Return what the page shows of each task that a dataset of the run is for.

    Parameters
    ----------
    ranks
        The table ``ranks.tsv``.
    manifest
        The content of ``run.json``.

    Returns
    -------
    list of dict
        ``id``, ``title``, ``scored``, ``datasets`` (titles of those that are for it) and, where
        it is scored, ``about``, ``tracks`` and ``metrics`` in words, ``unscored`` (sentences),
        and of the ranking ``data`` for the script, ``default``, the rows that are shown
        without it, and ``view``, the words over them.
    """
    sections = []
    for name, task in manifest["tasks"].items():
        cards = manifest["datasets"]
        named = [title(cards, d) for d, card in cards.items() if name in card["tasks"]]
        section = {"id": name, "title": task["title"], "scored": task["scored"], "datasets": named}
        if task["scored"]:
            section |= {
                "about": task["about"],
                "tracks": [track["title"] for track in task["tracks"].values()],
                "metrics": [_metric_words(metric) for metric in task["metrics"].values()],
                "unscored": [_unscored_words(row, manifest) for row in task["unscored"]],
            }
            section |= _ranking(ranks[ranks["task"] == name], task, manifest)
        sections.append(section)
    return sections


def _metric_words(metric: dict) -> tuple[str, str, str, str]:
    """Title, range, direction and source of a metric."""
    low, high = (
        DASH if bound is None else f"{bound:g}" for bound in (metric["low"], metric["high"])
    )
    better = f"{metric['better']} is better" if metric["better"] else "not ranked"
    return metric["title"], f"{low} to {high}", better, metric["source"]


def _unscored_words(row: dict, manifest: dict) -> str:
    datasets = ", ".join(title(manifest["datasets"], name) for name in row["datasets"])
    return f"{title(manifest['methods'], row['method'])} on {datasets}: {row['reason']}"


def _ranking(ranks: pd.DataFrame, task: dict, manifest: dict) -> dict:
    """Turn the ranks of a task into texts: the script of the page only selects and sorts."""
    cards = manifest["methods"]
    tracks, metrics = (
        _present(task["tracks"], ranks["track"]),
        _present(task["metrics"], ranks["metric"]),
    )
    present = {
        "recipe": {name: RECIPES.get(name, name) for name in manifest["recipes"]},
        "perturbation": {name: PERTURBATIONS.get(name, name) for name in manifest["perturbations"]},
        "dataset": {ALL: "All datasets"}
        | {
            name: title(manifest["datasets"], name)
            for name in _present(manifest["datasets"], ranks["dataset"])
        },
        "track": {name: task["tracks"][name]["title"] for name in tracks},
        "metric": {name: task["metrics"][name]["title"] for name in metrics},
        "method": {name: title(cards, name) for name in cards},
    }
    places = {axis: {name: i for i, name in enumerate(words)} for axis, words in present.items()}
    records = ranks.to_dict("records")
    rows = [
        [places[axis][row[axis]] for axis in places]
        + [int(is_control(cards[row["method"]]))]
        + _cells(row, task, cards)
        for row in records
    ]
    words = {axis: list(names.values()) for axis, names in present.items()}
    several = [axis for axis in ("recipe", "perturbation") if len(words[axis]) > 1]
    best = metrics.index(task["ranking"]) if task["ranking"] in metrics else 0
    first = dict.fromkeys(places, 0) | {"metric": best}
    data = {f"{axis}s": names for axis, names in words.items()}
    data["implementations"] = [card.get("implementation") or "" for card in cards.values()]
    shown = [words[axis][first[axis]] for axis in ("metric", "track", *several) if words[axis]]
    return {
        "data": data | {"several": several, "ranking": best, "rows": rows},
        "default": [row for row in rows if row[:5] == list(first.values())[:5]],
        "view": f"All datasets: {', '.join(shown)}",
    }


def _present(names, column: pd.Series) -> list[str]:
    """Return the names that a column holds, in their order."""
    there = set(column)
    return [name for name in names if name in there]


def _cells(row: dict, task: dict, cards: dict) -> list[str]:
    """Rank, mean, sd, datasets, runs and lost runs of a ranking row, as shown."""
    digits = 3 if task["metrics"][row["metric"]]["better"] else 1
    if pd.isna(row["rank"]):
        rank = "control" if is_control(cards[row["method"]]) else DASH
    else:
        rank = f"{row['rank']:.2f}" if row["dataset"] == ALL else f"{row['rank']:g}"
    lost = [f"{n} {status_words(status)}" for status, n in lost_runs(row["lost"]).items()]
    return [
        rank,
        number(row["mean"], digits),
        number(row["sd"], digits),
        f"{row['datasets']} / {row['of']}",
        f"{row['scored']} / {row['planned']}",
        ", ".join(lost) or "0",
    ]
