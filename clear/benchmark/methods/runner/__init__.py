"""Run one method once, whatever happens to it, and leave a record.

    python -I clear/benchmark/methods/runner/__main__.py CHECK_PYTHON ORDER_JSON

takes an order of the workflow (:mod:`.order` says what is in it) and ends with 0 whenever it wrote
a record; a cancelled run leaves nothing and exits with 1.

The runner is started by the interpreter of a method's environment, whatever that is. Everything
here therefore needs the standard library of Python 3.7 and nothing else, and so do the packages on
the way here: ``clear``, ``clear.benchmark`` and ``clear.benchmark.methods``.
"""
