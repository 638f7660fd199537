"""A section of the page for each task: what it is, how it is measured, and its ranking."""

import pandas as pd

from clear.benchmark.report.commands import recompute
from clear.benchmark.report.texts import DASH, MINUS, number
from clear.benchmark.statistics.failures import RANDOM
from clear.benchmark.statistics.ranks import ALL, ALL_AND_TUNED, RANKS
from clear.benchmark.statistics.scaled import LABELS
from clear.benchmark.statistics.summary import lost_runs
from clear.benchmark.vocabulary import (
    NONE,
    RECIPES,
    dropout_percent,
    is_control,
    perturbation_words,
    status_letter,
    status_words,
    title,
)


def task_sections(ranks: pd.DataFrame, manifest: dict) -> list[dict]:
    """Return what the page shows of each task that a dataset of the run is for.

    Returns
    -------
    list of dict
        ``id``, ``title``, ``scored``, ``datasets`` (titles of those that are for it) and, where
        it is scored, ``about``, ``tracks`` and ``metrics`` in words, ``unscored`` (sentences),
        and of the ranking ``data`` for the script, ``default``, the rows that are shown
        without it, and ``view``, the words over them.
    """
    sections, commands = [], recompute(manifest)
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
            section |= _ranking(name, ranks[ranks["task"] == name], manifest, commands)
        sections.append(section)
    return sections


def _metric_words(metric: dict) -> tuple[str, str, str, str]:
    """Title, range, direction and source of a metric."""
    low, high = (
        None if bound is None else f"{bound:g}" for bound in (metric["low"], metric["high"])
    )
    if low is None or high is None:
        span = f"at least {low}" if low else f"at most {high}" if high else "any number"
    else:
        span = f"{low} to {high}"
    better = f"{metric['better']} is better" if metric["better"] else "not ranked"
    return metric["title"], span.replace("-", MINUS), better, metric["source"]


def _unscored_words(row: dict, manifest: dict) -> str:
    datasets = "; ".join(title(manifest["datasets"], name) for name in row["datasets"])
    return f"{title(manifest['methods'], row['method'])} on {datasets}: {row['reason']}"


def _ranking(task_id: str, ranks: pd.DataFrame, manifest: dict, commands: dict) -> dict:
    """Turn the ranks of a task into texts: the script of the page only selects and sorts."""
    task, cards, datasets = (manifest[k] for k in ("tasks", "methods", "datasets"))
    task = task[task_id]
    perturbations = {NONE}.union(*manifest["config"]["perturbations"].values())
    axes = {  # the words of each name that there is to choose
        "recipe": {name: RECIPES[name] for name in manifest["config"]["recipes"]},
        "perturbation": {
            name: perturbation_words(name) for name in sorted(perturbations, key=dropout_percent)
        },
        "dataset": {
            name: words
            for name, words in {
                ALL: "All datasets",
                ALL_AND_TUNED: "All datasets, also where settings were chosen on them",
                **{name: title(datasets, name) for name in datasets},
            }.items()
            if name in {ALL, *ranks["dataset"]}
        },
        "track": _titles(task["tracks"], ranks["track"]),
        "metric": _titles(task["metrics"], ranks["metric"]),
        "method": {name: title(cards, name) for name in cards},
    }
    places = {axis: {name: i for i, name in enumerate(words)} for axis, words in axes.items()}
    rows = [
        [
            *(places[axis][row[axis]] for axis in axes),
            int(is_control(cards[row["method"]])),
            *_cells(row, task, cards),
        ]
        for row in ranks.to_dict("records")
    ]
    several = [axis for axis in ("recipe", "perturbation") if len(axes[axis]) > 1]
    ranking = places["metric"].get(task["ranking"], 0)
    texts = {f"{axis}s": list(words.values()) for axis, words in axes.items()}
    first = [*texts["metrics"][ranking : ranking + 1], *texts["tracks"][:1]]
    first += [texts[f"{axis}s"][0] for axis in several]
    return {
        "data": {
            **texts,
            "implementations": [card.get("implementation") or "" for card in cards.values()],
            "several": several,
            "ranking": ranking,
            "rows": rows,
            "marks": {status_letter(s): status_words(s) for s in _lost(ranks)},
            "task": task_id,
            "ids": {f"{axis}s": list(words) for axis, words in axes.items()},
            "controls": [name for name in (RANDOM, LABELS) if name in cards],
            "again": commands,
        },
        "default": [row for row in rows if row[:5] == [0, 0, 0, 0, ranking]],
        "view": f"All datasets: {', '.join(first)}",
    }


def _lost(ranks: pd.DataFrame) -> list[str]:
    """Return the statuses of all runs without a score."""
    return sorted({status for text in ranks["lost"] for status in lost_runs(text)})


def _titles(described: dict[str, dict], column: pd.Series) -> dict[str, str]:
    """Return the titles of the names that a column holds, in their order."""
    there = set(column)
    return {name: about["title"] for name, about in described.items() if name in there}


def _cells(row: dict, task: dict, cards: dict) -> list[str]:
    """Rank, mean, sds, datasets, runs, lost runs, other ranks, scaled mean, marks, as shown."""
    better = task["metrics"][row["metric"]]["better"]
    digits = 3 if better else 1
    rank, *others = (DASH if pd.isna(row[name]) else f"{row[name]:g}" for name in RANKS)
    if is_control(cards[row["method"]]):
        rank = "control"
    elif rank == DASH and better and row["tuned"]:
        rank = "tuned here"
    statuses = lost_runs(row["lost"])
    lost = [f"{n} {status_words(status)}" for status, n in statuses.items()]
    return [
        rank,
        number(row["mean"], digits),
        number(row["sd"], digits),
        number(row["scorer_sd"], digits),
        f"{row['datasets']} / {row['of']}",
        f"{row['scored']} / {row['planned']}",
        ", ".join(lost) or "0",
        " / ".join(others),
        number(row["scaled"], 3),
        "".join(status_letter(status) for status in statuses),
    ]
