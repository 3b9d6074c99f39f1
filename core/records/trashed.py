"""The trash of a record type: who may look into it and take out of it."""

from typing import Any

from sqlalchemy import Select, select, tuple_

from core.access import Actor
from core.history import HistoryEntry

from .record_type import RecordType

PAGE = 50
"""Records that a page of the trash shows."""


def deleted_by(rt: RecordType) -> Any:
    """A scalar subquery beside the record type's model: the id of the user who put the record into the trash."""
    e = HistoryEntry
    deleted = select(e.actor_id).where(e.record_type == rt.name, e.record_id == rt.model.id, e.action == "delete")
    return deleted.order_by(e.id.desc()).limit(1).correlate(rt.model).scalar_subquery()


def select_trashed(rt: RecordType, actor: Actor) -> Select[Any]:
    """`SELECT model …` of the records in the trash that are the actor's to take out: those that he put there, all for superadmins.

    Whether he still might delete them shows only when one has come back (core.web.records.trash).
    """
    stmt = select(rt.model).where(rt.model.trashed_at.is_not(None))
    return stmt if actor.superadmin else stmt.where(deleted_by(rt) == actor.user_id)


def page_of(rt: RecordType, actor: Actor, before: int | None) -> Select[Any]:
    """The records put there last, with the id of who did it; those before the record `before` when it lies there. One more than a page."""
    model = rt.model
    stmt = select_trashed(rt, actor).add_columns(deleted_by(rt).label("by"))
    if before is not None:
        edge = select(model.trashed_at).where(model.id == before).correlate(None).scalar_subquery()
        stmt = stmt.where(tuple_(model.trashed_at, model.id) < tuple_(edge, before))
    return stmt.order_by(model.trashed_at.desc(), model.id.desc()).limit(PAGE + 1)


__all__ = ["PAGE", "deleted_by", "page_of", "select_trashed"]
