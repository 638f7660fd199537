"""What a job comes to as a process: its command, its parameters, its environment variables."""

import os

from clear.benchmark.methods.runner.verdict import portable

METHODS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(METHODS)))
IDENTITY = ("method", "dataset", "recipe", "perturbation", "seed")


def command(job, folder):
    """Return the command that runs the method with the parameters in ``folder``."""
    is_r = job["language"] == "R"
    launch = os.path.relpath(os.path.join(METHODS, "launch.R" if is_r else "launch.py"))
    interpreter = job["interpreter"] or ("Rscript" if is_r else "python")
    flags = ["--vanilla"] if is_r else []
    return [interpreter, *flags, launch, job["script"], os.path.join(folder, "params.json")]


def shown_command(job):
    """Return the command as the record shows it: from this folder it runs the method again."""
    return portable(" ".join(command(job, job["output"])))


def parameters(job, folder):
    """Return all that the method's script is given, as ``params.json`` in ``folder``."""
    keys = (*IDENTITY, "input", "settings", "threads", "device")
    return dict({key: job[key] for key in keys}, output=folder, **job["told"])


def environment(job):
    """Return the environment variables of the method."""
    env = clean_environment()
    for library in ("OMP_NUM", "MKL_NUM", "OPENBLAS_NUM", "NUMBA_NUM", "VECLIB_MAXIMUM"):
        env[library + "_THREADS"] = str(job["threads"])
    prefix = os.path.dirname(os.path.dirname(os.path.realpath(job["interpreter"])))
    conda = os.path.isdir(os.path.join(prefix, "conda-meta"))
    env.update(
        PYTHONHASHSEED="0",
        PYTHONUNBUFFERED="1",  # what a killed method has printed is in the log
        MPLBACKEND="Agg",
        # packages built for the system's R crash conda's; R takes a blank value for the default
        R_LIBS_USER="NULL" if conda else "",
        R_PROFILE_USER="",
        R_ENVIRON_USER="",
    )
    if job["device"] == "cpu":
        env["CUDA_VISIBLE_DEVICES"] = ""
    return env


def check_command(job, folder):
    """Return the command that checks what the method wrote, and its environment variables."""
    outputs = ",".join(job["outputs"])
    module = ["-P", "-m", "clear.benchmark.methods.check"]
    env = dict(clean_environment(), PYTHONPATH=ROOT)
    return [job["check_python"], *module, folder, job["input"], outputs], env


def clean_environment():
    """Return this process's environment variables without what brings in a user's own packages."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    env["PYTHONNOUSERSITE"] = "1"
    return env
