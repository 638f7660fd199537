"""Time and peak memory of a command."""

import subprocess
import sys
import time

# An extra process: the system keeps one maximum for all children of a process that have ended.
PROGRAM = "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:]); "
PROGRAM += (
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(done.returncode)"
)


def measured(arguments: list) -> dict[str, float]:
    """Run Python with these arguments; return its time and its maximum resident set size.

    The resident set includes mapped files, but not the page cache.
    """
    command = [sys.executable, "-c", PROGRAM, sys.executable, *map(str, arguments)]
    began = time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    seconds = time.perf_counter() - began
    return {"seconds": round(seconds), "peak_gb": round(int(done.stdout) * 1024 / 1e9, 2)}
