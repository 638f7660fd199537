"""How methods, tracks, metrics and statuses are ordered and named in figures and the report.

No matplotlib here: the report uses the same words.
"""

from clear.benchmark.metrics.clustering import OF_CLUSTERS, OF_EMBEDDING
from clear.errors import ClearError

TRACKS = {
    "given_k": "true number of types given",
    "estimated_k": "number of clusters estimated",
    "embedding": "embedding, no clustering",
}

STANDARD = "standard"
NONE = "none"  # the perturbation of data that are left as they are
RECIPES = {"standard": "our preparation", "released": "as in the released code"}

METRICS = OF_CLUSTERS | OF_EMBEDDING

# Statuses other than ok: letter in figures and words in the report.
STATUSES = {
    "failed": ("F", "failed"),
    "timeout": ("T", "timeout"),
    "out_of_memory": ("M", "out of memory"),
    "not_installed": ("N", "not installed"),
    "not_applicable": ("\u2013", "not applicable"),
    "bad_output": ("B", "bad output"),
}
# These say nothing about how well the method would have done.
NOT_RUN = frozenset({"not_installed", "not_applicable"})


def status_letter(status: str) -> str:
    """Return the letter that marks a run of this status in a figure."""
    return _status(status)[0]


def status_words(status: str) -> str:
    """Return a status in words."""
    return "ok" if status == "ok" else _status(status)[1]


def _status(status: str) -> tuple[str, str]:
    if status not in STATUSES:
        raise ClearError(
            f"The status '{status}' in the scores is unknown; it must be ok or one of "
            f"{', '.join(STATUSES)}."
        )
    return STATUSES[status]


def check_scores(scores, manifest: dict) -> None:
    """Refuse scores with an unknown status or metric, or with what the manifest does not list.

    Parameters
    ----------
    scores : pandas.DataFrame
        The table ``scores.tsv``.
    manifest
        The content of ``run.json``.

    Raises
    ------
    ClearError
        Naming the first value that does not fit.
    """
    for metric in scores["metric"].dropna().unique():
        if metric not in METRICS:
            raise ClearError(
                f"The metric '{metric}' in the scores is unknown; add it to "
                "clear/benchmark/metrics/clustering.py."
            )
    for status in scores["status"].unique():
        status_words(status)
    for column, key in (("method", "methods"), ("dataset", "datasets")):
        for name in scores[column].unique():
            if name not in manifest[key]:
                raise ClearError(
                    f"The scores have the {column} '{name}', which run.json does not list; "
                    "both must come from the same run."
                )


def clustering_rows(scores, recipe: str = STANDARD):
    """Return the clustering rows of one recipe, unperturbed; failed runs name no task."""
    task = scores["task"]
    here = (scores["recipe"] == recipe) & (scores["perturbation"] == NONE)
    return scores[here & ((task == "clustering") | task.isna())]


def recipes(manifest: dict) -> list[str]:
    """Return the recipes of each dataset that were run, in order."""
    return manifest["recipes"]


def with_recipe(text: str, recipe: str) -> str:
    """Return a title that says which recipe is shown where it is not the standard one."""
    return text if recipe == STANDARD else f"{text} ({RECIPES.get(recipe, recipe)})"


def is_control(card: dict) -> bool:
    """Tell whether a method card describes a control."""
    return card.get("implementation") == "control"


def method_order(manifest: dict) -> list[str]:
    """Return method ids: CLEAR, then the others as in the manifest, controls last."""
    cards = manifest["methods"]

    def place(name: str) -> int:
        if is_control(cards[name]):
            return 2
        return 0 if name.split("_")[0] == "clear" else 1

    return sorted(cards, key=place)


def title(cards: dict, name: str) -> str:
    """Return the title on a card, or the id where it has none."""
    return cards[name].get("title") or name


def served_tracks(card: dict) -> set[str]:
    """Return the tracks on which a method with these outputs is scored.

    An embedding is clustered both with k-means and with Leiden, so it serves both tracks; but
    one that was made knowing the number of types has nothing to say on its estimation.
    """
    outputs = set(card.get("outputs", []))
    if "embedding" in outputs and "n_clusters" in card.get("told", []):
        return {"embedding", "given_k"}
    if "embedding" in outputs:
        return {"embedding", "given_k", "estimated_k"}
    return {track for track in ("given_k", "estimated_k") if f"clusters_{track}" in outputs}
