"""Tables of a task that is scored by many metrics, in Markdown: their means, and every dataset."""

import pandas as pd

from clear.benchmark.docs.markdown import head, row
from clear.benchmark.docs.results.measures import Measures
from clear.benchmark.report.texts import DASH, number
from clear.benchmark.statistics.ranks import ALL
from clear.benchmark.statistics.summary import lost_runs
from clear.benchmark.tsv import rows_where
from clear.benchmark.vocabulary import TOLD, is_control, status_letter, title


def task_section(measures: Measures) -> str:
    """Return what a task measured: for each track the means of its metrics and every dataset."""
    task, parts = measures.task, [f"\n### {measures.task['title']}\n"]
    for track, about in task["tracks"].items():
        if track in set(measures.ranks["track"]):
            words = about["title"][0].upper() + about["title"][1:]
            parts += [f"\n**{words}**, means over datasets:\n\n", means(measures, track)]
            metric = task["metrics"][task["ranking"]]["title"]
            parts += [f"\n{metric} on each dataset, mean over seeds (lowest to highest):\n\n"]
            parts += [by_dataset(measures, track)]
    return "".join(parts)


def means(measures: Measures, track: str) -> str:
    """Return the means of every metric with a direction, the one that ranks first.

    A mean is over the datasets where the method has a score; without those on which it was tuned.
    """
    task, cards = measures.task, measures.combined.methods
    ranks = rows_where(measures.ranks, track=track, dataset=ALL)
    there = set(ranks.dropna(subset=["mean"])["metric"])
    names = [task["ranking"], *(name for name in task["metrics"] if name != task["ranking"])]
    names = [name for name in names if name in there and task["metrics"][name]["better"]]
    titles = [_title(task["metrics"][name]) for name in names]
    found = {name: rows_where(ranks, metric=name).set_index("method") for name in names}
    lines = [head("rank", "method", "told", "datasets", *titles)]
    for method, first in found[names[0]].iterrows():
        if not first["scored"] and pd.isna(first["lost"]):  # the track is not for it
            continue
        rank = "control" if is_control(cards[method]) else number(first["rank"], 1)
        told = ", ".join(TOLD.get(word, word) for word in cards[method]["told"]) or "nothing"
        numbers = [number(table["mean"].get(method), 2) for table in found.values()]
        name, of = title(cards, method), f"{first['datasets']:.0f}"
        lines.append(row(rank.removesuffix(".0"), name, told, of, *numbers))
    return "".join(lines)


def by_dataset(measures: Measures, track: str) -> str:
    """Return the metric that ranks, a row per method and a column per dataset."""
    metric, cards = measures.task["ranking"], measures.combined.methods
    cells = rows_where(measures.statistics, track=track, metric=metric)
    found = {(of["method"], of["dataset"]): of for of in cells.to_dict("records")}
    datasets = list(dict.fromkeys(cells["dataset"]))
    lines = [head("method", *(title(measures.combined.datasets, name) for name in datasets))]
    order = rows_where(measures.ranks, track=track, metric=metric, dataset=ALL)["method"]
    for method in order:
        tuned = cards[method].get("tuned_on") or []
        texts = [_cell(found.get((method, name)), name in tuned) for name in datasets]
        if set(texts) != {DASH}:
            lines.append(row(title(cards, method), *texts))
    return "".join(lines)


def _title(metric: dict) -> str:
    return metric["title"] + (" (lower is better)" if metric["better"] == "lower" else "")


def _cell(found: dict | None, tuned: bool) -> str:
    """Return mean and range over seeds, in italics where tuned, or what became of the runs."""
    if found is None:
        return DASH
    if pd.isna(found["mean"]):
        return "".join(status_letter(status) for status in lost_runs(found["lost"])) or DASH
    text = number(found["mean"], 3)
    if round(found["max"] - found["min"], 3):
        text += f" ({number(found['min'], 3)} to {number(found['max'], 3)})"
    return f"*{text}*" if tuned else text
