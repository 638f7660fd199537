"""What was run where, what gave no score and why, and what it took, in Markdown."""

import pandas as pd

from clear.benchmark.docs.markdown import head, plain, row
from clear.benchmark.docs.results.combine import Combined
from clear.benchmark.report.texts import DASH, duration, memory
from clear.benchmark.statistics.costs import costs_table
from clear.benchmark.vocabulary import STATUSES, status_words, title


def settings(combined: Combined, revision: str | None) -> str:
    """Say what was asked for."""
    config = combined.configs[0]
    seeds = sorted(set(combined.runs["seed"]))
    which = "quick" if config["quick"] else "full"
    datasets = f"{len(combined.datasets)} dataset{'s' * (len(combined.datasets) > 1)}"
    words = f"{datasets}, {len(combined.methods)} methods with their {which} settings, "
    words += f"seed{'s' * (len(seeds) > 1)} {', '.join(map(str, seeds))}; {_counts(combined.runs)}."
    words += f" Revision {revision}." if revision else ""
    return words + f" Preparation: {plain(config['prepare'])}.\n"


def origins(combined: Combined) -> str:
    """Return a row per part: the run, its machine, when it ran, which runs are from there."""
    lines = [head("run", "machine", "device", "date (UTC)", "runs", "datasets", "methods")]
    for part, config in enumerate(combined.configs):
        runs = combined.runs[combined.runs["part"] == part]
        days = sorted({str(when)[:10] for when in runs["started"].dropna()})
        lines.append(
            row(
                config["run"],
                _distinct(runs["host"]),
                _distinct(runs["device"]),
                " to ".join(dict.fromkeys(days[:1] + days[-1:])) or DASH,
                len(runs),
                _datasets(combined, runs),
                _methods(combined, runs, part),
            )
        )
    return "".join(lines)


def unscored(combined: Combined) -> str:
    """Return what became of the runs that did not succeed, alike ones together."""
    runs = combined.runs[combined.runs["status"] != "ok"]
    if runs.empty:
        return "Every run succeeded.\n"
    lines = [head("method", "status", "runs", "datasets", "reason")]
    runs = runs.assign(message=runs["message"].fillna(DASH).map(_line))
    for (method, status, message), alike in runs.groupby(
        ["method", "status", "message"], sort=False
    ):
        names = ", ".join(title(combined.datasets, name) for name in dict.fromkeys(alike["dataset"]))
        lines.append(
            row(title(combined.methods, method), status_words(status), len(alike), names, message)
        )
    return "".join(lines)


def costs(combined: Combined) -> str:
    """Return time and memory of each method over the datasets, of runs that succeeded."""
    table = costs_table(combined.runs)
    table = table[table["succeeded"] > 0]
    lines = [head("method", "run", "median time", "longest", "on", "most memory", "all runs")]
    total = pd.to_numeric(combined.runs["wall_s"], errors="coerce").groupby(combined.runs["method"])
    ok = combined.runs[combined.runs["status"] == "ok"]
    parts = ok.groupby("method")["part"].agg(lambda of: sorted(set(of)))
    medians = table.groupby("method")["wall_s"].median().sort_values()
    for method, median in medians.items():
        mine = table[table["method"] == method].sort_values("wall_s")
        longest = mine.iloc[-1]
        lines.append(
            row(
                title(combined.methods, method),
                ", ".join(combined.configs[part]["run"] for part in parts[method]),
                duration(median),
                duration(longest["wall_s"]),
                title(combined.datasets, longest["dataset"]),
                memory(mine["peak_memory_mb"].max()),
                duration(total.sum()[method]),
            )
        )
    return "".join(lines)


def _counts(runs: pd.DataFrame) -> str:
    counts = runs["status"].value_counts()
    order = [name for name in ("ok", *STATUSES) if name in counts]
    return f"{len(runs)} runs: {', '.join(f'{counts[name]} {status_words(name)}' for name in order)}"


def _datasets(combined: Combined, runs: pd.DataFrame) -> str:
    names = dict.fromkeys(runs["dataset"])
    if len(names) == len(combined.datasets):
        return "all"
    return ", ".join(title(combined.datasets, name) for name in names)


def _methods(combined: Combined, runs: pd.DataFrame, part: int) -> str:
    """Name them, unless the part has whatever ran on its datasets, or is the largest."""
    there = combined.runs["dataset"].isin(runs["dataset"].unique())
    if (combined.runs.loc[there, "part"] == part).all():
        return "all"
    if part == combined.runs["part"].value_counts().idxmax():
        return "all others"
    return ", ".join(title(combined.methods, name) for name in dict.fromkeys(runs["method"]))


def _distinct(column: pd.Series) -> str:
    return ", ".join(sorted(set(column.dropna().astype(str)))) or DASH


def _line(message: str) -> str:
    """Return a message without line breaks, which would end a row."""
    return " ".join(message.split())
