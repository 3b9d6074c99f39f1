"""The test run as a whole: what all its xdist workers share, and the servers that live as long as it does."""

import fcntl
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from . import keeper


@dataclass(frozen=True)
class Kept:
    """A server under its keeper."""

    pid: int
    log: Path

    def alive(self) -> bool:
        """Whether the server runs."""
        return os.waitpid(self.pid, os.WNOHANG) == (0, 0)

    def stop(self) -> None:
        """End the server and wait until it is gone."""
        os.kill(self.pid, signal.SIGTERM)
        os.waitpid(self.pid, 0)

    def words(self) -> str:
        """What the server said last, for a message."""
        return self.log.read_text(errors="replace")[-2000:]


@dataclass(frozen=True, kw_only=True)
class Run:
    """One test run: `folder` is seen by all its workers, `owner` is the process whose end is the end of the run."""

    folder: Path
    owner: int
    worker: str

    @property
    def index(self) -> int:
        """The number of this worker: 0 without xdist, else from 0 on."""
        return int("".join(c for c in self.worker if c.isdigit()) or 0)

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """What `make` gives (JSON), made by the first worker that asks; the others wait for it and get the same."""
        path = self.folder / f"{name}.json"
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                path.write_text(json.dumps(make()))
            return json.loads(path.read_text())

    def keep(
        self,
        name: str,
        command: Sequence[str | Path],
        *,
        remove: Path | None = None,
        user: int | None = None,
        stop_signal: int = signal.SIGTERM,
    ) -> Kept:
        """Start a server that ends with the run at the latest, whatever ends the run. It writes to `<name>.log` in the run's folder.

        `remove` is a folder that goes with it, `user` the user id it runs as, `stop_signal` what it is ended with.
        """
        log = self.folder / f"{name}.log"
        options = ["--owner", str(self.owner), "--signal", str(int(stop_signal))]
        options += ["--remove", str(remove)] if remove else []
        options += ["--user", str(user)] if user is not None else []
        # posix_spawn, for a Popen object would complain when a server outlives the worker that started it, as it shall
        pid = os.posix_spawn(
            sys.executable,
            [sys.executable, "-I", "-S", keeper.__file__, *options, *map(str, command)],
            os.environ,
            setsid=True,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
        )
        return Kept(pid, log)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """xdist: the controller tells each worker whose end is the end of the run."""
    node.workerinput["cartera_owner"] = os.getpid()


@pytest.fixture(scope="session")
def cartera_run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """This test run, for parts that its workers share."""
    workerinput = getattr(request.config, "workerinput", None)
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if workerinput else base) / "cartera"
    folder.mkdir(exist_ok=True)
    if workerinput:
        return Run(folder=folder, owner=workerinput["cartera_owner"], worker=workerinput["workerid"])
    return Run(folder=folder, owner=os.getpid(), worker="main")
