"""What a program prints: copied to a file as it comes, its beginning and its end if it is long."""

import collections
import threading

#: Bytes of the beginning and of the end that are kept.
HEAD = TAIL = 2_000_000
_BLOCK = 65536


class Printed(threading.Thread):
    """Copies a pipe to a file until the last writer has closed it.

    Parameters
    ----------
    pipe, log : file objects
        To read; to write. Both binary.
    """

    def __init__(self, pipe, log):
        super().__init__(daemon=True)
        self._pipe, self._log = pipe, log
        self.start()

    def run(self):
        """Copy; where the disk is full the pipe is closed, so that the writer learns of it."""
        with self._pipe:
            room, end, kept, left_out = HEAD, collections.deque(), 0, 0
            for block in iter(lambda: self._pipe.read1(_BLOCK), b""):
                self._log.write(block[:room])
                self._log.flush()
                end.append(block[room:])
                kept += len(end[-1])
                room = max(0, room - len(block))
                while kept - len(end[0]) >= TAIL:
                    left_out += len(end[0])
                    kept -= len(end.popleft())
            if left_out:
                self._log.write("\n[... {:,} bytes are left out ...]\n".format(left_out).encode())
            self._log.write(b"".join(end))
            self._log.flush()
