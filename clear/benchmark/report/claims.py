"""The paper's claims on the page: what can be judged by the run, and what cannot and why."""

import pandas as pd

from clear.benchmark.claims.atlas_rules import ATLAS_RULES
from clear.benchmark.claims.case_rules import CASE_RULES
from clear.benchmark.claims.compared import OVER_SEEDS
from clear.benchmark.claims.rules import NOT_TESTABLE, RULES
from clear.benchmark.metrics.metric import all_metrics
from clear.benchmark.report.texts import DASH, number
from clear.benchmark.vocabulary import title


def claims(table: pd.DataFrame, manifest: dict) -> dict:
    """Return ``judged`` and ``open`` claims, and the ``rules`` in words.

    Parameters
    ----------
    table
        ``claims.tsv``.
    manifest
        The content of ``run.json``, for titles.

    Returns
    -------
    dict
        Each claim has ``id``, ``figure``, ``where``, ``quote``, ``test``, ``note``, ``rule``,
        ``published`` and ``answers``, one for each preset: ``method``, ``verdict``,
        ``measured``, ``of`` (its metric and rival), ``basis`` (which datasets of the run, and how
        many runs) and ``reason``. A claim is judged where one of its presets is.
    """
    words = {name: rule.words for name, rule in (RULES | CASE_RULES | ATLAS_RULES).items()}
    found = {"judged": [], "open": [], "rules": words}
    for name, rows in table.groupby("claim", sort=False):
        first = rows.iloc[0]
        about = {key: first[key] for key in ("figure", "where", "quote", "test")}
        about |= {"id": name, "note": _text(first["note"]), "rule": first["rule"]}
        about["published"] = _signed(first["published"], first["rule"])
        about["answers"] = [_answer(row, manifest) for row in rows.to_dict("records")]
        judged = (rows["verdict"] != NOT_TESTABLE).any()
        found["judged" if judged else "open"].append(about)
    return found


def _answer(row: dict, manifest: dict) -> dict:
    cards = manifest["methods"]
    rival, metric = _text(row["rival"]), row["metric"]
    if metric in all_metrics():  # else words: what of a case study was compared
        metric = all_metrics()[metric].title
    measured = _signed(row["value"], row["rule"])
    if row["interval"] == OVER_SEEDS and row["low"] == row["value"] == row["high"]:
        measured += ", which no seed changes"
    elif not pd.isna(row["low"]):
        bounds = (_signed(row[bound], row["rule"]) for bound in ("low", "high"))
        measured += f" [{', '.join(bounds)}] over {row['interval']}"
    of, runs = metric, f"{row['runs']} run{'s' * (row['runs'] != 1)}"
    if rival and pd.isna(row["rival_mean"]):  # of a case study
        of = f"{metric} against {_title(rival, cards)}"
    elif rival:
        of = f"{metric} {number(row['mean'], 3)} against {number(row['rival_mean'], 3)} of "
        of += _title(rival, cards)
        if row["rule"] == "most":
            of += f", ahead on {int(row['ahead'])} of {row['datasets']} datasets"
        runs += f" against {int(row['rival_runs'])}"
    basis = f"{row['datasets']} of {row['of']} dataset{'s' * (row['of'] > 1)}"
    if where := _text(row["on"]):
        basis += f" ({where})"
    return {
        "method": _title(row["method"], cards),
        "verdict": row["verdict"],
        "measured": measured,
        "of": of,
        "basis": f"{basis}, {runs}",
        "reason": _text(row["reason"]),
    }


def _title(name: str, cards: dict) -> str:
    return title(cards, name) if name in cards else name


def _signed(value: float, rule: str) -> str:
    """Return a difference with its sign, a value without."""
    text = number(value, 3)
    if rule in ATLAS_RULES and text != DASH:  # numbers of clusters and types, hours
        text = text.rstrip("0").rstrip(".")
    difference = rule in CASE_RULES or (rule in RULES and RULES[rule].compares)
    return f"+{text}" if difference and value > 0 else text


def _text(value) -> str:
    return value if isinstance(value, str) else ""
