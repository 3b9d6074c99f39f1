"""How far a job is, and that its worker lives: written on a connection of its own, so that the job's open transaction doesn't hide it.

On SQLite the table lies in runtime.db, whose writers never wait for a long import in the main file.
"""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError

from core.db.runtime import progress as table

log = logging.getLogger(__name__)
EVERY = 0.5
"""Least seconds between two writes of `step`."""
BEAT = 15.0
"""Seconds between two signs of life."""


class JobCancelled(Exception):
    """Somebody cancelled the job; raised by `Progress.step`, which takes the job's transaction with it."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What is known of a running job: how far, whether it shall end, when its worker last showed itself (seconds since 1970)."""

    done: int
    total: int
    message: str
    cancelled: bool
    seen_at: float


class Progress:
    """What a running job is given to tell how far it is. `attempt` is 1 unless an earlier worker died over it."""

    def __init__(self, engine: Engine, job_id: int, attempt: int = 1) -> None:
        self.job_id = job_id
        self.attempt = attempt
        self.done = self.total = 0
        self.message = ""
        self._engine = engine
        self._written = float("-inf")

    def step(self, done: int, total: int | None = None, message: str | None = None) -> None:
        """Say how far the job is: `done` of `total`, and in words. Call it as often as you like: it is written twice a second at most.

        Raises JobCancelled when somebody has cancelled the job.
        """
        self.done = done
        self.total = self.total if total is None else total
        self.message = self.message if message is None else str(message)
        now = time.monotonic()
        if now - self._written < EVERY:
            return
        self._written = now
        put(self._engine, self.job_id, done=self.done, total=self.total, message=self.message)
        self.check()

    def check(self) -> None:
        """Raise JobCancelled when somebody has cancelled the job: for work whose progress can't be counted."""
        seen = read(self._engine, [self.job_id]).get(self.job_id)
        if seen is not None and seen.cancelled:
            raise JobCancelled


def put(engine: Engine, job_id: int, **values: Any) -> None:
    """Write to a job's row of progress, made when it is missing. It may be lost: what can't be written is logged and left."""
    dialect = sqlite if engine.dialect.name == "sqlite" else postgresql
    values["seen_at"] = time.time()
    row = {"job_id": job_id, "done": 0, "total": 0, "message": "", "cancelled": False, **values}
    stmt = dialect.insert(table).values(row).on_conflict_do_update(index_elements=[table.c.job_id], set_=values)
    try:
        with engine.connect().execution_options(write=True) as connection, connection.begin():
            connection.execute(stmt)
    except OperationalError:
        log.warning("the progress of job %s could not be written", job_id, exc_info=True)


def reset(engine: Engine, job_id: int) -> None:
    """A worker begins with the job."""
    put(engine, job_id, done=0, total=0, message="", cancelled=False)


def ask_to_end(engine: Engine, job_id: int) -> None:
    """Ask a running job to end; it does so at its next step."""
    put(engine, job_id, cancelled=True)


def read(engine: Engine, job_ids: Sequence[int]) -> dict[int, Seen]:
    """What is known of some jobs, by id; what has never been heard of is left out."""
    if not job_ids:
        return {}
    with engine.connect() as connection:
        rows = connection.execute(select(table).where(table.c.job_id.in_(job_ids))).mappings().all()
    return {row["job_id"]: Seen(**{name: row[name] for name in Seen.__dataclass_fields__}) for row in rows}


def forget(engine: Engine, job_ids: Sequence[int]) -> None:
    """Drop the rows of finished jobs."""
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        connection.execute(delete(table).where(table.c.job_id.in_(job_ids)))


@contextmanager
def heartbeat(engine: Engine, job_id: int) -> Iterator[None]:
    """While inside, a thread shows that this process lives, however long the job's steps take."""
    ended = threading.Event()

    def beat() -> None:
        while not ended.wait(BEAT):
            put(engine, job_id)

    thread = threading.Thread(target=beat, name=f"heartbeat of job {job_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
