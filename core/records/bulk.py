"""Many records at once, by the rules that hold for one: what plugins are told of them, and their way into the trash."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm.attributes import set_committed_value

from core.access import Actor, Forbidden, NotFound
from core.addons.declarations import Change
from core.addons.runtime import runtime
from core.db import after_commit, among, db, utcnow
from core.db.work import savepoint
from core.errors import Conflict, Invalid
from core.history.listener import note_created

from .ahead import asked_together
from .record_type import RecordType

REFUSALS = (Invalid, Conflict, Forbidden, NotFound)
"""What rules and plugins raise for a change that they don't allow."""


class PluginRefused(Exception):
    """A plugin refused one of many changes: which, by its key, and what it raised."""

    def __init__(self, key: int, error: Exception):
        super().__init__(str(error))
        self.key, self.error = key, error


def loader(rt: RecordType, ids: Sequence[int]) -> Callable[[int], Any]:
    """Gives a record by its id; the first that is asked for brings all of `ids`, by one statement."""
    found: dict[int, Any] = {}

    def load(record_id: int) -> Any:
        if not found:
            found.update({record.id: record for record in db.session.scalars(select(rt.model).where(among(rt.model.id, ids)))})
        return found[record_id]

    return load


def is_heard(*events: str) -> bool:
    """Whether any plugin listens to one of these events."""
    addons = runtime().addons
    return any((hook := getattr(addons.pm.hook, event, None)) is not None and hook.get_hookimpls() for event in events)


def tell(changes: Mapping[int, Change]) -> None:
    """Tell plugins of changes: now, and after the commit. Raises PluginRefused with the key of the first that one of them refuses."""
    addons = runtime().addons
    if is_heard("record_saving"):
        saving = addons.caller("record_saving")
        for key, change in changes.items():
            try:
                saving(change=change)
            except REFUSALS as error:
                raise PluginRefused(key, error) from None
    if is_heard("record_saved"):
        for change in changes.values():
            after_commit(partial(addons.call, "record_saved", change=change))
    db.session.flush()


def delete_many(rt: RecordType, records: Iterable[Any], actor: Actor) -> list[tuple[Any, Exception]]:
    """Move records that were loaded for deleting into the trash, as far as they may go; gives the others, each with what speaks against it.

    One that is refused because of another goes once that one is gone, whatever their order.
    """
    if actor.read_only:
        raise Forbidden
    left: list[tuple[Any, Exception]] = []
    todo = list(records)
    while todo:
        going, refused = [], []
        with asked_together([record.id for record in todo]):
            for record in todo:
                try:
                    rt.deleting(record, actor)
                    going.append(record)
                except Conflict as conflict:
                    refused.append((record, conflict))
        if not going:
            return left + refused
        left += _trash(rt, going, actor)
        todo = [record for record, _conflict in refused]
    return left


def _trash(rt: RecordType, records: Sequence[Any], actor: Actor) -> list[tuple[Any, Exception]]:
    """Into the trash, all but those that a plugin refuses."""
    left: list[tuple[Any, Exception]] = []
    by_id = {record.id: record for record in records}
    while by_id:
        try:
            with savepoint():
                _mark(rt, list(by_id.values()), actor)
                rt.written(list(by_id), actor)
                tell({
                    i: Change(record_type=rt.name, record=record, action="delete", actor_id=actor.user_id) for i, record in by_id.items()
                })  # fmt: skip
        except PluginRefused as refused:
            db.session.scalars(select(rt.model).where(among(rt.model.id, list(by_id))).execution_options(populate_existing=True)).all()
            left.append((by_id.pop(refused.key), refused.error))
            continue
        break
    return left


def _mark(rt: RecordType, records: Sequence[Any], actor: Actor) -> None:
    """What the session would write for each, by one statement: the mark, what goes along with any change, the version, the history."""
    db.session.flush()
    table, now = rt.model.__table__, utcnow()
    alike = {c.name: c.onupdate.arg(None) for c in table.columns if c.onupdate is not None and c.onupdate.is_callable} | {"trashed_at": now}
    db.session.execute(
        update(table).where(among(table.c.id, [record.id for record in records])).values(**alike, version=table.c.version + 1)
    )
    for record in records:
        for name, value in (*alike.items(), ("version", record.version + 1)):
            set_committed_value(record, name, value)
    history = [{"id": record.id, "version": record.version, "changes": {"trashed_at": [None, now.isoformat()]}} for record in records]
    note_created(rt.name, history, actor.user_id, action="delete")


__all__ = ["REFUSALS", "PluginRefused", "delete_many", "is_heard", "loader", "tell"]
