"""A claim of the paper, and the file that holds them all, ``config/claims.yaml``."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from clear.benchmark.claims import turning_points
from clear.benchmark.claims.rules import RULES
from clear.benchmark.metrics.metric import all_metrics
from clear.benchmark.settings import CardError, nearest, validate
from clear.benchmark.tasks.registry import all_tasks
from clear.benchmark.vocabulary import NONE
from clear.benchmark.yaml_file import read_yaml, short

ITSELF, SAME = "itself", "same"  # as a rival the same method; under the same perturbation


@dataclass(frozen=True)
class Claim:
    """One checkable sentence.

    Attributes
    ----------
    id
        Its name in ``claims.tsv``.
    figure, where
        The figure or table and the part of the text that it stands in.
    quote
        The paper's words.
    test
        What is compared here, as a sentence.
    rule
        How it is judged, a name of :data:`clear.benchmark.claims.rules.RULES`.
    methods
        Whom it is about: the presets of CLEAR that follow the paper, each judged by itself.
    rivals
        Whom they are compared with, where the rule compares; :data:`ITSELF` for the method itself
        where the rivals have another perturbation.
    datasets
        Names of the paper's datasets; it takes all of them.
    task, track, metric, recipe, perturbation
        Which scores; the track ``turning_point`` are those of Fig. 2C.
    published
        The paper's number, if the text gives one.
    note
        What a reader has to know of the comparison.
    rival_perturbation
        How the datasets are perturbed for the rivals, or :data:`SAME`.
    """

    id: str
    figure: str
    where: str
    quote: str
    test: str
    rule: str
    methods: list[str]
    rivals: list[str]
    datasets: list[str]
    task: str
    track: str
    metric: str
    recipe: str
    perturbation: str
    published: float | None
    note: str
    rival_perturbation: str = SAME

    @property
    def rivals_at(self) -> str:
        """How the datasets are perturbed for the rivals."""
        same = self.rival_perturbation == SAME
        return self.perturbation if same else self.rival_perturbation


def read_claims(path: Path, schema: Path) -> tuple[list[Claim], dict[str, str]]:
    """Return the claims of a file, and which stand-in holds the same cells as a paper's dataset.

    Raises
    ------
    CardError
        Where the file does not fit the schema, or names a rule, task, track or metric that does
        not exist, an id twice, or rivals for a rule that has none or the other way round.
    """
    content = validate(read_yaml(path), read_yaml(schema), short(path))
    claims = [Claim(**entry) for entry in content["claims"]]
    for number, claim in enumerate(claims):
        if problem := _problem(claim, {earlier.id for earlier in claims[:number]}):
            raise CardError(f"{short(path)}: {claim.id}: {problem}")
    return claims, content["same_cells"]


def check_names(
    claims: list, stand_ins: dict[str, dict[str, str]], known: dict[str, Collection[str]]
) -> None:
    """Check that a method or dataset that is missing in a run could be in another.

    Parameters
    ----------
    claims
        Claims of every kind: about scores, case studies and atlases.
    stand_ins
        ``same_cells`` and ``other_cohorts`` of the file: what may answer for a paper's dataset.
    known
        All ``methods`` and ``datasets`` that have a card.

    Raises
    ------
    CardError
        A claim names one that has no card: it could never be judged, and nobody would see why.
    """
    named = []
    for claim in claims:
        datasets = claim.datasets if hasattr(claim, "datasets") else [claim.dataset]
        methods = claim.methods + [r for r in getattr(claim, "rivals", []) if r != ITSELF]
        for kind, names in (("methods", methods), ("datasets", datasets)):
            named += [(claim.id, kind, name) for name in names]
    for where, pairs in stand_ins.items():
        named += [(where, "datasets", name) for pair in pairs.items() for name in pair]
    for where, kind, name in named:
        if name not in known[kind]:
            words = nearest(name, known[kind])
            raise CardError(f"claims: {where}: there is no {kind[:-1]} '{name}'.{words}")


def _problem(claim: Claim, earlier: set[str]) -> str | None:
    if claim.id in earlier:
        return "the id is there twice."
    if claim.rule not in RULES:
        return f"there is no rule '{claim.rule}'.{nearest(claim.rule, RULES)}"
    if claim.task not in all_tasks():
        return f"there is no task '{claim.task}'.{nearest(claim.task, all_tasks())}"
    tracks = all_tasks()[claim.task].tracks
    if claim.task == turning_points.TASK:
        tracks = {**tracks, turning_points.NAME: turning_points.TRACK}
    if ITSELF in claim.rivals and claim.rivals_at == claim.perturbation:
        return f"the rival {ITSELF} needs another rival_perturbation than the claim's own."
    if claim.track not in tracks:
        return f"the task {claim.task} has no track '{claim.track}'.{nearest(claim.track, tracks)}"
    metric = all_metrics().get(claim.metric)
    if claim.track == turning_points.NAME:
        if claim.metric != turning_points.METRIC:
            return f"the turning point has no metric '{claim.metric}', only the ARI."
        if {claim.perturbation, claim.rivals_at} != {NONE}:
            return "the turning point is looked for in data without perturbation only."
    if metric is None or metric.of != tracks[claim.track].of:
        known = [n for n, m in all_metrics().items() if m.of == tracks[claim.track].of]
        return f"{claim.track} has no metric '{claim.metric}'.{nearest(claim.metric, known)}"
    rule = RULES[claim.rule]
    if claim.rule == "margin" and len(claim.rivals) > 1:
        return "the rule margin compares with one rival: it has one number to compare."
    if rule.compares != bool(claim.rivals):
        return f"the rule {claim.rule} needs {'rivals' if rule.compares else 'no rivals'}."
    if rule.needs_published and claim.published is None:
        return f"the rule {claim.rule} needs 'published', the paper's number."
    return None
