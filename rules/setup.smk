# What all share: the checked plan, where results go, the lock.
from snakemake.exceptions import WorkflowError

from clear.benchmark.settings import CardError
from clear.benchmark.locks import lock
from clear.benchmark.plan import load_plan
from clear.benchmark.tasks.registry import all_tasks
from clear.benchmark.workflow import Workflow

deployment = {
    str(method.value) for method in workflow.deployment_settings.deployment_method
}
try:
    PLAN = load_plan(config, ROOT)
    FLOW = Workflow(PLAN, ROOT, with_conda="conda" in deployment)
except CardError as error:
    raise WorkflowError(str(error)) from None

RUN = FLOW.run
LOCK = []  # the open file: closing it would release the run's lock


wildcard_constraints:
    dataset="|".join(PLAN.datasets),
    method="|".join(PLAN.methods),
    recipe="|".join(PLAN.config["recipes"]),
    perturbation="|".join(PLAN.config["perturbations"]),
    seed="[0-9]+",
    task="|".join(all_tasks()),


onstart:
    Path(RUN).mkdir(parents=True, exist_ok=True)
    LOCK.append(Path(RUN, ".lock").open("a"))
    if not lock(LOCK[0], wait=False):
        raise WorkflowError(
            f"Another snakemake is working on {RUN}: wait for it or choose another run."
        )
