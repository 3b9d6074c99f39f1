"""What a worker looks after besides jobs: those that a dead worker left, those that nobody was told of, periodic ones, old rows."""

import logging
import time
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import and_, delete, exists, or_, select, update

from core.addons.runtime import runtime
from core.db import after_commit, db, unit_of_work, utcnow

from . import progress
from .kinds import PERIODIC
from .models import CANCELLED, DONE, FAILED, QUEUED, RUNNING, UNFINISHED, Job
from .running import LEASE
from .services import announce, insert, queue_of

log = logging.getLogger(__name__)
MAX_ATTEMPTS = 3
"""Workers that may die over one job before it counts as failed."""
UNHEARD = timedelta(seconds=10)
"""After which a waiting job is announced again when the queue is empty: its message was lost, or went to another machine."""
KEPT = {DONE: timedelta(days=30), CANCELLED: timedelta(days=30), FAILED: timedelta(days=90)}


def sweep(app: Any) -> int:
    """Give jobs whose worker is silent to another, and tell of those that nobody was told of; gives how many."""
    with app.app_context():
        return _left_by_the_dead(app) + _announce_lost(app)


def _left_by_the_dead(app: Any) -> int:
    engine = runtime().parts["runtime_engine"]
    stmt = select(Job.id, Job.attempts, Job.kind).where(Job.state == RUNNING, Job.lease_until < utcnow())
    silent = db.session.execute(stmt).all()
    seen = progress.read(engine, [job.id for job in silent])
    alive_since = time.time() - LEASE.total_seconds()
    found = 0
    for job in silent:
        known = seen.get(job.id)
        if known is not None and known.seen_at > alive_since:
            continue
        values: dict[str, Any] = {"lease_until": None, "state": QUEUED}
        if known is not None and known.cancelled:
            values.update(state=CANCELLED, finished_at=utcnow())
        elif job.attempts >= MAX_ATTEMPTS:
            gone = _("The worker ended in the middle of this work, %(count)s times. It is not tried again.", count=job.attempts)
            values.update(state=FAILED, finished_at=utcnow(), error=gone)
        with unit_of_work():
            mine = update(Job).where(Job.id == job.id, Job.state == RUNNING, Job.attempts == job.attempts)
            if not db.session.execute(mine.values(values)).rowcount:  # type: ignore[attr-defined]
                continue
            if values["state"] == QUEUED:
                after_commit(lambda job_id=job.id: announce(app, job_id))  # type: ignore[misc]
        log.warning("job %s (%s) was left by its worker and is now %s", job.id, job.kind, values["state"])
        found += 1
    return found


def _announce_lost(app: Any) -> int:
    if runtime().settings.jobs != "worker" or queue_of(app).size():
        return 0
    kinds = [kind.name for _plugin, kind in runtime().addons.running("job_kinds")]
    kinds += [PERIODIC + job.name for _plugin, job in runtime().addons.running("periodic_jobs")]
    stmt = select(Job.id).where(Job.state == QUEUED, Job.created_at < utcnow() - UNHEARD, Job.kind.in_(kinds)).order_by(Job.id).limit(500)
    lost = list(db.session.scalars(stmt))
    for job_id in lost:
        announce(app, job_id)
    return len(lost)


class Clock:
    """Starts periodic jobs: each once per slot of its `every` seconds, whichever worker comes first; never two of one kind at a time."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._slots: dict[str, int] = {}

    def tick(self, now: float | None = None) -> int:
        """Start what is due; gives how many. A slot that passed while nothing ran is not made up for."""
        started = 0
        if self._app.extensions["cartera"].settings.jobs == "off":
            return started
        with self._app.app_context():
            for _plugin, job in runtime().addons.running("periodic_jobs"):
                slot = int((time.time() if now is None else now) // job.every)
                if self._slots.get(job.name) != slot and self._start(job, slot):
                    started += 1
        return started

    def _start(self, job: Any, slot: int) -> bool:
        kind, key = PERIODIC + job.name, f"{PERIODIC}{job.name}:{slot}"
        if db.session.scalar(select(exists().where(Job.unique_key == key))):
            self._slots[job.name] = slot
            return False
        with unit_of_work():
            if db.session.scalar(select(exists().where(or_(Job.unique_key == key, and_(Job.kind == kind, Job.state.in_(UNFINISHED)))))):
                return False  # the one before still runs: looked at again at the next tick
            job_id = insert(kind, {}, None, key)
            after_commit(lambda: announce(self._app, job_id))
        self._slots[job.name] = slot
        return True


def tidy() -> None:
    """Drop finished jobs: good ones after a month (periodic ones after two days), failed ones after three months."""
    now = utcnow()
    old = [and_(Job.state == state, Job.finished_at < now - age) for state, age in KEPT.items()]
    two_days = now - timedelta(days=2)
    old.append(and_(Job.state == DONE, Job.kind.startswith(PERIODIC), Job.finished_at < two_days))
    with unit_of_work():
        # Not the row of a slot that lasts longer: it says that the slot is done.
        longest = max((job.every for _plugin, job in runtime().addons.declared("periodic_jobs")), default=0)
        settled = or_(Job.unique_key.is_(None), Job.created_at < now - timedelta(seconds=2 * longest))
        db.session.execute(delete(Job).where(or_(*old), settled))
