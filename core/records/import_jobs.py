"""Imports in the background: checking large files, writing many rows, taking them back; with progress, in the language of whoever asked.

Each step tells by the import's own state whether it is still to be done, so that a job which was killed and runs again does nothing twice.
"""

from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.access import Actor
from core.access.actors import actor_of
from core.addons.declarations import JobKind
from core.addons.runtime import runtime
from core.db import db, unit_of_work
from core.db.work import begin_write
from core.errors import Conflict
from core.jobs.models import QUEUED
from core.jobs.progress import ask_to_end
from core.jobs.services import cancel as cancel_job
from core.jobs.services import enqueue, job_status

from .catalogue import record_type
from .import_models import CHECKED, CHECKING, DONE, RUNNING, UNDOING, Import
from .import_runs import check_import, pass_on, run_import
from .import_undo import Undone, undo

KIND = "core.import"
STEPS = {"check": CHECKING, "run": RUNNING, "undo": UNDOING}


def later(one: Import, step: str, actor: Actor) -> None:
    """Have a step ("check", "run", "undo") done in the background, in the actor's name, once this unit of work is committed."""
    one.job_id = enqueue(KIND, actor_id=actor.user_id, import_id=one.id, step=step, by_id=actor.user_id)
    db.session.flush()


def work(progress: Any, *, import_id: int, step: str, by_id: int | None = None) -> None:
    """The job: one step of one import, with the rights that whoever asked for it has now: its owner, or a superadmin in his place."""
    one = db.session.get(Import, import_id)
    if one is None or one.state != STEPS[step]:
        return
    who = by_id or one.created_by_id  # a job of an earlier version does not say who asked
    actor = actor_of(who) if who else None
    rt = record_type(one.record_type)
    if actor is None:  # disabled since: a superadmin can still begin the step anew
        _back(import_id, CHECKED if step == "run" else DONE)
        return
    told = progress.step
    with force_locale(actor.language or runtime().settings.default_language):
        if step == "check":
            check_import(rt, actor, import_id, told)
            return
        try:
            if step == "run":
                run_import(rt, actor, import_id, told)
            else:
                with unit_of_work(actor.user_id):
                    one = db.session.get_one(Import, import_id, populate_existing=True)
                    undo(rt, actor, one, edited=_accepted(one), progress=told)
        except Exception:
            _back(import_id, CHECKED if step == "run" else DONE)
            raise


def _back(import_id: int, state: str) -> None:
    """A step was cancelled or failed, and changed nothing: it can be started again."""
    db.session.rollback()
    with unit_of_work():
        pass_on(db.session.get_one(Import, import_id, populate_existing=True), state, RUNNING, UNDOING)


def undo_now(rt: Any, actor: Actor, one: Import) -> Undone:
    """Take a small import back in the current unit of work."""
    return undo(rt, actor, one, edited=_accepted(one))


def _accepted(one: Import) -> dict[int, int]:
    """The records edited since that are to be taken back as well, as they were shown; JSON knows no numbers as keys."""
    return {int(i): version for i, version in one.report.get("undo_accepted", {}).items()}


def cancel(one: Import, actor: Actor) -> None:
    """Stop an import that waits or runs; it can be looked at and started again. Raises Conflict when it does neither."""
    if one.state != RUNNING or one.job_id is None:
        raise Conflict(_("This import is not running."))
    ask_to_end(runtime().parts["runtime_engine"], one.job_id)  # not in the main file, whose one writer may be this import
    status = job_status(one.job_id, actor)
    if status is not None and status["state"] == QUEUED:
        begin_write()
        cancel_job(one.job_id, actor)
        pass_on(one, CHECKED, RUNNING)


def progress_of(one: Import, actor: Actor) -> tuple[int, int, str]:
    """(done, of how many, what went wrong) of the step that is under way."""
    status = job_status(one.job_id, actor) if one.job_id else None
    if status is None:
        return 0, 0, ""
    return status["done"], status["total"], status["error"] or ""


# Not one transaction: a check reads only, and must not hold the writer's lock.
JOB_KINDS = [JobKind(KIND, run=work, label=_l("Import"), one_transaction=False)]

__all__ = ["JOB_KINDS", "cancel", "later", "progress_of", "undo_now", "work"]
