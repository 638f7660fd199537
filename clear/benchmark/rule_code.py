"""What code a rule runs, as a parameter of it: Snakemake repeats a job when that changes.

Modules that are loaded by name are named here: the readers of a dataset, a task and its metrics.
"""

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from clear.benchmark.code_hash import dependencies, packages, source_hash
from clear.benchmark.data.readers import READERS
from clear.benchmark.methods.installed import installed, modules
from clear.benchmark.metrics.metric import families
from clear.benchmark.tasks.registry import all_tasks
from clear.presets import PRESETS

METHODS = "clear/benchmark/methods"
RUNNER = {
    "python": ("runner/__main__.py", "check.py", "told.py", "launch.py", "contract/*.py"),
    "R": ("runner/__main__.py", "check.py", "told.py", "launch.R", "contract.R"),
}
#: Packages that serve the work; no result depends on them.
TOOLS = {"filelock", "psutil", "requests", "snakemake", "tqdm", "urllib3"}


class RuleCode:
    """Hashes of code with the versions of the packages that it uses.

    Parameters
    ----------
    root
        The repository.
    with_conda
        Whether Snakemake makes the environments. It then looks at them itself, and the versions
        are left out.
    """

    def __init__(self, root: Path, with_conda: bool):
        self.root = root
        self.with_conda = with_conda

    def files(self, *names: str) -> list[Path]:
        """Return files below the repository; ``*`` in a file's name stands for any text.

        Raises
        ------
        FileNotFoundError
            There is no such file.
        """
        found = []
        for path in (self.root / name for name in names):
            if not (here := sorted(path.parent.glob(path.name))):
                raise FileNotFoundError(f"A rule runs {path}, which does not exist.")
            found += here
        return found

    def of(self, files: Iterable[Path]) -> dict:
        """Return the hash of files and of what they import, and the versions of packages."""
        used = {"code": source_hash(*files)}
        if not self.with_conda:
            versions = installed(self.root / "envs/main.yaml", "python")
            names = packages(*files)
            used["packages"] = {
                package: version
                for package, version in versions.items()
                if package not in TOOLS and modules(package) & names
            }
        return used

    def reading(self, readers: set[str]) -> dict:
        """Return what reads a dataset that may need these readers, and no others."""
        entries = {name: READERS[name] for name in sorted(readers)}
        used = {name: (entry.function, entry.needs_unit) for name, entry in entries.items()}
        files = [f"{entry.function.rsplit('.', 1)[0]}.py" for entry in entries.values()]
        files = [f"clear/benchmark/data/readers/{file}" for file in files]
        return self.of(self.files("scripts/data/read.py", *files)) | {"readers": used}

    def scoring(self, task: str) -> dict:
        """Return what scores a task: its module, and the families of its metrics."""
        kinds = {track.of for track in all_tasks()[task].tracks.values()}
        names = ["scripts/tasks/score.py", f"clear/benchmark/tasks/{task}.py"]
        names += [
            f"clear/benchmark/metrics/{family}.py"
            for family, metrics in families().items()
            if kinds & {metric.of for metric in metrics.values()}
        ]
        return self.of(self.files(*names))

    def method(self, card: dict, settings: dict) -> dict:
        """Return what a method runs through: what lies beside its script, the contract, the runner.

        The hash of the code leaves the presets of CLEAR out, so that another number in one of them
        is no reason to run a method with another one again: a method that imports them has the
        one that its settings name beside the hash, or else all of them.
        """
        own = [path for path in card["_script"].parent.rglob("*") if path.is_file()]
        own = [path for path in own if "__pycache__" not in path.parts]
        runner = self.files(*(f"{METHODS}/{name}" for name in RUNNER[card["language"]]))
        used = {"source_hash": source_hash(*own, *runner)}
        if self.root / "clear/presets/__init__.py" in dependencies(card["_script"]):
            chosen = settings.get("preset")
            names = [chosen] if chosen in PRESETS else PRESETS
            used["presets"] = {name: asdict(PRESETS[name]) for name in names}
        if not (self.with_conda or card["isolated"]):  # else the environment is built as pinned
            versions = installed(card["_env"], card["language"])
            used["packages"] = {k: v for k, v in versions.items() if k not in TOOLS}
        return used
