"""What the workflow and the page know of a figure: its title, its caption, what it reads."""

import itertools
import string
from dataclasses import dataclass

from clear.benchmark.vocabulary import NONE, QUICK, RECIPES, title, with_recipe, with_remark
from clear.errors import ClearError

QUALITY = "Quality control"  # the category of figures of what came before any method
AXES = ("dataset", "recipe", "perturbation")
METHOD = "method"  # one more for the embeddings of case studies
STUDY = "casestudy/"  # where their tables lie

# What a figure may read, and where it lies in the folder of a run.
TABLES = {
    "scores": "scores.tsv",
    "statistics": "statistics.tsv",
    "ranks": "ranks.tsv",
    "runs": "runs.tsv",
    "differences": "differences.tsv",
    "mean_ranks": "mean_ranks.tsv",
    "leave_out": "leave_out.tsv",
    "costs": "costs.tsv",
    "relative_costs": "relative_costs.tsv",
    "ablation": "ablation.tsv",
    "tuning": "tuning.tsv",
    "manifest": "run.json",
    "scan": "scans/{dataset}/{recipe}/{perturbation}/scan.tsv",
    "flows": "scans/{dataset}/{recipe}/{perturbation}/flows.tsv",
    "umap": "projections/{dataset}/{recipe}/{perturbation}/umap.tsv",
    "order": "orders/{dataset}/{recipe}/{perturbation}/order.tsv",
    "path": "orders/{dataset}/{recipe}/{perturbation}/path.tsv",
    "composition": "casestudy/{dataset}/{recipe}/{method}/composition.tsv",
    "composition_tests": "casestudy/{dataset}/{recipe}/{method}/composition_tests.tsv",
    "annotation": "casestudy/{dataset}/{recipe}/{method}/annotation.tsv",
    "cluster_markers": "casestudy/{dataset}/{recipe}/{method}/markers.tsv",
    "panel": "casestudy/{dataset}/{recipe}/panel.tsv",
    "dots": "casestudy/{dataset}/{recipe}/{method}/dots.tsv",
    "contrasts": "casestudy/{dataset}/{recipe}/{method}/contrasts.tsv",
    "differential": "casestudy/{dataset}/{recipe}/{method}/differential.tsv",
    "gsea": "casestudy/{dataset}/{recipe}/{method}/gsea.tsv",
    "list_expression": "casestudy/{dataset}/{recipe}/{method}/expression.tsv",
    "list_scores": "casestudy/{dataset}/{recipe}/{method}/scores.tsv",
    "score_tests": "casestudy/{dataset}/{recipe}/{method}/score_tests.tsv",
    "study_clusters": "casestudy/{dataset}/{recipe}/{method}/clusters.tsv",
    "study_map": "casestudy/{dataset}/{recipe}/{method}/map.json",
    "study_types": "casestudy/{dataset}/{recipe}/{method}/types.tsv",
    "study_umap": "casestudy/{dataset}/{recipe}/{method}/umap.tsv",
    "truth": "data/{dataset}/{recipe}/none",
    "qc": "data/{dataset}/quality",
    "prepare": "data/{dataset}/{recipe}/{perturbation}",
}
# Of a record's folder, the file in it that is read.
IN_FOLDER = {"qc": "qc.tsv", "prepare": "prepare.json", "truth": "truth.tsv"}
# It may also read the card of its dataset, of which it is given no more than these: another
# URL draws nothing again, and neither does another method, as it would through the manifest.
CARD = ("id", "title", "stages", "statuses", "focus")


@dataclass(frozen=True)
class Figure:
    """A figure.

    Attributes
    ----------
    id
        The name of its module, and the beginning of the names of its files.
    title, caption
        As on the page. A name of ``per`` in braces stands for the title of the dataset or
        method, or the recipe's name. A recipe other than the standard one is added to the title.
    per
        What it is drawn for each of, of :data:`AXES`; empty: once for the run. With ``method``:
        for each embedding that a case study shows.
    reads
        Names of :data:`TABLES`; a figure per dataset may also read ``card``. ``draw`` of its module
        takes what it reads, then the values of ``per``: a table as a data frame, a record or card
        as a dict, and a list of them where it shows several.
    order
        Figures with lower numbers come first on the page.
    category
        Where Snakemake's report lists it.
    perturbed
        Whether it compares perturbations, and is drawn only where a dataset has some.
    close_up
        Whether it is drawn only for the datasets that the setting ``close_up`` names.
    task
        If any, the task of which a dataset has to be for it to be drawn.
    atlas
        Of case studies, whether it shows those without donors and statuses; else those with them.
    """

    id: str
    title: str
    caption: str
    per: tuple[str, ...]
    reads: tuple[str, ...]
    order: int
    category: str
    perturbed: bool = False
    close_up: bool = False
    task: str | None = None
    atlas: bool = False

    def __post_init__(self):
        readable = [*TABLES, "card"] if "dataset" in self.per else list(TABLES)
        for name, given, known in (
            ("per", self.per, (*AXES, METHOD)),
            ("reads", self.reads, readable),
        ):
            if not isinstance(given, tuple) or not set(given) <= set(known):
                names = ", ".join(known)
                raise ClearError(f"{name} must be a tuple of some of {names}; it is {given!r}.")
        for text in (self.title, self.caption):
            named = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
            if not named <= set(self.per):
                missing = ", ".join(sorted(named - set(self.per)))
                raise ClearError(f"'{{{missing}}}' in title or caption is not one of per.")

    @property
    def module(self) -> str:
        """File of its module, from the root of the repository."""
        return f"clear/benchmark/figures/{self.id}.py"

    @property
    def name(self) -> str:
        """Name of its files without their suffix, with the names of ``per`` in braces."""
        return ".".join([self.id, *(f"{{{axis}}}" for axis in self.per)])

    def all(self, plan) -> list[dict[str, str]]:
        """Return what each figure of a plan shows: a value for each name of ``per``.

        Only a run that takes presets apart has figures of its ablation, only a case study has
        figures that read its tables.
        """
        if "ablation" in self.reads and not plan.config["ablation"]:
            return []
        if any(TABLES.get(name, "").startswith(STUDY) for name in self.reads):
            axes = ("dataset", "recipe", METHOD)
            prepared = plan.atlases if self.atlas else plan.case_studies
        else:
            axes, prepared = AXES, plan.preparations
        prepared = [dict(zip(axes, values, strict=True)) for values in prepared]
        if self.perturbed:
            prepared = [one for one in prepared if one["perturbation"] != NONE]
        if self.close_up:
            named = plan.config["close_up"]["datasets"]
            prepared = [one for one in prepared if one["dataset"] in named]
        if self.task:
            tasks = {name: card["tasks"] for name, card in plan.datasets.items()}
            prepared = [one for one in prepared if self.task in tasks[one["dataset"]]]
        shown = dict.fromkeys(tuple(one[axis] for axis in self.per) for one in prepared)
        return [dict(zip(self.per, values, strict=True)) for values in shown]

    def files(self, shows, run: str, plan) -> dict[str, str | list[str]]:
        """Return the path of each table that one figure reads, or of the folder that it is in.

        What lies in the folder of a recipe or dataset is a list for a figure that shows all of
        them. A figure that is not drawn per perturbation reads the data as they are.
        """
        choices = {"dataset": list(plan.datasets), "recipe": plan.config["recipes"]}
        choices |= {"perturbation": [NONE]} | {axis: [shows[axis]] for axis in self.per}
        paths = {}
        for name in (name for name in self.reads if name in TABLES):
            used = [axis for axis in (*AXES, METHOD) if f"{{{axis}}}" in TABLES[name]]
            found = [
                f"{run}/{TABLES[name].format(**dict(zip(used, chosen, strict=True)))}"
                for chosen in itertools.product(*(choices[axis] for axis in used))
            ]
            several = any(axis in ("dataset", "recipe") and axis not in self.per for axis in used)
            paths[name] = found if several else found[0]
        return paths

    def card(self, shows, datasets: dict[str, dict]) -> dict | None:
        """Return the part of the dataset's card that the figure reads."""
        if "card" not in self.reads:
            return None
        card = datasets[shows["dataset"]]
        return {key: card[key] for key in CARD if key in card}

    def about(
        self, shows, datasets: dict[str, dict], methods: dict[str, dict], quick: bool
    ) -> dict[str, str | dict]:
        """Return what the page says of one figure, and what stands below its picture.

        Parameters
        ----------
        shows
            A value for each name of ``per``; others are passed over.
        datasets, methods
            Cards by id.
        quick
            Whether methods run with quick settings. Caption and picture of a figure that shows
            their results say so: a picture is passed on without its page.
        """
        shows = {axis: shows[axis] for axis in self.per}
        quick = quick and self.category != QUALITY  # before any method
        names = dict(shows)
        if "dataset" in shows:
            names["dataset"] = title(datasets, shows["dataset"])
        if METHOD in shows:
            names[METHOD] = title(methods, shows[METHOD])
        if "recipe" in shows:
            names["recipe"] = RECIPES[shows["recipe"]]
        heading = self.title.format(**names)
        if "recipe" in shows:
            heading = with_recipe(heading, shows["recipe"])
        return {
            "id": self.id,
            "heading": heading,
            "caption": with_remark(self.caption.format(**names), quick),
            "remark": QUICK if quick else "",
            "shows": shows,
        }
