"""The benchmark's words: what cards and tables may say, and how people read it.

It imports nothing, so that every module can use it. The schemas of settings and cards take their
lists from here (:func:`clear.benchmark.schemas.read_schemas`).
"""

# How a dataset is prepared, and what is done to it before.
STANDARD = "standard"
RECIPES = {STANDARD: "our preparation", "released": "as in the released code"}
NONE = "none"
DROPOUT = "dropout_"  # then how many percent of the non-zero values are set to zero

LINEAR_UNITS = ("counts", "rpkm", "fpkm", "tpm", "normalised")
LOG_UNITS = ("log1p", "log2p1")
UNITS = LINEAR_UNITS + LOG_UNITS

# What a method may be told besides the expression.
TOLD = {
    "n_clusters": "the number of cell types",
    "batch": "the batch of each cell",
    "root": "the cells of the first stage",
    "labels_of_one_batch": "the cell types of one batch",
    "labels": "the true cell types",
    "source": "the cells and types of another dataset",
}

# What stands at everything that a run with quick settings shows.
QUICK = "Quick settings: for testing only."

# The tracks of clustering; other tasks name their own.
GIVEN_K, ESTIMATED_K, EMBEDDING = "given_k", "estimated_k", "embedding"
SWEEP, OWN_K = "sweep", "own_k"
TRACKS = {
    GIVEN_K: "true number of types given",
    ESTIMATED_K: "number of clusters estimated (Leiden, 0.5)",
    SWEEP: "number of clusters estimated (Leiden, mean over 0.1 to 2)",
    OWN_K: "the method's own clusters and number",
    EMBEDDING: "embedding, no clustering",
}

# What a method can write.
OUTPUTS = {
    "embedding": "an embedding",
    "clusters_given_k": "clusters, their number given",
    "clusters_estimated_k": "clusters, their number estimated",
    "pseudotime": "a pseudotime",
}

# Cards may name these too: what they show is in figures and tables, and has no score.
UNSCORED_TASKS = {
    "covid": "COVID-19 patients and controls",
}

# What a run takes: seconds, and MiB at the most.
COSTS = ("wall_s", "cpu_s", "peak_memory_mb", "peak_gpu_memory_mb")

# Statuses other than ok: the letter in figures and the words on the page.
STATUSES = {
    "failed": ("F", "failed"),
    "timeout": ("T", "timeout"),
    "out_of_memory": ("M", "out of memory"),
    "not_installed": ("N", "not installed"),
    "not_applicable": ("\u2013", "not applicable"),
    "bad_output": ("B", "bad output"),
    "no_data": ("D", "no data"),
}
# These say nothing about how well the method would have done.
NOT_RUN = frozenset({"not_installed", "not_applicable", "no_data"})
UNDEFINED = "undefined"  # a run that succeeded, on which a metric has no value


def status_letter(status: str) -> str:
    """Return the letter that marks a run of this status in a figure."""
    return "?" if status == UNDEFINED else STATUSES[status][0]


def status_words(status: str) -> str:
    """Return a status in words."""
    return {"ok": "ok", UNDEFINED: "without a value"}.get(status) or STATUSES[status][1]


def no_embedding(status: str) -> str:
    """Return why a run of this status has no embedding."""
    return "no embedding" if status == "ok" else status_words(status)


def dropout_percent(perturbation: str) -> int:
    """Return how many percent of the non-zero values a perturbation sets to zero."""
    return 0 if perturbation == NONE else int(perturbation.removeprefix(DROPOUT))


def perturbation_words(perturbation: str) -> str:
    """Return a perturbation in words."""
    percent = dropout_percent(perturbation)
    return f"dropout of {percent} %" if percent else "left as it is"


def with_recipe(text: str, recipe: str) -> str:
    """Return a title that says which recipe is shown where it is not the standard one."""
    return text if recipe == STANDARD else f"{text} ({RECIPES.get(recipe, recipe)})"


def with_remark(caption: str, quick: bool) -> str:
    """Return a caption that says where methods ran with quick settings."""
    return f"{caption} {QUICK}" if quick else caption


def title(cards: dict, name: str) -> str:
    """Return the title on a card, or the id where it has none."""
    return cards[name].get("title") or name


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
