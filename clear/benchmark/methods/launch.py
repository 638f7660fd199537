"""Start one method script of Python and report what it ran with.

    python clear/benchmark/methods/launch.py SCRIPT PARAMS_JSON

The script runs as ``__main__`` in the folder of PARAMS_JSON (so that stray files of a package land
there and nowhere else) and can ``import contract`` wherever it lies. Beside PARAMS_JSON this leaves
``versions.json``: the Python version, the versions of the distributions that were imported, the
device and the peak GPU memory. Exit codes 98 and 99 are explained in ``reason.txt``.

Standard library only and Python 3.7 syntax (see `runner.py`).
"""

import importlib.machinery
import importlib.util
import json
import os
import platform
import re
import runpy
import sys
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, os.pardir, os.pardir, os.pardir))
NOT_INSTALLED = 98
MB = 1024.0**2


class MethodsAreNotModules:
    """Import finder that never takes a method script for the package it is named after.

    ``scvi.py`` imports the package scvi. Its folder is the last of ``sys.path``, but the package
    may be missing, or found only after ``sys.path`` (editable installs). Other files of the folder
    are imported as usual.
    """

    def __init__(self, folder):
        self._folder = folder

    def find_spec(self, name, path=None, target=None):
        """Find top-level ``name`` anywhere but in the folder of method scripts."""
        script = os.path.join(self._folder, name + ".py")
        if path is not None or not _is_method(script):
            return None
        elsewhere = [entry for entry in sys.path if entry != self._folder]
        for finder in sys.meta_path:
            if finder is not self and hasattr(finder, "find_spec"):
                is_path = finder is importlib.machinery.PathFinder
                spec = finder.find_spec(name, elsewhere if is_path else None)
                if spec is not None:
                    return spec
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def main(script, params):
    """Run ``script`` with ``params``; return the exit code."""
    script, params = os.path.abspath(script), os.path.abspath(params)
    folder, work = os.path.dirname(script), os.path.dirname(params)
    contract = os.path.join(HERE, os.pardir, os.pardir, os.pardir, "scripts", "methods")
    contract = os.environ.get("CONTRACT_PY") or os.path.join(contract, "contract.py")
    contract = os.path.abspath(contract)
    os.environ["CONTRACT_ROOT"] = os.getcwd()  # paths in PARAMS_JSON are relative to here
    os.chdir(work)
    sys.argv[:] = [script, params]
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != HERE]
    # last, so that what is installed comes first: the repository, for `clear` where an environment
    # does not have it, and the script's own folder
    sys.path += [entry for entry in (ROOT, folder) if entry not in sys.path]
    sys.meta_path.insert(0, MethodsAreNotModules(folder))
    try:
        _load("contract", contract)
        runpy.run_path(script, run_name="__main__")
        return 0
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except ModuleNotFoundError as error:
        _print_error(error, script)
        reason = "the Python package {!r} is not installed in the method's environment"
        with open(os.path.join(work, "reason.txt"), "w") as handle:
            handle.write(reason.format(error.name) + "\n")
        return NOT_INSTALLED
    except BaseException as error:
        _print_error(error, script)
        return 1
    finally:
        with open(os.path.join(work, "versions.json"), "w") as handle:
            json.dump(_report(), handle)


def _report():
    """Return what the runner merges into the status file."""
    report = {"python": platform.python_version(), "versions": _versions()}
    torch = sys.modules.get("torch")
    if torch is not None:
        report["device"] = "cpu"
        if torch.cuda.is_available() and torch.cuda.is_initialized():
            report["device"] = "cuda: " + torch.cuda.get_device_name()
            report["peak_gpu_memory_mb"] = round(torch.cuda.max_memory_allocated() / MB, 1)
    return report


def _versions():
    """Return {distribution: version} of everything that was imported."""
    imported = {name.partition(".")[0] for name in sys.modules}
    try:
        from importlib import metadata
    except ImportError:  # Python 3.7
        versions = {name: getattr(sys.modules.get(name), "__version__", None) for name in imported}
        return {name: value for name, value in sorted(versions.items()) if type(value) is str}
    versions = {}
    for found in metadata.distributions():
        modules = (found.read_text("top_level.txt") or "").split()
        if not modules:  # built without setuptools: the modules are what its files lie in
            files = found.read_text("RECORD") or ""
            modules = re.findall(r"^(\w+)(?:/__init__)?\.(?:py|[\w.-]+\.so|so),", files, re.M)
        if imported.intersection(modules):
            versions.setdefault(found.metadata["Name"], found.version)
    return dict(sorted(versions.items()))


def _is_method(path):
    try:
        with open(path, encoding="utf-8") as handle:
            return "read_params" in handle.read()
    except (OSError, UnicodeDecodeError):
        return False


def _load(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


def _print_error(error, script):
    """Print the traceback from the script on: what lies above is this file."""
    frames = error.__traceback__
    start = frames
    while start is not None and start.tb_frame.f_code.co_filename != script:
        start = start.tb_next
    traceback.print_exception(type(error), error, start or frames)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: launch.py SCRIPT PARAMS_JSON")
    code = main(*sys.argv[1:])
    sys.stdout.flush()
    sys.exit(code)
