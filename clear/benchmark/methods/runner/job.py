"""What a job comes to as a process: its command, its parameters, its environment variables."""

import os
import re

from clear.benchmark.methods.runner.verdict import portable

METHODS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(METHODS)))
IDENTITY = ("method", "dataset", "recipe", "perturbation", "seed")


#: Environment variables that a method gets; any other may say what is run, and where.
KEPT = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|LANG|TZ|LD_(LIBRARY_PATH|PRELOAD)"
    r"|(LC|XDG|CUDA|NVIDIA|HIP|ROCR|HSA|CONDA|R|DYLD)_\w+"
)


def command(job, script, params):
    """Return the command that runs a method's script with a file of parameters."""
    is_r = job["language"] == "R"
    launch = os.path.join(METHODS, "launch.R" if is_r else "launch.py")
    interpreter = job["interpreter"] or ("Rscript" if is_r else "python")
    return [interpreter, *(["--vanilla"] if is_r else []), launch, script, params]


def shown_command(job):
    """Return the command that repeats the run from this folder, without limits and wall."""
    return portable(" ".join(command(job, job["script"], f"{job['output']}/params.json")))


def parameters(job, input_file, told):
    """Return the content of ``params.json``; paths are relative to its folder."""
    keys = ("method", "seed", "settings", "threads", "device")
    return dict({key: job[key] for key in keys}, input=input_file, **told)


def repeat_parameters(job):
    """Return the parameters for the record: with the paths of the prepared files themselves."""
    told = dict(job["told"])
    if "truth" in told:
        told["truth"] = os.path.relpath(job["truth"], job["output"])
    if "source" in told:
        data = os.path.relpath(job["source"]["data"], job["output"])
        told["source"] = os.path.join(data, "input.h5ad")
        told["source_truth"] = os.path.join(data, "truth.tsv")
    return parameters(job, os.path.relpath(job["input"], job["output"]), told)


def environment(job, work):
    """Return the environment variables of the method."""
    env = {key: value for key, value in os.environ.items() if KEPT.fullmatch(key)}
    for library in ("OMP_NUM", "MKL_NUM", "OPENBLAS_NUM", "NUMBA_NUM", "VECLIB_MAXIMUM"):
        env[library + "_THREADS"] = str(job["threads"])
    prefix = os.path.dirname(os.path.dirname(os.path.realpath(job["interpreter"])))
    env.update(
        TMPDIR=os.path.join(work, "tmp"),
        PYTHONNOUSERSITE="1",
        PYTHONHASHSEED="0",
        PYTHONUNBUFFERED="1",  # what a killed method has printed is in the log
        MPLBACKEND="Agg",
        # packages built for the system's R crash conda's; R takes a blank value for the default
        R_LIBS_USER="NULL" if is_conda(prefix) else "",
        R_PROFILE_USER="",
        R_ENVIRON_USER="",
    )
    if job["device"] == "cpu":
        env["CUDA_VISIBLE_DEVICES"] = ""
    return env


def is_conda(prefix):
    """Tell whether a folder is an environment of conda."""
    return os.path.isdir(os.path.join(prefix, "conda-meta"))


def check_command(job, folder):
    """Return the command that checks what the method wrote, and its environment variables."""
    return _ours(job, "check", folder, job["input"], ",".join(job["outputs"]))


def told_command(job, input_file, columns):
    """Return the command that adds columns to the input, and its environment variables."""
    return _ours(job, "told", input_file, job["truth"], *columns)


def _ours(job, module, *arguments):
    """Return the command that runs a module of ours in the main environment."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    env.update(PYTHONNOUSERSITE="1", PYTHONPATH=ROOT)
    module = f"clear.benchmark.methods.{module}"
    return [job["check_python"], "-P", "-m", module, *arguments], env
