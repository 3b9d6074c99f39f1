"""`cartera serve`: a small parent with two children, the web server and the background worker.

A worker that dies is started again, with growing pauses; when the web server ends, all ends. Children die with their parent.
"""

import ctypes
import signal
import subprocess
import sys
import time
from typing import Any

GRACE = 25.0


def _die_with_parent() -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def commands(host: str, port: int, workers: int) -> dict[str, list[str]]:
    """The command lines of the children."""
    return {
        "web": [
            sys.executable, "-m", "gunicorn", "-b", f"{host}:{port}", "-w", str(workers), "-k", "gthread", "--threads", "4",
            "--no-control-socket", "--max-requests", "5000", "--max-requests-jitter", "500", "--graceful-timeout", "20", "--timeout", "120",
            "--log-level", "warning", "core.wsgi:app",
        ],
        "worker": [sys.executable, "-m", "core", "worker"],
    }  # fmt: skip


def run(host: str, port: int, workers: int, *, with_worker: bool = True) -> int:
    """Run until stopped; gives the exit code."""
    lines = commands(host, port, workers)
    children: dict[str, Any] = {}
    stopping = False

    def start(name: str) -> None:
        children[name] = subprocess.Popen(lines[name], preexec_fn=_die_with_parent, start_new_session=True)

    def stop(*_: Any) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    start("web")
    if with_worker:
        start("worker")
    print(f"Cartera serves on http://{host}:{port}/ (Ctrl C stops it)", flush=True)
    pause, again_at = 1.0, 0.0
    while not stopping:
        if children["web"].poll() is not None:
            print("The web server ended; stopping.", file=sys.stderr)
            _end(children)
            return children["web"].returncode or 1
        if with_worker and children["worker"].poll() is not None and time.monotonic() >= again_at:
            again_at = time.monotonic() + pause
            pause = min(pause * 2, 60.0)
            start("worker")
        time.sleep(0.2)
    _end(children)
    return 0


def _end(children: dict[str, Any]) -> None:
    for name, child in children.items():
        if child.poll() is None:
            child.send_signal(signal.SIGTERM if name == "web" else signal.SIGINT)
    until = time.monotonic() + GRACE
    for child in children.values():
        try:
            child.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
