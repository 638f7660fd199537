"""The CPU time of a run is that of all its processes."""

import subprocess
import sys
import textwrap


def test_a_process_that_ends_while_the_living_are_listed_is_counted(repository):
    """It ends between the last look for ended processes and the list of the living."""
    code = """
        import os, signal, time

        from clear.benchmark.methods.runner import ending
        from clear.benchmark.methods.runner.processes import Usage

        ending.adopt_orphans()
        read, write = os.pipe()
        parent = os.fork()
        if parent == 0:
            if os.fork() == 0:
                while time.process_time() < 0.5:
                    pass
                os.write(write, str(os.getpid()).encode())
                signal.pause()
            os._exit(0)
        orphan = int(os.read(read, 20))

        class Ends(Usage):
            def reap(self):
                found = super().reap()
                if orphan not in self.exit_codes:
                    os.kill(orphan, signal.SIGKILL)
                    os.waitid(os.P_PID, orphan, os.WEXITED | os.WNOWAIT)
                return found

        usage = Ends()
        ending.end_all(parent, None, usage)
        assert usage.exit_codes == {parent: 0, orphan: -signal.SIGKILL}, usage.exit_codes
        assert usage.cpu_s > 0.4, usage.cpu_s
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    subprocess.run(command, cwd=repository, check=True)
