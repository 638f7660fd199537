"""What a method can reach: with bubblewrap its folder and environment, without it what it is given.

The three scripts of the issue: one that looks for the truth, one that damages its input, one that
writes where it likes.
"""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pynndescent
import pytest

REFUSED = "bwrap: Creating new namespace failed: Operation not permitted"
#: Every place that a script is given, and the folders around each.
LOOKS = """
    import json, os, sys
    from contract import read_input, read_params, write_embedding

    params = read_params()
    data = read_input(params)
    X = data.dense("X")[:, :4]
    given = [os.getcwd(), __file__, *sys.argv, *vars(params).values()]
    given += [entry for name, value in os.environ.items()
              if name != "PATH" for entry in value.split(":")]
    places = [value for value in given if isinstance(value, str) and os.path.isabs(value)]
"""


@pytest.fixture(scope="session")
def bubblewrap():
    """Skip where bubblewrap is missing or the kernel refuses namespaces."""
    try:
        command = ["bwrap", "--unshare-all", "--ro-bind", "/", "/", "--proc", "/proc", "true"]
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("bubblewrap does not work on this machine")


@pytest.fixture(params=["isolated", "not isolated"])
def walled(request, run, tmp_path):
    """Run a script with the wall, and where the kernel refuses it; say whether it stood."""
    if request.param == "isolated":
        request.getfixturevalue("bubblewrap")
        variables, expected = {}, "yes"
    else:
        program = tmp_path / "bin/bwrap"
        program.parent.mkdir()
        program.write_text(f"#!/bin/sh\necho '{REFUSED}' >&2\nexit 1\n")
        program.chmod(0o755)
        variables = {"PATH": f"{program.parent}:{os.environ['PATH']}"}
        expected = f"no: bubblewrap does not work here ({REFUSED})"

    def start(script, **changes):
        result = run(script, variables=variables, **changes)
        assert result.status["isolated"] == expected
        return result, expected == "yes"

    return start


def test_nothing_that_a_method_is_given_leads_to_the_truth(walled, tmp_path, repository):
    script = LOOKS + """
    known = {path for place in places for path in (place, os.path.realpath(place))}
    known |= {os.path.dirname(place) for place in known}
    names = [name for _, _, names in os.walk(params.output) for name in names]
    names += [name for path in known if os.path.isdir(path) for name in os.listdir(path)]
    assert "input.h5ad" in names and "truth.tsv" not in names, names
    print(json.dumps([sorted(known), vars(params), dict(os.environ)]))
    write_embedding(params, X, data.cells)
    """  # fmt: skip
    changes = {"dataset": "baron_mouse", "recipe": "released", "perturbation": "dropout10"}
    output = tmp_path / "run/baron_mouse/released/dropout10/looks/seed0"
    result, _ = walled(script, output=str(output), **changes)
    assert result.status["status"] == "ok", result.log
    known, params, environment = json.loads(result.log.splitlines()[-1])
    assert not set(params) & {"dataset", "recipe", "perturbation"} and params["truth"] is None
    said = json.dumps([known, params, environment])
    said = said.replace(environment["PATH"], "")  # the environment's own programs
    hidden = [str(tmp_path), str(repository), *changes.values()]
    assert not [word for word in hidden if word in said], said


def test_a_cheating_script_finds_no_truth(walled, prepared, repository):
    """It walks up from its input and its interpreter, and reads the repository and the results."""
    script = LOOKS + f"""
    above, folder = [], os.path.dirname(params.input)
    while folder != "/":
        above.append(os.path.join(folder, "truth.tsv"))
        folder = os.path.dirname(folder)
    outside = [{str(prepared.truth)!r}, {str(prepared.folder)!r}, {str(repository / "config")!r}]
    print(json.dumps([[os.path.exists(path) for path in paths] for paths in (above, outside)]))
    write_embedding(params, X, data.cells)
    """  # fmt: skip
    result, isolated = walled(script)
    assert result.status["status"] == "ok", result.log
    above, outside = json.loads(result.log.splitlines()[-1])
    assert not any(above)
    assert outside == ([False] * 3 if isolated else [True] * 3)


def test_a_damaging_script_hurts_nobody_else(walled, prepared, embeds):
    before = prepared.input.read_bytes()
    zero = "\n    with open(params.input, 'r+b') as file: file.write(bytes(1000))\n"
    result, _ = walled(embeds + zero)
    assert result.status["status"] == "bad_output"
    assert "changed its input" in result.status["message"]
    assert result.outputs == set()
    result, _ = walled(embeds + "\n    import os; os.remove(params.input)\n")
    assert "removed its input" in result.status["message"]
    assert prepared.input.read_bytes() == before
    assert walled(embeds)[0].status["status"] == "ok"


def test_a_straying_script_writes_outside_only_where_the_record_says_so(walled, embeds, tmp_path):
    target = tmp_path / "config/methods"
    target.mkdir(parents=True)
    stray = f"""
    import os, pathlib
    pathlib.Path("beside.txt").write_text("in its own folder")
    for place in ({str(target)!r}, "/usr/lib", "/etc", os.path.dirname(os.__file__)):
        try:
            pathlib.Path(place, "stray-{os.getpid()}.txt").write_text("x")
            print("wrote", place)
        except OSError as error:
            print("refused", place)
    """
    try:
        result, isolated = walled(embeds + stray)
        assert result.status["status"] == "ok", result.log
        assert result.outputs == {"embedding.h5"}
        if isolated:
            assert "wrote" not in result.log
            assert list(target.iterdir()) == []
    finally:
        for place in ("/usr/lib", "/etc", Path(os.__file__).parent):
            Path(place, f"stray-{os.getpid()}.txt").unlink(missing_ok=True)


def test_behind_the_wall_there_is_no_network_and_no_other_process(bubblewrap, run, embeds):
    script = (
        embeds
        + """
    import os, socket
    print(len([name for name in os.listdir("/proc") if name.isdigit()]))
    socket.create_connection(("192.0.2.1", 80), timeout=5)
    """
    )
    result = run(script)
    assert result.status["isolated"] == "yes"
    assert "Network is unreachable" in result.status["message"]
    assert int(result.log.splitlines()[1]) <= 3


def test_the_trial_of_the_wall_leaves_nothing_that_counts_as_the_methods(
    bubblewrap, repository, tmp_path
):
    """Where a program before has made this process the one that adopts orphans."""
    code = """
        import os, sys

        from clear.benchmark.methods.runner import ending
        from clear.benchmark.methods.runner.wall import wall

        ending.adopt_orphans()
        job = {"interpreter": sys.executable, "language": "python", "environment": None}
        job.update(dict.fromkeys(["cache", "data", "output"], sys.argv[1]))
        assert wall(job, sys.argv[1], {})[1] == "yes"
        try:
            sys.exit(f"left: {os.waitid(os.P_ALL, 0, os.WEXITED)}")
        except ChildProcessError:
            pass
    """
    (tmp_path / "tmp").mkdir()
    command = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path)]
    subprocess.run(command, cwd=repository, check=True)


def test_what_packages_compile_is_kept_for_runs_of_the_same_method(bubblewrap, run, tmp_path):
    script = """
        from pathlib import Path
        from contract import read_params
        params = read_params()
        print(Path.home().joinpath("seen").exists())
        Path.home().joinpath("seen").write_text("x")
    """
    logs = [run(script, outputs=[]).log.split()[-1] for _ in range(2)]
    logs.append(run(script, outputs=[], cache=str(tmp_path / "other")).log.split()[-1])
    assert logs == ["False", "True", "False"]


def test_bytecode_of_an_environment_of_its_own_is_kept(bubblewrap, run, repository, tmp_path):
    folder = tmp_path / "environment"
    folder.mkdir()
    python = os.path.relpath(sys.executable, repository)
    (folder / "environment.json").write_text(json.dumps({"python": python}))
    (folder / "status.json").write_text('{"status": "ok"}')
    result = run("import contract; contract.read_params()", outputs=[], environment=str(folder))
    assert result.status["isolated"] == "yes"
    (kept,) = tmp_path.glob("cache/bytecode/**/contract/__init__.*.pyc")
    assert kept.stat().st_size > 0


def test_kernels_compiled_outside_serve_and_are_safe_from_the_method(bubblewrap, run, repository):
    command = [sys.executable, "scripts/compile.py"]
    subprocess.run(command, cwd=repository, check=True, capture_output=True)
    kernels = sorted((repository / "clear/fast/__pycache__").glob("*.nb?"))
    kernels += sorted((Path(pynndescent.__file__).parent / "__pycache__").glob("*.nb?"))
    before = [path.read_bytes() for path in kernels]
    script = """
        from pathlib import Path
        import anndata, numpy
        from contract import read_params
        from clear import CLEAR
        from clear.fast import kernels
        from pynndescent import utils

        read_params()
        CLEAR(epochs=1, verbose=False).fit(anndata.AnnData(numpy.eye(9)))
        for function in (kernels.distort, utils.norm, utils.tau_rand_int):
            print(sum(function.stats.cache_misses.values()), "were compiled here")
        for module in (kernels, utils):
            for path in Path(module.__file__).parent.glob("__pycache__/*.nb?"):
                path.write_bytes(b"poison")
                print("written")
    """
    log = run(script, outputs=[]).log
    assert log.count("0 were compiled here\n") == 3
    assert log.count("written\n") == len(kernels) > 20
    assert [path.read_bytes() for path in kernels] == before


def test_without_bubblewrap_the_record_says_so(run, embeds, tmp_path):
    folder = tmp_path / "few"
    folder.mkdir()
    for name in ("sh", "env"):
        (folder / name).symlink_to(f"/bin/{name}")
    result = run(embeds, variables={"PATH": str(folder)})
    assert result.status["status"] == "ok", result.log
    assert result.status["isolated"] == "no: bubblewrap is not installed"


def test_a_control_gets_the_labels_as_a_file_of_its_own(walled, prepared):
    script = LOOKS + """
    assert os.path.dirname(params.truth) == params.output, params.truth
    assert os.path.basename(params.truth) == "truth.tsv"
    assert len(open(params.truth).readlines()) == 91
    write_embedding(params, X, data.cells)
    """  # fmt: skip
    result, _ = walled(script, told=["labels"])
    assert result.status["status"] == "ok", result.log


def test_a_full_disk_is_the_runs_own_failure(run, embeds, prepared):
    prepared.input.unlink()
    result = run(embeds)
    assert result.status["status"] == "failed"
    assert "cannot be copied" in result.status["message"]
    assert "TMPDIR" in result.status["message"]
