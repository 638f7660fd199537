# What every rule file needs: the checked plan, where results go, hashes of sources, the lock.
import fcntl
import os

from snakemake.exceptions import WorkflowError

from clear.benchmark.cards import CardError
from clear.benchmark.plan import load_plan
from clear.benchmark.sources import source_hash

try:
    PLAN = load_plan(config, ROOT)
except CardError as error:
    raise WorkflowError(str(error)) from None

RUN = f"results/{PLAN.config['run']}"
WITH_CONDA = "conda" in {
    str(method.value) for method in workflow.deployment_settings.deployment_method
}
# A rule's environment has its own python; without conda all share the one that runs Snakemake.
PYTHON = "python" if WITH_CONDA else sys.executable


wildcard_constraints:
    dataset="|".join(PLAN.datasets),
    method="|".join(PLAN.methods),
    variant="[a-z0-9]+",
    seed="[0-9]+",


def script_hash(*names):
    """Hash of scripts and all they import from the package: an edit reruns what uses it."""
    return source_hash(*(ROOT / name for name in names))


def card_keys(card, keys):
    """The part of a card that a step depends on, so that a new title reruns nothing."""
    return {key: card[key] for key in keys.split() if key in card}


onstart:
    # The kernel releases this lock when the process ends, however it ends.
    Path(RUN).mkdir(parents=True, exist_ok=True)
    LOCK = os.open(f"{RUN}/.lock", os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(LOCK, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise WorkflowError(
            f"Another snakemake is working on {RUN}: wait for it or choose another run."
        ) from None
