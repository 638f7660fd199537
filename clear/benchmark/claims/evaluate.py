"""``claims.tsv`` and ``claim_pairs.tsv``: each claim's verdict, and the numbers behind it.

A claim is about every dataset that it names. One that is not in the run is answered by the
stand-in that holds the same cells, if that is there, and the table says so.
"""

import pandas as pd

from clear.benchmark.claims.claim import Claim
from clear.benchmark.claims.rules import NOT, NOT_TESTABLE, RULES, refuted
from clear.benchmark.claims.scores import ClaimScores

CLAIM = ["figure", "where", "quote", "test", "rule", "note", "task", "track", "metric", "recipe"]
CLAIM += ["perturbation", "rival_perturbation", "published"]
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
        table = ClaimScores(claim, scores, on, seeds, fixed)
        for method in claim.methods:
            found = [table.pair(method, rival) for rival in claim.rivals or [""]]
            for about, _ in found if claim.rivals else []:
                pairs.append(about | {"reason": _words(about["lacking"])})
            rows.append(_verdict(claim, method, found, on, quick))
    return pd.DataFrame(rows, columns=COLUMNS), pd.DataFrame(pairs, columns=PAIRS)


def _here(name: str, same_cells: dict[str, str], datasets: list[str]) -> str | None:
    return next((n for n in (name, same_cells.get(name)) if n in datasets), None)


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
