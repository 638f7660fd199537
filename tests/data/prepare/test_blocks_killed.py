"""A preparation in blocks that is killed leaves nothing, wherever it was."""

import json
import subprocess
import sys

from tests.data.prepare.blocks import CARD, FILES, RUN, canonical

# Forked, since libraries take long to import, and from a process that has computed nothing yet.
KILLED = """
import itertools, json, os, signal, sys, tempfile
from pathlib import Path
from clear.benchmark.data.prepare import published
from clear.benchmark.data.prepare.prepare import prepare
from clear.cells.scratch import Scratch
folder, card, settings = Path(sys.argv[1]), json.loads(sys.argv[2]), json.loads(sys.argv[3])
published.WHOLE_VALUES, published.BLOCK_VALUES = 0, 20000
tempfile.tempdir = str(folder / "scratch")

def deadly(function, left):
    def work(*arguments):
        if next(left) == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments)
    return work

for number in itertools.count(1):
    child = os.fork()
    if not child:
        left = itertools.count(number, -1)
        published.Published._read = deadly(published.Published._read, left)
        Scratch.append = deadly(Scratch.append, left)
        Scratch.read = deadly(Scratch.read, left)
        outs = [folder / "killed" / name for name in sys.argv[4:]]
        prepare(card, folder / "dataset.h5ad", *outs, settings, "standard", "dropout_30")
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    left = [path.name for path in (folder / "killed").glob("[!.]*")]
    print(json.dumps([code, left, os.listdir(tempfile.tempdir)]))
    if code != -signal.SIGKILL:
        break
"""


def test_a_kill_at_any_block_leaves_nothing(made, simulated, tmp_path, repository):
    whole = made(canonical(simulated), 20_000, name="whole", perturbation="dropout_30")
    (tmp_path / "scratch").mkdir()
    command = [sys.executable, "-c", KILLED, tmp_path, json.dumps(CARD), json.dumps(RUN), *FILES]
    done = subprocess.run(command, cwd=repository, stdout=subprocess.PIPE, text=True, check=True)
    *killed, last = map(json.loads, done.stdout.splitlines())
    assert len(killed) > 20
    assert all(found == [-9, [], []] for found in killed)
    assert last[0] == 0 and sorted(last[1]) == sorted(FILES) and last[2] == []
    assert {path.name for path in (tmp_path / "killed").iterdir()} == {*FILES}  # hidden ones too
    for name in FILES:
        assert (tmp_path / "killed" / name).read_bytes() == (whole / name).read_bytes()
