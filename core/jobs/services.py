"""Starting, cancelling and asking for background work. What is started is part of the caller's transaction: it runs if that commits."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.addons.runtime import runtime, this_app
from core.db import after_commit, db, unit_of_work, utcnow
from core.errors import NotFound
from core.identity.models import User

from . import progress
from .kinds import find_kind, known_kind
from .models import CANCELLED, QUEUED, RUNNING, UNFINISHED, Job

TRACEBACK = "Traceback "
"""How an error begins that is for administrators only."""


def enqueue(kind: str, *, actor_id: int | None = None, unique_key: str | None = None, **args: Any) -> int:
    """Start a job of that kind with these arguments (plain JSON values: pass ids), in the name of a user; gives its id.

    With a `unique_key` of which an unfinished job is there already, nothing is added and that one's id comes back. The row is written in
    the caller's transaction; a worker hears of it after the commit (with CARTERA_JOBS=inline it runs right then).
    Raises LookupError for a kind that nobody declares, TypeError for arguments that are no JSON.
    """
    known_kind(kind)
    json.dumps(args)
    job_id = insert(kind, args, actor_id, unique_key)
    app = this_app()
    after_commit(lambda: announce(app, job_id))
    return job_id


def insert(kind: str, args: dict[str, Any], actor_id: int | None, unique_key: str | None) -> int:
    """Write the row of a job, or find the unfinished one with the same key; gives its id."""
    find = select(Job.id, Job.state).where(Job.unique_key == unique_key)
    if unique_key is not None and (there := db.session.execute(find).first()) is not None:
        if there.state in UNFINISHED:
            return int(there.id)
        db.session.execute(update(Job).where(Job.id == there.id).values(unique_key=None))
    dialect = sqlite if db.session.get_bind().dialect.name == "sqlite" else postgresql
    row = {"kind": kind, "args": args, "created_by_id": actor_id, "unique_key": unique_key}
    stmt = dialect.insert(Job).values(row).on_conflict_do_nothing(index_elements=[Job.unique_key]).returning(Job.id)
    made = db.session.execute(stmt).scalar()
    return int(made if made is not None else db.session.execute(find).one().id)


def announce(app: Any, job_id: int) -> None:
    """Tell a worker of a job that is committed; with CARTERA_JOBS=inline do it here and now."""
    from .running import run_job

    mode = app.extensions["cartera"].settings.jobs
    if mode == "inline":
        run_job(app, job_id)
    elif mode == "worker":
        queue_of(app).send(job_id)


def queue_of(app: Any) -> Any:
    """The app's queue, made at its first use."""
    from .queue import Queue
    from .running import run_job

    cartera = app.extensions["cartera"]
    if "queue" not in cartera.parts:
        cartera.parts["queue"] = Queue(cartera, lambda job_id: run_job(app, job_id))
    return cartera.parts["queue"]


def cancel(job_id: int, actor: Any) -> bool:
    """Cancel one's own job (superadmins: any): a waiting one never runs, a running one ends at its next step.

    False when it is finished already. Raises NotFound for a job that is not there or somebody else's. Call it outside of a unit of work:
    on SQLite a running job may hold the writer's lock, and asking it to end needs none.
    """
    job = _own(job_id, actor)
    if job.state == QUEUED:
        with unit_of_work():
            ended = update(Job).where(Job.id == job_id, Job.state == QUEUED).values(state=CANCELLED, finished_at=utcnow())
            if db.session.execute(ended).rowcount:  # type: ignore[attr-defined]
                return True
        job = _own(job_id, actor)
    if job.state != RUNNING:
        return False
    progress.ask_to_end(runtime().parts["runtime_engine"], job_id)
    return True


def _own(job_id: int, actor: Any) -> Job:
    job = db.session.get(Job, job_id, populate_existing=True) if 0 < job_id < 2**31 else None
    if job is None or not (actor.superadmin or (actor.user_id is not None and job.created_by_id == actor.user_id)):
        raise NotFound
    return job


def job_status(job_id: int, actor: Any) -> dict[str, Any] | None:
    """How far a job is, for its owner or a superadmin; None for everybody else.

    Keys: id, kind, label, state, by (name of its owner), done, total, message, result, error, seconds_left (None when it can't be told),
    attempts, created_at, started_at, finished_at. A superadmin sees the traceback of a failure, its owner a sentence.
    """
    try:
        job = _own(job_id, actor)
    except NotFound:
        return None
    return _statuses([job], actor.superadmin)[0]


def jobs_of(user_id: int | None) -> list[dict[str, Any]]:
    """A user's unfinished jobs, newest first, as `job_status` gives them."""
    if user_id is None:
        return []
    stmt = select(Job).where(Job.created_by_id == user_id, Job.state.in_(UNFINISHED)).order_by(Job.id.desc()).limit(20)
    return _statuses(db.session.scalars(stmt.execution_options(populate_existing=True)).all(), False)


def list_jobs(*, states: Sequence[str] = (), limit: int = 100) -> list[dict[str, Any]]:
    """The newest jobs of everybody, for superadmins (Setup → Jobs)."""
    stmt = select(Job).order_by(Job.id.desc()).limit(limit)
    if states:
        stmt = stmt.where(Job.state.in_(states))
    return _statuses(db.session.scalars(stmt.execution_options(populate_existing=True)).all(), True)


def _statuses(jobs: Sequence[Job], superadmin: bool) -> list[dict[str, Any]]:
    seen = progress.read(runtime().parts["runtime_engine"], [job.id for job in jobs if job.state == RUNNING])
    owners = {job.created_by_id for job in jobs} - {None}
    names = {row.id: row.name for row in db.session.execute(select(User.id, User.name).where(User.id.in_(owners)))} if owners else {}
    return [_status(job, seen.get(job.id), names.get(job.created_by_id), superadmin) for job in jobs]


def _status(job: Job, seen: progress.Seen | None, by: str | None, superadmin: bool) -> dict[str, Any]:
    kind = find_kind(job.kind)
    now = seen or job
    error = job.error
    if error and error.startswith(TRACEBACK) and not superadmin:
        error = _("The work failed and changed nothing that it had not finished. An administrator can see why.")
    return {
        "id": job.id, "kind": job.kind, "label": str(kind.label if kind else job.kind), "state": job.state, "by": by,
        "done": now.done, "total": now.total, "message": now.message, "result": job.result, "error": error,
        "seconds_left": _seconds_left(job.started_at, now.done, now.total) if job.state == RUNNING else None,
        "attempts": job.attempts, "created_at": job.created_at, "started_at": job.started_at, "finished_at": job.finished_at,
    }  # fmt: skip


def _seconds_left(started_at: datetime | None, done: int, total: int) -> int | None:
    if started_at is None or not 0 < done <= total:
        return None
    return round((utcnow() - started_at).total_seconds() * (total - done) / done)
