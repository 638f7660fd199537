"""The scores that a claim is about: of one method, or beside a rival, and what is missing."""

from dataclasses import replace

import numpy as np
import pandas as pd

from clear.benchmark.claims import turning_points
from clear.benchmark.claims.claim import ITSELF, Claim
from clear.benchmark.claims.compared import Estimate, alone, difference
from clear.benchmark.claims.rules import ahead
from clear.benchmark.metrics.metric import LOWER, all_metrics
from clear.benchmark.tsv import rows_where


class ClaimScores:
    """The scores that a claim is about.

    Parameters
    ----------
    claim
        The claim.
    scores
        The table ``scores.tsv``, and what :mod:`clear.benchmark.claims.turning_points` adds to it.
    on
        For each dataset of the claim the one that answers in the run, or None.
    seeds
        Methods of the run, with the seeds that each has.
    fixed
        Those of them to which no seed matters.
    """

    def __init__(self, claim: Claim, scores: pd.DataFrame, on: list, seeds: dict, fixed: set):
        self.of_task = rows_where(scores, recipe=claim.recipe, task=claim.task)
        found = rows_where(self.of_task, track=claim.track, metric=claim.metric)
        found = found.dropna(subset=["value"])
        self.values = {
            key: part["value"].to_numpy(float)
            for key, part in found.groupby(["dataset", "perturbation", "method"])
        }
        self.claim, self.on, self.seeds, self.fixed = claim, on, seeds, fixed
        self.sign = -1 if all_metrics()[claim.metric].better == LOWER else 1

    def pair(self, method: str, rival: str) -> tuple[dict, Estimate | None]:
        """Return the row of a pair (of one method, where the rival is ""), and its estimate."""
        sides = [(self.claim.perturbation, method)]
        if rival:
            other = method if rival == ITSELF else rival
            sides.append((self.claim.rivals_at, other))
        there = [d for d in self.on if d and all((d, *side) in self.values for side in sides)]
        planned = len(self.claim.datasets)
        runs = [[self.values[(d, *side)] for d in there] for side in sides]
        about = {"claim": self.claim.id, "method": method, "rival": rival, "of": planned}
        about |= {"datasets": len(there), "runs": sum(map(len, runs[0]))}
        about["lacking"] = [*self._no_data(), *(why for side in sides for why in self._lost(*side))]
        if not there:
            return about, None
        if rival:
            ours, theirs = ([self.sign * values for values in part] for part in runs)
            estimate = difference(ours, theirs, tuple(n in self.fixed for _, n in sides))
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

    def _lost(self, perturbation: str, name: str) -> list[tuple[str, str]]:
        """Return what of a method is missing on the datasets that are there."""
        if name not in self.seeds:
            return [("methods not in this run", name)]
        lost = []
        for dataset in filter(None, self.on):
            run = {"dataset": dataset, "perturbation": perturbation, "method": name}
            have = len(self.values.get(tuple(run.values()), ()))
            if have < len(self.seeds[name]):
                words = ", ".join(self._why(run)) or "no score"
                where = dataset if perturbation == self.claim.perturbation else perturbation
                lost.append(("runs without a score", f"{name} on {where} ({words})"))
        return lost

    def _why(self, run: dict) -> list[str]:
        """Return what the table says of a method's runs that have no score."""
        rows = rows_where(self.of_task, **run)
        for key, asked in (("track", self.claim.track), ("metric", self.claim.metric)):
            rows = rows[rows[key].isna() | (rows[key] == asked)]
        rows = rows[rows["value"].isna() & (rows["status"] != "ok")]
        if rows.empty and self.claim.track == turning_points.NAME:
            return ["not among close_up"]
        never = rows["message"] == turning_points.NEVER
        return sorted(set(rows["status"].mask(never, rows["message"])))


def _bounded(estimate: Estimate, metric: str) -> Estimate:
    """Return a mean whose interval keeps to the range of its metric; those by t do not."""
    about = all_metrics()[metric]
    low = estimate.low if about.low is None else np.maximum(estimate.low, about.low)
    high = estimate.high if about.high is None else np.minimum(estimate.high, about.high)
    return replace(estimate, low=float(low), high=float(high))
