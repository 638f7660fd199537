"""What the rules ask: inputs, parameters and orders, for given wildcards.

Snakemake repeats a job when its recorded parameters change. What becomes one therefore holds no
path of this machine, and no more of a card than the step depends on.
"""

from collections.abc import Callable
from pathlib import Path

from clear.benchmark.dataset_steps import DatasetSteps
from clear.benchmark.method_runs import MethodRuns
from clear.benchmark.plan import Plan
from clear.benchmark.record import failures
from clear.benchmark.rule_code import RuleCode


class Workflow:
    """A plan in the terms of Snakemake; ``data`` and ``methods`` answer for their rules.

    Parameters
    ----------
    plan
        The checked configuration.
    root
        The repository.
    with_conda
        Whether Snakemake makes the environments; else uv makes those that need their own.
    """

    def __init__(self, plan: Plan, root: Path, with_conda: bool):
        self.run = f"results/{plan.config['run']}"
        self.code = RuleCode(root, with_conda)
        self.data = DatasetSteps(plan, self.code)
        self.methods = MethodRuns(plan, self.code, self.run)

    def sources(self, *names: str) -> Callable:
        """Return a parameter of a rule: what code it runs.

        Parameters
        ----------
        names
            The rule's script, and what no import in it shows, as templates and modules that are
            loaded by name; see :meth:`clear.benchmark.rule_code.RuleCode.files`.
        """
        files = self.code.files(*names)
        return lambda wildcards: self.code.of(files)

    def scoring(self, wildcards) -> dict:
        """Return what code scores a task."""
        return self.code.scoring(wildcards.task)

    def failures(self, folder: str) -> Callable:
        """Return the parameter by which a step that failed is tried again by the next command."""
        return lambda wildcards: failures(Path(folder.format(**dict(wildcards.items()))))
