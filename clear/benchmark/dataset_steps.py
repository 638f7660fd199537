"""Parameters of the steps of a dataset: no more of its card than a step depends on."""

import os
from pathlib import Path

from clear.benchmark.casestudy.declared import table_of
from clear.benchmark.data.alternatives import of_source, sources
from clear.benchmark.data.fetch.refused import refused
from clear.benchmark.plan import Plan
from clear.benchmark.rule_code import RuleCode

FETCH = "id files path packaged simulate canonical"
READ = (
    f"{FETCH} alternatives reader reader_options annotations derive genes label label_rule batch "
    "stage stages unit expected donor status statuses status_values"
)
PREPARE = "id organism unit tasks batch stage stages"


class DatasetSteps:
    """What fetch, read, qc and prepare are given, each for the wildcards of a job."""

    def __init__(self, plan: Plan, code: RuleCode):
        self.plan = plan
        self.code = code

    def fetch_card(self, wildcards) -> dict:
        """Return what fetching depends on; a new title elsewhere downloads nothing again."""
        card = self._part(wildcards, FETCH)
        others = self._card(wildcards).get("alternatives") or []
        files = [{"name": other["name"], "files": other["files"]} for other in others]
        return card | ({"alternatives": files} if files else {})

    def read_card(self, wildcards) -> dict:
        """Return what reading depends on."""
        return self._part(wildcards, READ)

    def prepare_card(self, wildcards) -> dict:
        """Return what preparing depends on."""
        # Of the tasks, only batch: then methods may see the batches.
        card = self._part(wildcards, PREPARE)
        return card | {"tasks": [task for task in card["tasks"] if task == "batch"]}

    def prepare_settings(self, wildcards) -> dict:
        """Return the settings of the preparation."""
        return self.plan.prepare(wildcards.dataset, wildcards.recipe)

    def quality_settings(self, wildcards) -> dict[str, dict]:
        """Return the settings of the preparation of every recipe."""
        recipes = self.plan.config["recipes"]
        return {recipe: self.plan.prepare(wildcards.dataset, recipe) for recipe in recipes}

    def refused(self, wildcards) -> dict[str, str]:
        """Return the downloads that the card's reader has refused, and why."""
        note = Path(f"results/{self.plan.config['run']}/data/{wildcards.dataset}/.refused.json")
        return refused(note, [self.read_card(wildcards), self.reading(wildcards)])

    def mirror(self, wildcards) -> str | None:
        """Return the mirror, for datasets that have files to look for there."""
        return self.plan.config["mirror"] if "files" in self._card(wildcards) else None

    def checksums(self, wildcards, input) -> str:
        """Return the table of checksums beside the folder of the card.

        It looks at ``input`` so that Snakemake does not watch this path.
        """
        return str(self._card(wildcards)["_file"].parents[1] / "checksums.tsv")

    def local_files(self, wildcards) -> list[str]:
        """Return local files that fetch will take: when they change, so does what follows.

        Without those of :meth:`checked_files`. Where it may not look, it finds nothing; fetching
        says so.
        """
        card = self._card(wildcards)
        if "path" in card:
            path = Path(card["path"])
            # A change inside a folder shows in the youngest thing in it, not in its own time.
            inside = [path, *path.rglob("*")] if os.access(path, os.F_OK) else []
            return [str(max(inside, key=lambda p: p.lstat().st_mtime_ns))] if inside else []
        return self._on_mirror(wildcards, checked=False)

    def checked_files(self, wildcards) -> list[str]:
        """Return files of the mirror whose checksum the card has: their times say nothing.

        A mirror that was copied or mounted anew has other times and the same bytes.
        """
        return self._on_mirror(wildcards, checked=True)

    def _on_mirror(self, wildcards, checked: bool) -> list[str]:
        card, mirror = self._card(wildcards), self.mirror(wildcards)
        if not mirror:
            return []
        files = [f for name in sources(card) for f in of_source(card, name)["files"]]
        known = {file["name"]: "sha256" in file for file in files}
        known.setdefault(f"{card['id']}.h5ad", False)  # a ready-made file
        names = [name for name, has in known.items() if has is checked]
        return [str(path) for name in names if os.access(path := Path(mirror) / name, os.F_OK)]

    def reading(self, wildcards) -> dict:
        """Return what code reads a dataset: the readers that its card names count, no others."""
        card = self._card(wildcards)
        readers = set()
        if "simulate" not in card:
            readers = {of_source(card, source)["reader"] for source in sources(card)}
        local = self.local_files(wildcards) + self.checked_files(wildcards)
        if any(Path(file).name == f"{card['id']}.h5ad" for file in local):
            readers.add("h5ad")  # a ready-made file on the mirror
        return self.code.reading(readers)

    def declared_tables(self, wildcards) -> dict[str, str]:
        """Return the tables that the card of a case study names."""
        card = self._card(wildcards)
        return {key: str(table_of(card, key)) for key in ("markers", "types") if key in card}

    def marker_table(self, wildcards) -> str:
        """Return the table of markers of a case study."""
        return self.declared_tables(wildcards)["markers"]

    def gene_lists(self, wildcards) -> str:
        """Return the table of gene lists of a case study."""
        return str(table_of(self._card(wildcards), "gene_lists"))

    def gene_sets(self, wildcards) -> dict[str, str]:
        """Return the GMT file of a case study, if its card or the run names one."""
        card, run = self._card(wildcards), self.plan.config["gmt"]
        path = str(table_of(card, "gmt")) if "gmt" in card else run
        return {"gmt": path} if path else {}

    def focus(self, wildcards) -> list[str]:
        """Return the types of cells in which a case study looks at gene lists."""
        return self._card(wildcards)["focus"]

    def known_changes(self, wildcards) -> float | None:
        """Return the strength of the differences in a simulated cohort; None of real cells."""
        simulate = self._card(wildcards).get("simulate") or {}
        return simulate.get("status_strength", 1.0) if "donors" in simulate else None

    def statuses(self, wildcards) -> list[str]:
        """Return the statuses of a case study, the reference first."""
        return self._card(wildcards)["statuses"]

    def files_of_all_cards(self, wildcards) -> list[dict]:
        """Return the files of every dataset card that there is, chosen or not."""
        keys = ("id", "files", "alternatives")
        cards = self.plan.all_datasets().values()
        return [{key: card[key] for key in keys if key in card} for card in cards]

    def _card(self, wildcards) -> dict:
        return (self.plan.datasets | self.plan.named_sources)[wildcards.dataset]

    def _part(self, wildcards, keys: str) -> dict:
        card = self._card(wildcards)
        return {key: card[key] for key in keys.split() if key in card}
