"""The process that does background work (`cartera worker`): two threads of huey for jobs, one that looks after what is left over."""

import logging
import signal
import threading
from typing import Any

from . import upkeep
from .services import queue_of

log = logging.getLogger(__name__)
THREADS = 2  # so that periodic work doesn't pile up behind one long job
LOOK_EVERY = 5.0
GRACE = 20.0
"""Seconds that running jobs have when the worker is told to stop; what is not done by then is taken over by another worker later."""


def run_worker(app: Any, *, threads: int = THREADS) -> None:
    """Do background and periodic work until SIGINT or SIGTERM, then finish what runs."""
    from huey.consumer import Consumer

    class Graceful(Consumer):  # type: ignore[misc]
        def __init__(self, *args: Any, **kw: Any) -> None:
            super().__init__(*args, **kw)
            self._signal_actions[signal.SIGTERM] = (False, True)  # as SIGINT: finish, then go

    stop = threading.Event()
    keeper = threading.Thread(target=look_after, args=(app, stop), name="upkeep", daemon=True)
    pace = {"initial_delay": 0.05, "max_delay": 0.5, "scheduler_interval": 60, "shutdown_timeout": GRACE}
    consumer = Graceful(queue_of(app).huey, workers=threads, periodic=False, **pace)
    keeper.start()
    try:
        consumer.run()
    finally:
        stop.set()
        keeper.join(timeout=5)


def look_after(app: Any, stop: threading.Event) -> None:
    """Every few seconds: what dead workers left, what nobody was told of, what is due. A failure is logged and tried again."""
    clock = upkeep.Clock(app)
    while not stop.is_set():
        for look in (lambda: upkeep.sweep(app), clock.tick):
            try:
                look()
            except Exception:
                log.exception("looking after jobs failed; it is tried again in %s s", LOOK_EVERY)
        stop.wait(LOOK_EVERY)
