# What all share: the checked plan, where results go, the lock.
import atexit

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

from clear.benchmark.locks import lock
from clear.benchmark.methods.runner.allocation import SUBMITTED
from clear.benchmark.notes import notes
from clear.benchmark.plan import load_plan
from clear.benchmark.record import no_data
from clear.benchmark.settings import CardError
from clear.benchmark.tasks.registry import all_tasks
from clear.benchmark.workflow import Workflow
from clear.errors import ClearError

LEAST_JOBS = 10_000  # with job arrays

deployment = {
    str(method.value) for method in workflow.deployment_settings.deployment_method
}
try:
    PLAN = load_plan(config, ROOT)
    FLOW = Workflow(PLAN, ROOT, with_conda="conda" in deployment)
except CardError as error:
    raise WorkflowError(str(error)) from None

RUN = FLOW.run
if workflow.is_main_process:
    here = workflow.resource_settings.nodes is None  # the executor is not known yet
    for note in notes(PLAN, RUN, Path("results/downloads"), here):
        logger.warning(note)
LOCK = []  # the open file: closing it would release the run's lock


wildcard_constraints:
    dataset="|".join([*PLAN.datasets, *PLAN.sources]),
    method="|".join(PLAN.methods),
    recipe="|".join(PLAN.config["recipes"]),
    perturbation="|".join({"none", *(p for _, _, p in PLAN.preparations)}),
    seed="[0-9]+",
    task="|".join(all_tasks()),


onstart:
    if not workflow.local_exec:
        environ[SUBMITTED] = "1"  # jobs inherit it
        arrays = getattr(workflow.executor_settings, "array_jobs", None)
        if (
            arrays not in (None, "none")
            and workflow.resource_settings.nodes < LEAST_JOBS
        ):
            raise WorkflowError(
                f"With job arrays SLURM does the queueing: give --jobs {LEAST_JOBS} or more, or "
                "no arrays (--slurm-array-jobs none). The plugin would wait for ever for jobs of "
                "an array that --jobs holds back."
            )
    try:
        Path(RUN).mkdir(parents=True, exist_ok=True)
        LOCK.append(Path(RUN, ".lock").open("a"))
    except OSError as error:
        raise WorkflowError(
            f"{RUN} cannot be written ({error.strerror})."
        ) from None
    if not lock(LOCK[0], wait=False):
        raise WorkflowError(
            f"Another snakemake is working on {RUN}: wait for it or choose another run."
        )


onerror:
    # Said again below Snakemake's own last lines, where people look.
    try:
        no_data(
            Path(RUN, "data"),
            [f for f in map(Path, RECORDS) if (f / "status.json").exists()],
        )
    except ClearError as error:
        atexit.register(print, f"error: {error}", file=sys.stderr)
