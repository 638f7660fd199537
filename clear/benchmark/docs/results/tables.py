"""Tables of scores in Markdown: the ranking, the comparison with CLEAR, every dataset."""

import pandas as pd

from clear.benchmark.docs.markdown import head, row
from clear.benchmark.docs.results.measures import Measures
from clear.benchmark.report.texts import DASH, number
from clear.benchmark.statistics.ranks import ALL, ALL_AND_TUNED
from clear.benchmark.statistics.summary import lost_runs
from clear.benchmark.tsv import rows_where
from clear.benchmark.vocabulary import is_control, status_letter, status_words, title

MAIN, SECOND = "ari", "nmi"


def ranking(measures: Measures, track: str) -> str:
    """Return the methods of a track in the order of their rank, controls last.

    ARI and NMI are means over datasets, of means over seeds.
    """
    ranks = rows_where(measures.ranks, track=track)
    cards = measures.combined.methods
    over = {
        (metric, scope): rows_where(ranks, metric=metric, dataset=scope).set_index("method")
        for metric in (MAIN, SECOND)
        for scope in (ALL, ALL_AND_TUNED)
    }
    tests = rows_where(measures.mean_ranks, track=track, metric=MAIN, dataset=ALL)
    mean_ranks = tests.set_index("method")["mean_rank"]
    first = over[MAIN, ALL]
    everything = over[MAIN, ALL_AND_TUNED] if len(over[MAIN, ALL_AND_TUNED]) else first
    lines = [
        head("rank", "method", "ARI", "NMI", "datasets", "ARI, all", "mean rank", "runs without a score")
    ]
    for method, found in first.iterrows():
        rank = "control" if is_control(cards[method]) else number(found["rank"], 1)
        lost = ", ".join(f"{n} {status_words(s)}" for s, n in lost_runs(found["lost"]).items())
        lines.append(
            row(
                rank.removesuffix(".0"),
                title(cards, method),
                number(found["mean"], 3),
                number(over[SECOND, ALL]["mean"].get(method), 3),
                f"{found['datasets']:.0f}",
                number(everything["mean"].get(method), 3),
                number(mean_ranks.get(method), 2),
                lost or "0",
            )
        )
    return "".join([*lines, "\n", _friedman(tests)])


def _friedman(tests: pd.DataFrame) -> str:
    """Say on what the mean ranks are, and how far apart two have to be."""
    done = tests.dropna(subset=["mean_rank"])
    if done.empty:
        why = tests["reason"].dropna().unique()
        return f"No mean ranks: {why[0]}.\n" if len(why) else "No mean ranks.\n"
    of = done.iloc[0]
    return (
        f"Mean ranks of {of['methods']:.0f} methods on the {of['datasets']:.0f} datasets that all of "
        f"them have and none was tuned on: Friedman's p {of['p']:.2g}, critical difference "
        f"{of['critical_difference']:.2f} (Nemenyi, .05).\n"
    )


def comparison(measures: Measures, track: str, reference: str) -> str:
    """Return every method against a preset of CLEAR by ARI; above zero the method is better."""
    rows = rows_where(
        measures.differences, track=track, metric=MAIN, reference=reference, dataset=ALL
    )
    lines = [
        head(
            "method", "datasets", "difference", "95 % interval", "win / tie / loss",
            "P better / same / worse", "p (Holm)",
        )
    ]  # fmt: skip
    for found in rows.sort_values("difference", ascending=False).to_dict("records"):
        several = pd.notna(found["p_better"])
        interval = f"{number(found['low'], 3)} to {number(found['high'], 3)}"
        chances = " / ".join(number(found[f"p_{of}"], 2) for of in ("better", "equivalent", "worse"))
        counts = " / ".join(f"{found[key]:.0f}" for key in ("wins", "ties", "losses"))
        lines.append(
            row(
                title(measures.combined.methods, found["method"]),
                f"{found['datasets']:.0f}",
                number(found["difference"], 3),
                interval if several else DASH,
                counts if found["datasets"] else DASH,
                chances if several else DASH,
                number(found["p_holm"], 3),
            )
        )
    return "".join(lines)


def by_dataset(measures: Measures, track: str) -> str:
    """Return the mean ARI of every method on every dataset, the best in bold, tuned in italics."""
    cells = rows_where(measures.statistics, track=track, metric=MAIN)
    cards, there = measures.combined.methods, set(cells["method"])
    order = rows_where(measures.ranks, track=track, metric=MAIN, dataset=ALL)["method"]
    methods = [name for name in order if name in there]
    found = {(of["dataset"], of["method"]): of for of in cells.to_dict("records")}
    lines = [head("dataset", *(title(cards, name) for name in methods))]
    for dataset in dict.fromkeys(cells["dataset"]):
        means = {name: found.get((dataset, name), {}).get("mean") for name in methods}
        ranked = [mean for name, mean in means.items() if not is_control(cards[name])]
        best = max((round(mean, 10) for mean in ranked if pd.notna(mean)), default=None)
        texts = []
        for name, mean in means.items():
            text = _cell(found.get((dataset, name)))
            if pd.notna(mean) and dataset in (cards[name].get("tuned_on") or []):
                text = f"*{text}*"
            if pd.notna(mean) and round(mean, 10) == best and not is_control(cards[name]):
                text = f"**{text}**"
            texts.append(text)
        lines.append(row(title(measures.combined.datasets, dataset), *texts))
    return "".join(lines)


def _cell(found: dict | None) -> str:
    """Return a mean, or the letters of what became of the runs."""
    if found is None:
        return ""
    if pd.notna(found["mean"]):
        return number(found["mean"], 2).replace("0.", ".", 1)
    return "".join(status_letter(status) for status in lost_runs(found["lost"]))
