"""Claims about an atlas, from ``config/claims.yaml``, judged for every embedding of the run."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from clear.benchmark.claims.atlas_rules import ATLAS_RULES
from clear.benchmark.claims.evaluate import COLUMNS
from clear.benchmark.claims.rules import NOT_TESTABLE, REPRODUCED
from clear.benchmark.settings import CardError, nearest, validate
from clear.benchmark.tsv import rows_where
from clear.benchmark.vocabulary import NONE, STANDARD
from clear.benchmark.yaml_file import read_yaml, short

ABOUT = ("figure", "where", "quote", "test", "rule", "note", "published")


@dataclass(frozen=True)
class AtlasClaim:
    """One checkable sentence about an atlas.

    Attributes
    ----------
    id, figure, where, quote, test, rule, methods, published, note
        As for :class:`clear.benchmark.claims.claim.Claim`; ``rule`` is a name of
        :data:`.atlas_rules.ATLAS_RULES`.
    dataset
        The paper's.
    """

    id: str
    figure: str
    where: str
    quote: str
    test: str
    rule: str
    methods: list[str]
    dataset: str
    published: float | None
    note: str


def read_atlas_claims(path: Path, schema: Path) -> list[AtlasClaim]:
    """Return the claims about atlases.

    Raises
    ------
    CardError
        Where the file does not fit the schema, names a rule that does not exist, or an id twice.
    """
    content = validate(read_yaml(path), read_yaml(schema), short(path))
    claims = [AtlasClaim(**entry) for entry in content["atlases"]]
    taken = {entry["id"] for part in ("claims", "case_studies") for entry in content[part]}
    for claim in claims:
        if claim.rule not in ATLAS_RULES:
            known = nearest(claim.rule, ATLAS_RULES)
            raise CardError(f"{short(path)}: {claim.id}: there is no rule '{claim.rule}'.{known}")
        if claim.published is None and claim.rule != "per_cell":
            raise CardError(
                f"{short(path)}: {claim.id}: the rule '{claim.rule}' needs `published`."
            )
        if claim.id in taken:
            raise CardError(f"{short(path)}: {claim.id}: the id is there twice.")
        taken.add(claim.id)
    return claims


def atlas_claim_table(
    claims: list[AtlasClaim],
    maps: dict[tuple[str, str], dict],
    annotations: dict[tuple[str, str], pd.DataFrame],
    runs: pd.DataFrame,
    quick: bool,
) -> pd.DataFrame:
    """Judge every claim for the methods that it is about and every other embedding of the run.

    Parameters
    ----------
    claims
        As :func:`read_atlas_claims` returns them.
    maps
        ``map.json`` by dataset and method, of all case studies; empty without an embedding.
    annotations
        ``annotation.tsv`` by dataset and method.
    runs
        The table ``runs.tsv``.
    quick
        Whether methods ran with quick settings; no claim can then be judged.

    Returns
    -------
    DataFrame
        Rows of ``claims.tsv``: ``value`` is the number that the rule looks at.
    """
    rows = []
    for claim in claims:
        here = claim.dataset if any(dataset == claim.dataset for dataset, _ in maps) else None
        others = [method for dataset, method in maps if dataset == here]
        for method in dict.fromkeys([*claim.methods, *others]):
            rows.append(_row(claim, method, here, maps, annotations, runs, quick))
    return pd.DataFrame(rows, columns=COLUMNS)


def _row(claim: AtlasClaim, method: str, here: str | None, maps, annotations, runs, quick) -> dict:
    there = bool(maps.get((here, method)))
    row = {"claim": claim.id, "method": method, "of": 1, "datasets": int(there)}
    row |= {"runs": int(there), "on": here, "task": "covid", "recipe": STANDARD}
    row |= {"track": "atlas", "perturbation": NONE, "verdict": NOT_TESTABLE}
    rule = ATLAS_RULES[claim.rule]
    row |= {"metric": rule.measures} | {name: getattr(claim, name) for name in ABOUT}
    lacking = ["settings: quick, for testing only"] if quick else []
    if here is None:
        lacking.append(f"datasets not in this run: {claim.dataset}")
    elif not there:
        lacking.append(f"embeddings not in this run: {method}")
    else:
        wall, device = _cost(runs, here, method)
        if claim.rule == "clusters":
            value = maps[here, method]["clusters"]
        elif claim.rule == "types":
            table = annotations[here, method]
            value = table.loc[table["sure"], "type"].nunique()
        elif claim.rule == "hours":
            value = (wall + sum(maps[here, method]["seconds"].values())) / 3600
        else:
            value = _times_as_long(maps, runs, here, method)
        if value is None:
            lacking.append("no smaller case study in this run")
        else:
            row["value"] = float(value)
            verdict = rule.judge(value, claim.published)
            if claim.rule == "hours" and verdict != REPRODUCED and device != "cuda":
                lacking.append("without a GPU")
            row["verdict"] = NOT_TESTABLE if lacking else verdict
    return row | {"reason": "; ".join(lacking) or None}


def _cost(runs: pd.DataFrame, dataset: str, method: str) -> tuple[float, str]:
    """Return wall time (s) and device of the run that a case study shows, the first seed's."""
    shown = {"dataset": dataset, "recipe": STANDARD, "perturbation": NONE, "method": method}
    first = rows_where(runs, **shown).sort_values("seed").iloc[0]
    return float(first["wall_s"]), first["device"]


def _times_as_long(maps: dict, runs: pd.DataFrame, here: str, method: str) -> float | None:
    """Return the time for each cell as a multiple of that on the smallest other case study."""
    sizes = {
        dataset: record["cells"]
        for (dataset, name), record in maps.items()
        if name == method and record
    }
    smallest = min(sizes, key=sizes.get)
    if smallest == here:
        return None
    own, other = (_cost(runs, name, method)[0] / sizes[name] for name in (here, smallest))
    return own / other
