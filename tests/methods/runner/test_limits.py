"""Limits hold for all processes of a method, and nothing of it is alive afterwards."""

import os

from clear.benchmark.methods.runner import processes


def test_a_method_that_hangs_is_stopped_at_its_limit_with_its_children(run, alive):
    marker = f"hang-{os.getpid()}"
    script = f"""
        import signal, subprocess, sys, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        code = "import os, signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"
        subprocess.Popen([sys.executable, "-c", code, "{marker}"])
        subprocess.Popen([sys.executable, "-c", code, "{marker}"], start_new_session=True)
        print("waiting", flush=True)
        time.sleep(600)
    """
    result = run(script, minutes=0.05)
    assert result.status["status"] == "timeout"
    assert "0.05 minutes" in result.status["message"]
    assert 3 <= result.status["wall_s"] < 60
    assert result.outputs == set() and "waiting" in result.log
    assert alive(marker) == []


def test_a_method_that_leaves_a_process_behind(run, embeds, alive):
    marker = f"daemon-{os.getpid()}"
    script = (
        embeds
        + f"""
    import subprocess, sys
    code = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', "
    code += "'import time; time.sleep(600)', '{marker}'], start_new_session=True)"
    subprocess.run([sys.executable, "-c", code])
    """
    )
    assert run(script).status["status"] == "ok"
    assert alive(marker) == []


def test_too_much_memory(run):
    result = run("import time; x = bytearray(600 * 2**20); time.sleep(60)", memory_gb=0.3)
    assert result.status["status"] == "out_of_memory"
    assert "0.3 GiB" in result.status["message"]
    assert result.status["peak_memory_mb"] > 300


def test_memory_is_that_of_all_processes_together(run):
    script = """
        import subprocess, sys, time
        code = "import time; x = bytearray(150 * 2**20); time.sleep(60)"
        for _ in range(4):
            subprocess.Popen([sys.executable, "-c", code])
        time.sleep(60)
    """
    assert run(script, memory_gb=0.4).status["status"] == "out_of_memory"


def test_pages_shared_by_forked_workers_count_once(run, embeds):
    script = (
        embeds
        + """
    import os, time
    x = bytearray(os.urandom(200 * 2**20))
    for _ in range(3):
        if os.fork() == 0:
            time.sleep(1.5)
            os._exit(0)
    time.sleep(1.5)
    """
    )
    result = run(script, memory_gb=0.6)
    assert result.status["status"] == "ok", result.status["message"]
    assert result.status["peak_memory_mb"] > 200


def test_a_process_that_ends_between_two_looks_holds_nothing():
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)  # a zombie: still listed, its pages gone
    try:
        assert processes._proportional_mb(child, 500.0) == 0.0
    finally:
        os.waitpid(child, 0)
    assert processes._proportional_mb(child, 500.0) == 0.0  # its parent has taken note of its end


def test_a_short_burst_of_memory_is_seen(run):
    script = "x = bytearray(700 * 2**20)"
    assert run(script, memory_gb=0.5).status["status"] == "out_of_memory"


def test_an_allocation_that_fails(run):
    result = run("x = bytearray(2**60)")
    assert result.status["status"] == "out_of_memory"
    assert result.status["message"].startswith("MemoryError")


def test_killed_from_outside(run):
    result = run("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    assert result.status["status"] == "failed"
    assert "signal 9 (SIGKILL)" in result.status["message"]
    assert result.status["exit_code"] in (-9, 128 + 9)  # bubblewrap says it as a shell does
    result = run("import os, signal; print('x'); os.kill(os.getpid(), signal.SIGSEGV)")
    assert "signal 11 (SIGSEGV)" in result.status["message"]
