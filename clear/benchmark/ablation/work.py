"""Do the runs of an ablation side by side, each on one thread."""

import multiprocessing
import multiprocessing.connection
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from clear.benchmark.ablation.schedule import Run
from clear.errors import ClearError

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def work(
    runs: list[Run], folder: Path, score_settings: dict, jobs: int
) -> Iterator[tuple[Run, dict, float]]:
    """Yield each run with its results and the seconds it took, as they end.

    Parameters
    ----------
    runs
        What to do.
    folder
        Prepared datasets, a folder each.
    score_settings
        The settings ``scores`` of a run.
    jobs
        Processes side by side.

    Yields
    ------
    run, results, seconds
        Results as :func:`clear.benchmark.ablation.run.run` gives them, with ``status`` ``"ok"``;
        or ``"failed"`` and a ``message`` where it raised.

    Raises
    ------
    ClearError
        When a process was killed, by the system for want of memory perhaps.
    """
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))  # read by the new processes when they start
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(jobs, mp_context=context, initializer=_end_with_parent)
    left, running = iter(runs), {}
    try:
        while True:
            # No more than run at once: a kill must not find others started.
            for run in left:
                running[pool.submit(_one, run, folder, score_settings)] = run
                if len(running) == jobs:
                    break
            if not running:
                return
            ended, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in ended:
                yield running.pop(future), *future.result()
    except BrokenProcessPool as error:
        raise ClearError(
            "A process of the ablation was killed; if memory was short, use fewer --jobs. The "
            "same command goes on with the runs that are not done."
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)
        for name, value in before.items():  # Numba refuses to go on under another number
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def _end_with_parent() -> None:
    """End this process when its parent is gone, even by ``kill -9``: nobody reads its results."""

    def watch() -> None:
        multiprocessing.connection.wait([multiprocessing.parent_process().sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _one(run: Run, folder: Path, score_settings: dict) -> tuple[dict, float]:
    from clear.benchmark.ablation.run import run as train_and_score

    began = time.perf_counter()
    try:
        results = train_and_score(folder / run.dataset, run.arm.preset, run.seed, score_settings)
        results = {"status": "ok", "message": "", **results}
    except Exception as error:  # a failed run is a row of the table
        message = " ".join(f"{type(error).__name__}: {error}".split())
        results = {"status": "failed", "message": message}
    return results, time.perf_counter() - began
