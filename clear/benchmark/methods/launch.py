"""Start one method script of Python and report what it ran with.

    python clear/benchmark/methods/launch.py SCRIPT PARAMS_JSON

The script runs as ``__main__`` in the folder of PARAMS_JSON (so that stray files of a package land
there and nowhere else) and can ``import contract``: the copy in that folder, else the one here.
Beside PARAMS_JSON this leaves ``versions.json``: the Python version, the versions of the
distributions that were imported, the device, the peak GPU memory, and what the script said to
`contract.computed_by`. Exit codes 98 and 99 are explained in ``reason.txt``.

Standard library only and Python 3.7 syntax, as in the runner.
"""

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


def main(script, params):
    """Run ``script`` with ``params``; return the exit code."""
    script, params = os.path.abspath(script), os.path.abspath(params)
    folder, work = os.path.dirname(script), os.path.dirname(params)
    os.chdir(work)
    sys.argv[:] = [script, params]
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != HERE]
    sys.path.insert(0, folder)  # modules that lie beside the script
    if ROOT not in sys.path:  # last: an installed `clear` comes before the repository's
        sys.path.append(ROOT)
    try:
        _load_contract(work)
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
        with open(os.path.join(work, "reason.txt"), "w") as handle:
            handle.write(_sentence(error, folder) + "\n")
        return 1
    finally:
        with open(os.path.join(work, "versions.json"), "w") as handle:
            json.dump(_report(), handle)


def _report():
    """Return what the runner merges into the status file."""
    report = {"python": platform.python_version(), "versions": _versions()}
    settings = sys.modules.get("contract.settings")
    if settings is not None:
        report["unread"] = ", ".join(settings.unread())
    computed = sys.modules.get("contract.computed")
    if computed is not None:
        report["computed_by"] = computed.FACTS
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


def _load_contract(work):
    """Import the folder ``contract`` under that name, whatever is installed."""
    folder = os.path.join(work, "contract")
    folder = folder if os.path.isdir(folder) else os.path.join(HERE, "contract")
    spec = importlib.util.spec_from_file_location(
        "contract", os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    sys.modules["contract"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["contract"])


def _print_error(error, script):
    """Print the traceback from the script on: what lies above is this file."""
    frames = error.__traceback__
    start = frames
    while start is not None and start.tb_frame.f_code.co_filename != script:
        start = start.tb_next
    traceback.print_exception(type(error), error, start or frames)


def _sentence(error, folder):
    """Return an exception in one line, with the line of the method's own code that led to it."""
    lines = traceback.format_exception_only(type(error), error)
    sentence = next(line for line in lines if not line.startswith(" ")).splitlines()[0]
    own = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if os.path.dirname(frame.filename) == folder
    ]
    if own:
        place = os.path.basename(own[-1].filename), own[-1].lineno, own[-1].line
        sentence += " ({}, line {}: {})".format(*place)
    return sentence


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: launch.py SCRIPT PARAMS_JSON")
    code = main(*sys.argv[1:])
    sys.stdout.flush()
    sys.exit(code)
