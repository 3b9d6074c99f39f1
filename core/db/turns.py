"""Writers of an SQLite file take turns: first come, first served.

SQLite lets one transaction write at a time, and whoever finds the file taken asks again and again (`busy_timeout`). Under sixteen
writers some ask in vain for half a minute and then fail. So the threads of a process queue here, and one per process waits for a
lock on the file `<database>-writer`, which ends with the process whatever ends it. Measured by benchmarks/numbering.py.
"""

import fcntl
import os
import threading
import time
from collections import deque

ASK_AGAIN = 0.001
"""Seconds between two looks at whether another process has ended its turn."""
PATIENCE = 30.0
"""Seconds after which a writer stops waiting for the others of its process and leaves it to SQLite to say no."""


class Turns:
    """The queue of one database file in this process."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._mutex = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._taken = False
        self._file: int | None = None

    def take(self, seconds: float = PATIENCE) -> bool:
        """Wait for this writer's turn; False when it did not come in time."""
        with self._mutex:
            turn = None
            if self._taken:
                turn = threading.Event()
                self._waiting.append(turn)
            self._taken = True
        if turn is not None and not turn.wait(seconds):
            with self._mutex:
                if not turn.is_set():
                    self._waiting.remove(turn)
                    return False
        try:
            if self._file is None:  # only whoever has the turn comes here
                self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._wait_for_other_processes(self._file, seconds)
        except BaseException:
            self.give()  # no room, no right, no lock: the next one may try
            raise
        return True

    @staticmethod
    def _wait_for_other_processes(file: int, seconds: float) -> None:
        """Take the lock on the file. In vain for `seconds`, it is left to SQLite: waiting for ever would hide a writer that hangs."""
        until = time.monotonic() + seconds
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() >= until:
                    return
                time.sleep(ASK_AGAIN)

    def give(self) -> None:
        """Hand the turn to whoever has waited longest."""
        try:
            if self._file is not None:
                fcntl.flock(self._file, fcntl.LOCK_UN)
        finally:
            with self._mutex:
                if self._waiting:
                    self._waiting.popleft().set()
                else:
                    self._taken = False

    def close(self) -> None:
        """Let go of the file, when the engine is disposed of while nobody writes."""
        with self._mutex:
            if self._file is not None and not self._taken:
                os.close(self._file)
                self._file = None
