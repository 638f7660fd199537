"""The wall around a method: with bubblewrap it sees its folder and its environment, nothing else.

Of the machine there are the system's programs and libraries, the interpreter with its packages,
the package ``clear`` and the GPUs, all to read; to write, the run's folder and a folder for what
its packages compile (Numba, Matplotlib, bytecode), which only runs of the same method share. What
Numba compiled of the packages comes with them. There is no network and no process but its own.
Where bubblewrap is missing, or the kernel lets nobody make namespaces (in many containers), the
method runs in its folder without the wall, and the record says so.
"""

import contextlib
import glob
import itertools
import json
import os
import shutil
import subprocess

from clear.benchmark.methods.runner import ending
from clear.benchmark.methods.runner.job import ROOT, is_conda
from clear.benchmark.methods.runner.processes import Usage

SYSTEM = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/opt", "/sys"]
SYSTEM += ["/nix", "/gnu"]
DEVICES = ("/dev/nvidia*", "/dev/dri", "/dev/kfd")
HOME = "/home/method"
PATIENCE_S = 60
PACKAGES = ("site-packages", "dist-packages")
DEPTHS = ("*", "*/*")  # of folders of packages with compiled code; deeper ones take long to list

_PLACES = {
    "python": ["-I", "-c", "import json, sys; print(json.dumps("
               "[sys.prefix, sys.base_prefix] + sys.path))"],
    "R": ["--vanilla", "-e", "cat(sprintf('[%s]', toString(shQuote("
          "c(R.home(), .libPaths()), 'cmd'))))"],
}  # fmt: skip
_NOTHING = {"python": ["-I", "-c", "0"], "R": ["--vanilla", "-e", "0"]}


def wall(job, work, env):
    """Return what stands before a method's command, and whether that isolates it.

    Parameters
    ----------
    job : dict
        From `order.complete`.
    work : str
        The run's folder.
    env : dict
        The method's environment variables. Where the wall stands ``HOME`` is set in it, and where
        the bytecode of an environment that uv built is kept.

    Returns
    -------
    tuple of (list of str, str)
        Empty, and ``no: `` with the reason, where nothing isolates the method; else ``yes``.
    """
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        return [], "no: bubblewrap is not installed"
    try:
        before = [bwrap, *_sandbox(job, work, env)]
        _ask([*before, job["interpreter"], *_NOTHING[job["language"]]], env)
        # bubblewrap's inner process may end last, an orphan: it must not count as the method's
        ending.end_all(None, None, Usage())
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        said = (getattr(error, "stderr", None) or b"").decode("utf-8", "replace").strip()
        reason = said.splitlines()[-1] if said else str(error)
        return [], f"no: bubblewrap does not work here ({reason})"
    env["HOME"] = HOME
    if job["environment"]:  # uv compiles nothing, and within the wall nothing is written beside it
        env["PYTHONPYCACHEPREFIX"] = HOME + "/bytecode"
    return before, "yes"


def _sandbox(job, work, env):
    cache = os.path.abspath(job["cache"])
    os.makedirs(cache, exist_ok=True)
    options = ["--unshare-all", "--unshare-user", "--cap-drop", "ALL", "--die-with-parent"]
    options += ["--dev", "/dev", "--proc", "/proc"]
    # first, so that a clone or an environment below /tmp stays visible
    options += ["--bind", os.path.join(work, "tmp"), "/tmp", "--bind", cache, HOME]
    folders = _environment(job, env)
    for path in SYSTEM + folders:
        options += ["--ro-bind-try", path, path]
    for path in [found for pattern in DEVICES for found in glob.glob(pattern)]:
        options += ["--dev-bind-try", path, path]
    return [*options, *_compiled(work, folders), "--bind", work, work, "--chdir", work]


def _compiled(work, folders):
    """Return options that hand in what Numba compiled of packages outside the wall.

    Numba reads only where it can write: it gets copies, which end with the run.
    """
    caches = {}
    packages = [path for path in folders if os.path.basename(path) in PACKAGES]
    for folder, depth in itertools.product([os.path.join(ROOT, "clear"), *packages], DEPTHS):
        for path in glob.glob(os.path.join(glob.escape(folder), depth, "__pycache__", "*.nb[ic]")):
            caches.setdefault(os.path.dirname(path), []).append(path)
    options = []
    for number, (place, paths) in enumerate(sorted(caches.items())):
        copy = os.path.join(work, "compiled", str(number))
        try:
            os.makedirs(copy)
        except OSError:  # a full disk, for instance: no reason to run without the wall
            return options
        for path in paths:
            with contextlib.suppress(OSError):  # one that is missing is compiled again
                shutil.copy(path, copy)
        options += ["--bind", copy, place]
    return options


def _environment(job, env):
    """Return the folders of the interpreter, its packages and libraries, and of ``clear``.

    A folder that holds the results or the repository is left out: what lies in it is not the
    environment's alone.
    """
    found = json.loads(_ask([job["interpreter"], *_PLACES[job["language"]]], env).decode())
    prefix = os.path.dirname(os.path.dirname(os.path.realpath(job["interpreter"])))
    found += [prefix] if is_conda(prefix) else []
    found += env.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    found += [os.path.realpath(path) for path in found if path]
    hidden = [os.path.realpath(path) for path in (".", ROOT, job["data"], job["output"])]
    folders = [path for path in found if os.path.isabs(path) and not _holds(path, hidden)]
    # an inner folder comes after the outer one, which would cover it
    return sorted({*folders, os.path.join(ROOT, "clear")})


def _holds(folder, hidden):
    folder = os.path.join(os.path.realpath(folder), "")
    return any(os.path.join(path, "").startswith(folder) for path in hidden)


def _ask(command, env):
    """Run a program that has to succeed and return what it printed."""
    return subprocess.run(
        command,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=PATIENCE_S,
        check=True,
    ).stdout
