"""`cartera serve`: one process that has the app, forked into the web server and the background worker.

To build the app takes seconds, to fork takes none, and forked processes share its memory. The parent keeps no connection and no thread,
as neither outlives a fork. A worker that dies is started again, with growing pauses; when the web server ends, all ends. Children die
with their parent.
"""

import ctypes
import http.client
import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import Any
from urllib.parse import quote

GRACE = 25.0
EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - told, not bound
"""Where a server that listens everywhere is asked."""
LINE = "%(t)s %(h)s %(m)s %(U)s %(s)s %(B)s bytes %(M)s ms"
"""A line of the access log. Without what follows the `?`, where old forms send passwords and people what they search for."""
_processes = multiprocessing.get_context("fork")


class PortTaken(Exception):
    """Nobody can listen there; the message says what to do."""


def bind(host: str, port: int) -> socket.socket:
    """Take the address, before anything that takes long; nobody is answered yet. Raises PortTaken."""
    listener = None
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        if listener:
            listener.close()
        why = error.strerror or error
        raise PortTaken(f"Nothing can be served on {host}:{port} ({why}): stop what is there, or choose another with --port.") from error
    return listener


def run(
    build: Callable[[], Any], *, host: str, port: int, workers: int, with_worker: bool = True, access_log: str | None = None
) -> int:
    """Serve the app that `build` makes until stopped; gives the exit code. Raises PortTaken before anything is made.

    The worker is left out where CARTERA_JOBS says that nobody does background work. `access_log` is a file that gets a line about each
    request, or "-" for the standard output.
    """
    listener = bind(host, port)
    app = _built(build)
    with_worker = with_worker and app.extensions["cartera"].settings.jobs != "off"
    stopping = False

    def stop(*_: Any) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    children = {"web": _start("web", lambda: _serve_pages(app, listener, workers, access_log))}
    listener.close()  # it is the web server's now: what that closes shall be closed
    try:
        if with_worker:
            children["worker"] = _start("worker", lambda: _work(app))
        announced = False
        pause, again_at = 1.0, 0.0
        while not stopping:
            if children["web"].exitcode is not None:
                print("The web server ended; stopping.", file=sys.stderr)
                return children["web"].exitcode or 1
            if not announced and _answers(host, port):
                announced = True
                print(f"Cartera serves on http://{_written(host)}:{port}/ (Ctrl C stops it)", flush=True)
            if with_worker and children["worker"].exitcode is not None and time.monotonic() >= again_at:
                again_at = time.monotonic() + pause
                pause = min(pause * 2, 60.0)
                children["worker"] = _start("worker", lambda: _work(app))
            time.sleep(0.2 if announced else 0.02)
        return 0
    finally:
        _end(children)


def _built(build: Callable[[], Any]) -> Any:
    """The app, ready to be forked."""
    from core.app import let_go
    from core.memory import staying

    with staying():
        app = build()
        let_go(app)
    return app


def _start(name: str, work: Callable[[], None]) -> BaseProcess:
    child = _processes.Process(target=_live, args=(work, os.getpid()), name=name)
    child.start()
    return child


def _live(work: Callable[[], None], parent: int) -> None:
    """What a child does: its work, out of reach of the terminal's Ctrl C (the parent tells it), and no longer than its parent lives."""
    os.setsid()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:  # it died before we asked
            sys.exit(1)
    work()


def _serve_pages(app: Any, listener: socket.socket, workers: int, access_log: str | None) -> None:
    from gunicorn.app.base import BaseApplication
    from gunicorn.glogging import Logger

    class Log(Logger):  # type: ignore[misc]
        def atoms(self, *args: Any) -> dict[str, Any]:
            atoms = super().atoms(*args)
            return {**atoms, "U": quote(atoms["U"], encoding="latin-1")}  # as it comes, it may hold ends of lines

    class Pages(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            settings = {
                "bind": f"fd://{listener.detach()}", "workers": workers, "worker_class": "gthread", "threads": 4,
                "max_requests": 5000, "max_requests_jitter": 500, "graceful_timeout": 20, "timeout": 120,
                "loglevel": "warning", "logger_class": Log, "accesslog": access_log, "access_log_format": LINE,
                "control_socket_disable": True,
            }  # fmt: skip
            for name, value in settings.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return app

    Pages().run()


def _work(app: Any) -> None:
    from core.jobs.worker import run_worker

    run_worker(app)


def _written(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _answers(host: str, port: int) -> bool:
    """Whether a request is answered, whatever the answer says."""
    connection = http.client.HTTPConnection(EVERYWHERE.get(host, host), port, timeout=1)
    try:
        connection.request("GET", "/health")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def _end(children: dict[str, BaseProcess]) -> None:
    for name, child in children.items():
        if child.pid is not None and child.exitcode is None:
            os.kill(child.pid, signal.SIGTERM if name == "web" else signal.SIGINT)
    until = time.monotonic() + GRACE
    for child in children.values():
        child.join(max(0.1, until - time.monotonic()))
        if child.exitcode is None:
            child.kill()
