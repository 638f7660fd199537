"""Start the runner from any folder with any interpreter; no package need be installed."""

import json
import os
import sys

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), *[os.pardir] * 4))


def main(check_python, order):
    """Carry out an order, given as JSON."""
    if ROOT not in sys.path:
        sys.path.insert(0, ROOT)
    from clear.benchmark.methods.runner import given
    from clear.benchmark.methods.runner.folder import fill, fill_killed
    from clear.benchmark.methods.runner.order import complete
    from clear.benchmark.methods.runner.supervisor import supervise

    job = complete(json.loads(order), check_python)
    with given.folder() as work:
        supervise(lambda cancel: fill(job, work, cancel), lambda signum: fill_killed(job, signum))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python -I __main__.py CHECK_PYTHON ORDER_JSON")
    main(*sys.argv[1:])
