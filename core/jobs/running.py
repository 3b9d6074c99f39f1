"""Doing one job: take it, run it in a context of its own, say how it ended. Whoever lost it to another worker says nothing.

A job in one transaction has "done" in that transaction: after a crash it was done once or never. One that opens its own units of work
says "done" after them: after a crash it may run again.
"""

import logging
import traceback
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from core.addons.runtime import runtime
from core.db import db, unit_of_work, utcnow
from core.db.work import commit
from core.errors import Conflict, Invalid

from . import progress
from .kinds import Kind, find_kind
from .models import CANCELLED, DONE, FAILED, QUEUED, RUNNING, Job

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=60)
"""How long a worker may be silent before its job is given to another."""
LONGEST_ERROR = 20_000


class Superseded(Exception):
    """Another worker has taken the job over; what this one did is rolled back."""


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A job that this worker has taken."""

    id: int
    kind: Kind
    args: dict[str, Any]
    attempt: int
    actor_id: int | None


def run_job(app: Any, job_id: int) -> str | None:
    """Do a job, whatever thread or process this is; gives the state it is in afterwards, None when it is not there.

    Nothing is raised: a failure stands in the row with its traceback. A job that is not waiting, or whose plugin is disabled, is left.
    """
    with app.app_context():
        try:
            taken = take(job_id)
        except OperationalError:
            log.warning("job %s could not be taken now; it will be offered again", job_id, exc_info=True)
            return QUEUED
        if taken is None:
            return db.session.scalar(select(Job.state).where(Job.id == job_id))
    with app.app_context(), runtime().addons.states.pinned():
        return _run(taken)


def run_queued(app: Any) -> int:
    """Do everything that waits, here and now; gives how many jobs. For the command line and for tests."""
    done: set[int] = set()
    while True:
        with app.app_context():
            waiting = [i for i in db.session.scalars(select(Job.id).where(Job.state == QUEUED).order_by(Job.id)) if i not in done]
        if not waiting:
            return len(done)
        for job_id in waiting:
            done.add(job_id)
            run_job(app, job_id)


def take(job_id: int) -> Taken | None:
    """Take a waiting job, if it still waits and its plugin works; a kind that nobody brings any more fails."""
    row = db.session.execute(select(Job.kind, Job.state).where(Job.id == job_id)).first()
    if row is None or row.state != QUEUED:
        return None
    kind = find_kind(row.kind)
    if kind is None:
        with unit_of_work():
            _end(job_id, None, FAILED, error=f"nothing here does {row.kind!r} any more: the plugin that did is gone")
        return None
    if not kind.enabled:
        return None
    with unit_of_work():
        now = utcnow()
        values = {"state": RUNNING, "attempts": Job.attempts + 1, "started_at": now, "lease_until": now + LEASE}
        stmt = update(Job).where(Job.id == job_id, Job.state == QUEUED).values(values)
        taken = db.session.execute(stmt.returning(Job.args, Job.attempts, Job.created_by_id)).first()
        if taken is None:
            return None
        progress.reset(runtime().parts["runtime_engine"], job_id)
    return Taken(id=job_id, kind=kind, args=dict(taken.args), attempt=taken.attempts, actor_id=taken.created_by_id)


def _run(taken: Taken) -> str:
    engine = runtime().parts["runtime_engine"]
    handle = progress.Progress(engine, taken.id, taken.attempt)
    state = DONE
    try:
        with progress.heartbeat(engine, taken.id):
            _call(taken, handle)
    except progress.JobCancelled:
        state = _say(taken, CANCELLED, handle)
    except Superseded:
        state = RUNNING
    except Exception as error:
        log.exception("job %s (%s) failed", taken.id, taken.kind.name)
        state = _say(taken, FAILED, handle, error=describe(error))
    except BaseException as error:  # sys.exit in a plugin, Ctrl C: the process may go, the row must not stay behind
        _say(taken, FAILED, handle, error=describe(error))
        raise
    if state == RUNNING:
        log.warning("job %s (%s) was taken over by another worker; what this one did is rolled back", taken.id, taken.kind.name)
    else:
        progress.forget(engine, [taken.id])
    return state


def _call(taken: Taken, handle: progress.Progress) -> None:
    if taken.kind.one_transaction:
        with unit_of_work(taken.actor_id):
            result = taken.kind.call(handle, taken.args)
            _end(taken.id, taken.attempt, DONE, handle, result=result)
        return
    db.session().info["actor_id"] = taken.actor_id
    result = taken.kind.call(handle, taken.args)
    if db.session().in_transaction():
        commit()  # what it wrote outside of a unit of work
    with unit_of_work(taken.actor_id):
        _end(taken.id, taken.attempt, DONE, handle, result=result)


def _say(taken: Taken, state: str, handle: progress.Progress, *, error: str | None = None) -> str:
    """Write down how a job ended whose own transaction is gone; gives the state, "running" when another worker has it now."""
    db.session.rollback()
    db.session().info.clear()
    try:
        with unit_of_work():
            _end(taken.id, taken.attempt, state, handle, error=error)
    except Superseded:
        return RUNNING
    return state


def _end(
    job_id: int,
    attempt: int | None,
    state: str,
    handle: progress.Progress | None = None,
    *,
    result: Any = None,
    error: str | None = None,
) -> None:
    """The last word on a job, from the worker that took it as number `attempt`. Raises Superseded when another has it."""
    values: dict[str, Any] = {"state": state, "finished_at": utcnow(), "lease_until": None, "error": error}
    if result is not None:
        values["result"] = result if isinstance(result, dict) else {"value": result}
    if handle is not None:
        values.update(done=handle.done, total=handle.total, message=handle.message)
    mine = [Job.id == job_id] if attempt is None else [Job.id == job_id, Job.attempts == attempt, Job.state == RUNNING]
    if not db.session.execute(update(Job).where(*mine).values(values)).rowcount:  # type: ignore[attr-defined]
        raise Superseded


def describe(error: BaseException) -> str:
    """What is kept of a failure: the sentence of one that is meant for people, else the traceback, its end if it is long."""
    if isinstance(error, Invalid | Conflict) or getattr(type(error), "for_people", False):
        return str(error)
    text = "".join(traceback.format_exception(error))
    return text if len(text) <= LONGEST_ERROR else f"{text[:200]}…\n{text[-LONGEST_ERROR:]}"
