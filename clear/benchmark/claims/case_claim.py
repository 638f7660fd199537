"""A claim about a case study, from the same file as the others, ``config/claims.yaml``."""

from dataclasses import dataclass
from pathlib import Path

from clear.benchmark.claims.case_rules import CASE_RULES
from clear.benchmark.settings import CardError, nearest, validate
from clear.benchmark.yaml_file import read_yaml, short


@dataclass(frozen=True)
class CaseClaim:
    """One checkable sentence about a case study.

    Attributes
    ----------
    id, figure, where, quote, test, rule, methods, note
        As for :class:`clear.benchmark.claims.claim.Claim`; ``rule`` is a name of
        :data:`.case_rules.CASE_RULES`.
    dataset
        The paper's.
    type
        A type of cells.
    list
        A list of genes whose score counts; None: the share of the type counts.
    statuses
        ``every`` status is compared with the first, or the ``last``.
    """

    id: str
    figure: str
    where: str
    quote: str
    test: str
    rule: str
    methods: list[str]
    dataset: str
    type: str
    list: str | None
    statuses: str
    note: str


def read_case_claims(path: Path, schema: Path) -> tuple[list[CaseClaim], dict[str, str]]:
    """Return the claims about case studies, and another cohort for a dataset of the paper.

    Raises
    ------
    CardError
        Where the file does not fit the schema, names a rule that does not exist, or an id twice.
    """
    content = validate(read_yaml(path), read_yaml(schema), short(path))
    claims = [CaseClaim(**entry) for entry in content["case_studies"]]
    taken = {entry["id"] for entry in content["claims"]}
    for claim in claims:
        if claim.rule not in CASE_RULES:
            known = nearest(claim.rule, CASE_RULES)
            raise CardError(f"{short(path)}: {claim.id}: there is no rule '{claim.rule}'.{known}")
        if claim.id in taken:
            raise CardError(f"{short(path)}: {claim.id}: the id is there twice.")
        taken.add(claim.id)
    return claims, content["other_cohorts"]
