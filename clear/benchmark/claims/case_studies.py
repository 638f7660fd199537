"""Claims about a case study, judged by tests over its donors for every embedding of the run."""

from math import comb

import pandas as pd

from clear.benchmark.claims.case_claim import CaseClaim
from clear.benchmark.claims.case_rules import ALPHA, CASE_RULES
from clear.benchmark.claims.evaluate import COLUMNS
from clear.benchmark.claims.rules import NOT_TESTABLE
from clear.benchmark.tsv import rows_where
from clear.benchmark.vocabulary import NONE, STANDARD

ABOUT = ("figure", "where", "quote", "test", "rule", "note")


def case_claim_table(
    claims: list[CaseClaim],
    other_cohorts: dict[str, str],
    tables: dict[tuple[str, str], dict[str, pd.DataFrame]],
    statuses: dict[str, list[str]],
    quick: bool,
) -> pd.DataFrame:
    """Judge every claim for the methods that it is about and every other embedding of the run.

    Parameters
    ----------
    claims, other_cohorts
        As :func:`clear.benchmark.claims.case_claim.read_case_claims` returns them.
    tables
        By dataset and method ``composition``, the table ``composition_tests.tsv``, and ``scores``,
        ``score_tests.tsv``.
    statuses
        Of each dataset, the reference first.
    quick
        Whether methods ran with quick settings; no claim can then be judged.

    Returns
    -------
    DataFrame
        Rows of ``claims.tsv``: ``value`` is the difference from the first status in the one that
        decides, ``runs`` the number of embeddings, 1.
    """
    rows = []
    for claim in claims:
        cohorts = [claim.dataset, other_cohorts.get(claim.dataset)]
        here = next((name for name in cohorts if name in statuses), None)
        others = [method for dataset, method in tables if dataset == here]
        for method in dict.fromkeys([*claim.methods, *others]):
            found = tables.get((here, method))
            rows.append(_row(claim, method, here, found, statuses.get(here), quick))
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(claim: CaseClaim, method: str, here: str | None, tables, statuses, quick: bool) -> dict:
    measured = f"score of {claim.list} in {claim.type}" if claim.list else f"share of {claim.type}"
    row = {"claim": claim.id, "method": method, "of": 1, "datasets": int(tables is not None)}
    row |= {"runs": int(tables is not None), "on": here, "task": "covid", "metric": measured}
    row |= {"track": "scores" if claim.list else "composition", "recipe": STANDARD}
    row |= {"perturbation": NONE, "verdict": NOT_TESTABLE}
    row |= {name: getattr(claim, name) for name in ABOUT}
    lacking = []
    if here != claim.dataset:
        lacking.append(f"datasets not in this run: {claim.dataset}")
    if here and here != claim.dataset:
        lacking.append(f"answered by another cohort, {here}")
    if here and tables is None:
        lacking.append(f"embeddings not in this run: {method}")
    if tables is not None:
        found = _compared(claim, tables, statuses)
        obstacle = _obstacle(claim, found, statuses)
        if obstacle:
            lacking.append(obstacle)
        if found["difference"].notna().any():
            verdict, decides = CASE_RULES[claim.rule].judge(found.dropna(subset=["difference"]))
            row |= found.loc[decides, ["difference", "low", "high"]].rename(
                {"difference": "value"}
            ).to_dict()  # fmt: skip
            row |= {"interval": f"donors, {found.loc[decides, 'status']}"}
            row["verdict"] = NOT_TESTABLE if obstacle or quick else verdict
    if quick:
        lacking.insert(0, "settings: quick, for testing only")
    return row | {"reason": "; ".join(lacking) or None}


def _compared(claim: CaseClaim, tables: dict, statuses: list[str]) -> pd.DataFrame:
    """Return the tests of the claim's statuses against the first."""
    where = {"type": claim.type, "reference": statuses[0]}
    if claim.list:
        where["list"] = claim.list
    found = rows_where(tables["scores" if claim.list else "composition"], **where)
    wanted = statuses[1:] if claim.statuses == "every" else statuses[-1:]
    return found[found["status"].isin(wanted)]


def _obstacle(claim: CaseClaim, found: pd.DataFrame, statuses: list[str]) -> str | None:
    """Return why the tests cannot decide."""
    wanted = len(statuses) - 1 if claim.statuses == "every" else 1
    if len(found) < wanted:
        return f"no donor of a status has cells that are surely {claim.type}"
    if found["q"].isna().any():
        return "; ".join(found["reason"].dropna().unique())
    least = max(
        2 / comb(own + other, own)
        for own, other in zip(found["donors"], found["reference_donors"], strict=True)
    )
    if least >= ALPHA:
        return f"so few donors cannot give a p below {least:.2g}"
    return None
