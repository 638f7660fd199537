"""What the end of a run means: its status and one sentence that says why."""

import os
import re
import signal

#: Exit codes by which a method says that it cannot serve this input, or misses a package.
NOT_APPLICABLE = 99
NOT_INSTALLED = 98

_OUT_OF_MEMORY = re.compile(
    r"\b(_?Array)?MemoryError\b|OutOfMemoryError|CUDA out of memory|CUDA error: out of memory"
    r"|cannot allocate vector|cannot allocate memory|std::bad_alloc",
    re.IGNORECASE,
)
_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_R_ERROR = re.compile(r"^Error( in .*)?( ?: ?|$)")
_LONGEST = 500


def judge(outcome, limits, log, reason):
    """Return the status and the message of a run, its outputs not yet looked at.

    Parameters
    ----------
    outcome : watch.Outcome
        How the program ended.
    limits : dict
        ``minutes`` and ``memory_gb``.
    log : str
        What the program printed, or the end of it.
    reason : str or None
        What it left as its own explanation: of exit code 98 or 99, or its exception.

    Returns
    -------
    tuple of (str, str)
        Status (ok, failed, timeout, out_of_memory, not_installed, not_applicable) and message.
    """
    reason = portable(reason)[:_LONGEST] if reason else None
    if outcome.stopped == "timeout":
        return "timeout", "stopped at its time limit of {:g} minutes".format(limits["minutes"])
    if outcome.stopped == "memory":
        message = "used {:.0f} MiB of memory, more than its limit of {:g} GiB"
        return "out_of_memory", message.format(outcome.peak_memory_mb, limits["memory_gb"])
    code = outcome.exit_code
    if code == 0:
        return "ok", ""
    if code in (NOT_APPLICABLE, NOT_INSTALLED):
        status = "not_applicable" if code == NOT_APPLICABLE else "not_installed"
        silent = f"exit code {code}, which stands for {status}, and it printed nothing"
        return status, reason or last_error(log) or silent
    signum = _signal(code)
    if signum == signal.SIGKILL and outcome.oom_killed:
        return "out_of_memory", "killed by the kernel, which ran out of memory"
    if signum is not None and not _OUT_OF_MEMORY.search(_end(log)):
        message = "killed by signal {:d} ({}), which the runner did not send"
        return "failed", message.format(signum, signum.name)
    error = reason or last_error(log) or f"exit code {code}, and it printed nothing"
    return ("out_of_memory" if _OUT_OF_MEMORY.search(_end(log)) else "failed"), error


def last_error(log):
    """Return the line of a program's output that says best what went wrong; "" if there is none.

    For Python the line of the last exception, for R the last ``Error in ...`` with its message,
    otherwise the last line.
    """
    lines = [line.rstrip() for line in re.split(r"[\r\n]", _ANSI.sub("", log))]
    lines = [line for line in lines if line.strip() and line != "Execution halted"]
    found = lines[-1].strip() if lines else ""
    for number in range(len(lines) - 1, -1, -1):
        if lines[number].startswith("Traceback (most recent call last)"):
            # frames are indented; the exception is the first line that is not
            found = next((line for line in lines[number + 1 :] if line[0] not in " \t"), found)
            break
        if _R_ERROR.match(lines[number]):
            found = lines[number]
            if found.endswith(":") and number + 1 < len(lines):
                found += " " + lines[number + 1].strip()
            break
    return portable(found)[:_LONGEST]


def portable(text):
    """Return ``text`` without the paths of this machine: relative to here, or to ``~``."""
    text = text.replace(os.getcwd() + os.sep, "")
    home = os.path.expanduser("~")
    return text if home in ("/", "") else text.replace(home + os.sep, "~" + os.sep)


def _end(log):
    return "\n".join(log.splitlines()[-40:])


def _signal(code):
    """Return the signal behind an exit code: negative, or 128 + n from a shell; else None."""
    try:
        return signal.Signals(-code if code < 0 else code - 128)
    except ValueError:
        return None
