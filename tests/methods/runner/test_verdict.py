"""The one sentence that says why a run failed."""

from types import SimpleNamespace

import pytest

from clear.benchmark.methods.runner.verdict import judge, last_error

PYTHON = """starting
Traceback (most recent call last):
  File "method.py", line 3, in <module>
    f()
KeyError: 'x'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "method.py", line 5, in <module>
    raise RuntimeError("no x in the settings") from None
RuntimeError: no x in the settings
Exception ignored in: <function at 0x7f>
"""
R = """Loading required package: stats
Error in validObject(.Object) :
  invalid class "dgCMatrix" object
Calls: new -> initialize
Execution halted
"""


@pytest.mark.parametrize(
    ("log", "message"),
    [
        (PYTHON, "RuntimeError: no x in the settings"),
        (R, 'Error in validObject(.Object) : invalid class "dgCMatrix" object'),
        ("Error: subscript out of bounds\nExecution halted\n", "Error: subscript out of bounds"),
        ("10%\r50%\r\x1b[31mthe solver gave up\x1b[0m\n\n", "the solver gave up"),
        ("", ""),
        ("Traceback (most recent call last):\n  File", "File"),
    ],
)
def test_last_error(log, message):
    assert last_error(log) == message


def test_the_working_folder_is_not_in_a_message(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert last_error(f"OSError: cannot open {tmp_path}/results/x") == (
        "OSError: cannot open results/x"
    )


def ended(exit_code, oom_killed=False):
    return SimpleNamespace(exit_code=exit_code, stopped=None, oom_killed=oom_killed)


def test_sigkill_is_for_memory_only_if_the_kernel_says_so():
    assert judge(ended(-9, oom_killed=True), {}, "", None)[0] == "out_of_memory"
    assert judge(ended(137, oom_killed=True), {}, "", None)[0] == "out_of_memory"  # from a shell
    status, message = judge(ended(-9), {}, "", None)
    assert status == "failed" and "SIGKILL" in message


@pytest.mark.parametrize(
    "line",
    [
        "Error: cannot allocate vector of size 3.7 Gb",
        "numpy._core._exceptions._ArrayMemoryError: Unable to allocate 2 TiB",
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB",
        "terminate called after throwing an instance of 'std::bad_alloc'",
    ],
)
def test_the_words_for_want_of_memory(line):
    assert judge(ended(1), {}, "start\n" + line, None) == ("out_of_memory", line)
    assert judge(ended(1), {}, "KeyError: 'MemoryErrors'", None)[0] == "failed"
