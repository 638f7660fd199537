"""igraph's import without Matplotlib leaves both usable; in a process of its own."""

import subprocess
import sys

SCRIPT = """
import sys
from clear.benchmark.tasks.without_plots import import_igraph
import_igraph()
assert "igraph" in sys.modules and "matplotlib" not in sys.modules
import igraph, matplotlib.pyplot
assert igraph.Graph.Ring(5).community_leiden("modularity").modularity > 0
matplotlib.pyplot.figure()
"""


def test_matplotlib_can_still_be_imported():
    subprocess.run([sys.executable, "-c", SCRIPT], check=True, env={"MPLBACKEND": "Agg"})
