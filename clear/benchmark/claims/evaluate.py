"""``claims.tsv`` and ``claim_pairs.tsv``: each claim's verdict, and the numbers behind it.

A claim is about every dataset that it names. One that is not in the run is answered by the
stand-in that holds the same cells, if that is there, and the table says so.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from clear.benchmark.claims.claim import Claim
from clear.benchmark.claims.compared import Estimate, alone, difference
from clear.benchmark.claims.rules import NOT, NOT_TESTABLE, RULES, ahead, refuted
from clear.benchmark.metrics.metric import LOWER, all_metrics
from clear.benchmark.tsv import rows_where

CLAIM = ["figure", "where", "quote", "test", "rule", "note", "task", "track", "metric", "recipe"]
CLAIM += ["perturbation", "published"]
NUMBERS = ["mean", "rival_mean", "value", "low", "high", "interval", "datasets", "of", "runs"]
NUMBERS += ["rival_runs", "ahead"]
COLUMNS = ["claim", "method", "verdict", "rival", *NUMBERS, "reason", "on", *CLAIM]
PAIRS = ["claim", "method", "rival", *NUMBERS, "reason"]


def claim_tables(
    claims: list[Claim],
    same_cells: dict[str, str],
    scores: pd.DataFrame,
    datasets: list[str],
    seeds: dict[str, list[int]],
    fixed: set[str],
    quick: bool,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Judge every claim for each method that it is about.

    Parameters
    ----------
    claims, same_cells
        As :func:`clear.benchmark.claims.claim.read_claims` returns them.
    scores
        The table ``scores.tsv``.
    datasets
        Names of the run's datasets.
    seeds
        Methods of the run, with the seeds that each has.
    fixed
        Those of them to which no seed matters.
    quick
        Whether methods ran with quick settings; no claim can then be judged.

    Returns
    -------
    tuple of DataFrame
        ``claims.tsv`` with the columns :data:`COLUMNS`, a row for each claim and method: its
        numbers are those against the decisive ``rival``, or of the method itself where the claim
        has no rival. Where nothing decides there are none, and ``datasets`` and ``runs`` are the
        fewest of any pair. ``on`` names the datasets; ``runs`` counts the method's, ``ahead`` the
        datasets on which its mean is above the rival's.
        ``claim_pairs.tsv`` with the columns :data:`PAIRS`, a row for each rival. Values are
        turned so that above 0 the method is better than the rival.
    """
    rows, pairs = [], []
    for claim in claims:
        on = [_here(name, same_cells, datasets) for name in claim.datasets]
        table = _Table(claim, scores, on, seeds, fixed)
        for method in claim.methods:
            found = [table.pair(method, rival) for rival in claim.rivals or [""]]
            for about, _ in found if claim.rivals else []:
                pairs.append(about | {"reason": _words(about["lacking"])})
            rows.append(_verdict(claim, method, found, on, quick))
    return pd.DataFrame(rows, columns=COLUMNS), pd.DataFrame(pairs, columns=PAIRS)


def _here(name: str, same_cells: dict[str, str], datasets: list[str]) -> str | None:
    return next((n for n in (name, same_cells.get(name)) if n in datasets), None)


class _Table:
    """The scores that a claim is about."""

    def __init__(self, claim: Claim, scores: pd.DataFrame, on: list, seeds: dict, fixed: set):
        where = {key: getattr(claim, key) for key in ("recipe", "perturbation", "task")}
        self.of_task = rows_where(scores, **where)
        found = rows_where(self.of_task, track=claim.track, metric=claim.metric)
        found = found.dropna(subset=["value"])
        self.values = {
            key: part["value"].to_numpy(float) for key, part in found.groupby(["dataset", "method"])
        }
        self.claim, self.on, self.seeds, self.fixed = claim, on, seeds, fixed
        self.sign = -1 if all_metrics()[claim.metric].better == LOWER else 1

    def pair(self, method: str, rival: str) -> tuple[dict, Estimate | None]:
        """Return the row of a pair (of one method, where the rival is ""), and its estimate."""
        names = [method, rival] if rival else [method]
        there = [d for d in self.on if d and all((d, name) in self.values for name in names)]
        planned = len(self.claim.datasets)
        runs = [[self.values[d, name] for d in there] for name in names]
        about = {"claim": self.claim.id, "method": method, "rival": rival, "of": planned}
        about |= {"datasets": len(there), "runs": sum(map(len, runs[0]))}
        about["lacking"] = [*self._no_data(), *(why for name in names for why in self._lost(name))]
        if not there:
            return about, None
        if rival:
            ours, theirs = ([self.sign * values for values in part] for part in runs)
            estimate = difference(ours, theirs, (method in self.fixed, rival in self.fixed))
            means = (np.mean([values.mean() for values in part]) for part in runs)
            about |= dict(zip(("mean", "rival_mean"), means, strict=True))
            about |= {"rival_runs": sum(map(len, runs[1])), "ahead": ahead(estimate)}
        else:
            estimate = _bounded(alone(runs[0], method in self.fixed), self.claim.metric)
        about |= {"value": estimate.mean, "low": estimate.low, "high": estimate.high}
        return about | {"interval": estimate.over}, estimate

    def _no_data(self) -> list[tuple[str, str]]:
        pairs = zip(self.claim.datasets, self.on, strict=True)
        return [("datasets not in this run", name) for name, here in pairs if here is None]

    def _lost(self, name: str) -> list[tuple[str, str]]:
        """Return what of a method is missing on the datasets that are there."""
        if name not in self.seeds:
            return [("methods not in this run", name)]
        lost = []
        for dataset in filter(None, self.on):
            have, planned = len(self.values.get((dataset, name), ())), len(self.seeds[name])
            if have < planned:
                rows = rows_where(self.of_task, dataset=dataset, method=name)
                track, metric = rows["track"], rows["metric"]
                here = track.isna() | (track == self.claim.track)
                here &= metric.isna() | (metric == self.claim.metric)
                why = sorted(set(rows.loc[rows["value"].isna() & here, "status"]) - {"ok"})
                words = ", ".join(why) or "no score"
                lost.append(("runs without a score", f"{name} on {dataset} ({words})"))
        return lost


def _bounded(estimate: Estimate, metric: str) -> Estimate:
    """Return a mean whose interval keeps to the range of its metric; those by t do not."""
    about = all_metrics()[metric]
    low = estimate.low if about.low is None else np.maximum(estimate.low, about.low)
    high = estimate.high if about.high is None else np.minimum(estimate.high, about.high)
    return replace(estimate, low=float(low), high=float(high))


def _words(lacking: list[tuple[str, str]]) -> str | None:
    """Return what is missing as a text, each thing once."""
    kinds = {kind: [] for kind, _ in lacking}
    for kind, name in dict.fromkeys(lacking):
        kinds[kind].append(name)
    return "; ".join(f"{kind}: {', '.join(names)}" for kind, names in kinds.items()) or None


def _verdict(claim: Claim, method: str, found: list[tuple], on: list, quick: bool) -> dict:
    """Return the row of a claim for one method."""
    # A pair counts where it has every dataset; on each of these some runs of a method may be lost.
    whole = {row["rival"]: estimate for row, estimate in found if row["datasets"] == row["of"]}
    lacking = [why for row, _ in found for why in row["lacking"]]
    known = {rival: estimate for rival, estimate in whole.items() if estimate.known}
    if len(known) < len(whole):
        lacking.append(("no spread", "one run of a method that draws at random"))
    if len(known) == len(found):
        verdict, rival = RULES[claim.rule].judge(known, claim.published)
    else:
        rival = refuted(claim.rule, known)
        verdict = NOT_TESTABLE if rival is None else NOT
    if quick:
        verdict, lacking = NOT_TESTABLE, [("settings", "quick, for testing only"), *lacking]
    row = {"claim": claim.id, "method": method, "verdict": verdict, "rival": rival or None}
    fewest = {key: min(about[key] for about, _ in found) for key in ("datasets", "runs")}
    shown = next((about for about, _ in found if about["rival"] == rival), fewest)
    row |= {key: shown.get(key) for key in NUMBERS} | {"of": len(claim.datasets)}
    row |= {"reason": _words(lacking), "on": ", ".join(filter(None, on)) or None}
    return row | {name: getattr(claim, name) for name in CLAIM}
