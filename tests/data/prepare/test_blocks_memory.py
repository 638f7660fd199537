"""A preparation in blocks takes little memory."""

import json
import subprocess
import sys

import numpy as np
import pytest
from scipy import sparse

from tests.data.prepare.blocks import CARD, RUN, canonical

# Peaks are measured from what is resident before, with all libraries compiled and warm.
MEMORY = """
import json, sys
from pathlib import Path
from clear.benchmark.data.prepare import published
from clear.benchmark.data.prepare.prepare import prepare
from clear.benchmark.data.prepare.quality import quality_table
folder, card, settings = Path(sys.argv[1]), json.loads(sys.argv[2]), json.loads(sys.argv[3])

def resident(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024

def grown(source, flavor="seurat"):
    settings["hvg_flavor"] = flavor
    Path("/proc/self/clear_refs").write_text("5")  # the peak is now what is resident
    before = resident("VmRSS")
    outs = [folder / name for name in ("input.h5ad", "truth.tsv", "prepare.json")]
    quality_table(card, source, folder / "qc.tsv", {"standard": settings})
    prepare(card, source, *outs, settings, "standard", "none")
    return resident("VmHWM") - before

published.WHOLE_VALUES, published.BLOCK_VALUES = 0, 2**17
FLAVORS = ("seurat", "cell_ranger", "seurat_v3")
for flavor in FLAVORS:
    grown(folder / "small.h5ad", flavor)
in_blocks = [grown(folder / "large.h5ad", flavor) for flavor in FLAVORS]
published.WHOLE_VALUES = 2**26
print(json.dumps([in_blocks, grown(folder / "large.h5ad")]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_memory_does_not_hold_the_matrix(tmp_path, repository):
    random = np.random.default_rng(0)
    cells, genes, each = 5000, 2000, 800
    starts = np.arange(cells + 1) * each
    indices = np.concatenate(
        [np.sort(random.choice(genes, each, replace=False)) for _ in range(50)] * (cells // 50)
    )
    values = random.integers(1, 4, len(indices)).astype(np.float32)
    large = canonical(sparse.csr_matrix((values, indices, starts), (cells, genes)))
    large.write_h5ad(tmp_path / "large.h5ad")
    large[:500].write_h5ad(tmp_path / "small.h5ad")
    command = [sys.executable, "-c", MEMORY, tmp_path, json.dumps(CARD), json.dumps(RUN)]
    done = subprocess.run(command, cwd=repository, stdout=subprocess.PIPE, text=True, check=True)
    in_blocks, whole = json.loads(done.stdout)
    matrix = (values.nbytes + 4 * len(indices)) / 2**20
    assert max(in_blocks) < matrix < whole, (in_blocks, matrix, whole)
