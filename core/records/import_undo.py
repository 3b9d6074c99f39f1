"""Taking back an import: what it made goes into the trash, what it changed gets its old values, cell by cell.

What was edited since is left as it is unless that was asked for, and so is what others hang on; both are named. Whoever imported may take
it back as long as he may still edit it, and a superadmin.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import and_, select, true, update

from core.access import Actor, Conflict, Forbidden, NotFound, allowed
from core.db import db, utcnow
from core.errors import Invalid
from core.fields import kinds
from core.history import note_created
from core.history.listener import plain

from .import_models import UNDONE, Import, ImportPart
from .import_options import Progress
from .record_type import RecordType
from .services import snapshot, update_record

PART = 500
MOST_NAMED = 50


@dataclass(kw_only=True)
class Undone:
    """What an undo did: records trashed, records changed back, and those left as they are (id, title, why)."""

    removed: int = 0
    restored: int = 0
    left: list[tuple[int, str, str]] = field(default_factory=list)


def edited_since(rt: RecordType, one: Import) -> list[tuple[int, str]]:
    """Records of an import that somebody edited afterwards: id and title, some fifty at most."""
    out: list[tuple[int, str]] = []
    model, title = rt.model, getattr(rt.model, rt.title)
    for part in _parts(one):
        for ids in _some(part.created):
            stmt = select(model.id, title).where(model.id.in_(ids), model.version > 1, model.trashed_at.is_(None))
            out += [(row[0], str(row[1])) for row in db.session.execute(stmt.limit(MOST_NAMED))]
        if part.changed:
            for record in db.session.scalars(select(model).where(model.id.in_([int(i) for i in part.changed]))):
                now = snapshot(rt, record, part.changed[str(record.id)])
                if any(plain(now[n]) != after for n, (_before, after) in part.changed[str(record.id)].items()):
                    out.append((record.id, str(getattr(record, rt.title))))
        if len(out) >= MOST_NAMED:
            break
    return out[:MOST_NAMED]


def undo(rt: RecordType, actor: Actor, one: Import, *, edited: bool = False, progress: Progress | None = None) -> Undone:
    """Take an import back, inside the current unit of work. `edited` takes back what was edited since, too."""
    out = Undone()
    parts = list(_parts(one))[::-1]  # rows that refer to earlier ones go first
    for done, part in enumerate(parts, 1):
        for ids in _some(part.created[::-1]):
            _remove(rt, actor, ids, out, edited)
        for record_id, changes in part.changed.items():
            _restore(rt, actor, int(record_id), changes, out, edited)
        if progress:
            progress(done, len(parts))
    one.state = UNDONE
    one.report = {**one.report, "removed": out.removed, "restored": out.restored, "left": [list(row) for row in out.left[:MOST_NAMED]]}
    db.session.flush()
    return out


def _parts(one: Import) -> Iterator[ImportPart]:
    yield from db.session.scalars(select(ImportPart).where(ImportPart.import_id == one.id).order_by(ImportPart.id))


def _some(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[i : i + PART] for i in range(0, len(ids), PART))


def _remove(rt: RecordType, actor: Actor, ids: Sequence[int], out: Undone, edited: bool) -> None:
    model = rt.model
    may = and_(true(), allowed(rt, "edit", actor)).label("may")
    rows = {r.id: (r, ok) for r, ok in db.session.execute(select(model, may).where(model.id.in_(ids), model.trashed_at.is_(None)))}
    todo = []
    for record_id in ids:
        if record_id in rows:
            record, ok = rows[record_id]
            if not ok:
                out.left.append((record_id, str(getattr(record, rt.title)), _("You may not change it any more.")))
            elif record.version > 1 and not edited:
                out.left.append((record_id, str(getattr(record, rt.title)), _("It was edited since.")))
            else:
                todo.append(record)
    while todo:  # what is refused because of another row may go once that one is gone
        gone, refused = [], []
        for record in todo:
            try:
                rt.deleting(record, actor)
                gone.append(record)
            except Conflict as conflict:
                refused.append((record, str(conflict.message)))
        if not gone:
            out.left += [(record.id, str(getattr(record, rt.title)), words) for record, words in refused]
            return
        _trash(rt, actor, gone)
        out.removed += len(gone)
        todo = [record for record, _words in refused]


def _trash(rt: RecordType, actor: Actor, records: Sequence[Any]) -> None:
    """Put records into the trash by one statement, with history."""
    now, table = utcnow(), rt.model.__table__
    ids = [r.id for r in records]
    history = [{"id": r.id, "version": r.version + 1, "changes": {"trashed_at": [None, now.isoformat()]}} for r in records]
    kept = {c.name: c for c in table.columns if c.onupdate is not None and c.name != "updated_at"}
    db.session.execute(update(table).where(table.c.id.in_(ids)).values(trashed_at=now, version=table.c.version + 1, **kept))
    for record in records:
        db.session.expire(record)
    note_created(rt.name, history, actor.user_id, action="delete")
    rt.written(ids, actor)


def _restore(rt: RecordType, actor: Actor, record_id: int, changes: dict[str, list[Any]], out: Undone, edited: bool) -> None:
    model = rt.model
    may = and_(true(), allowed(rt, "edit", actor)).label("may")
    row = db.session.execute(select(model, may).where(model.id == record_id, model.trashed_at.is_(None))).first()
    if row is None:
        return
    record, title = row[0], str(getattr(row[0], rt.title))
    now = snapshot(rt, record, changes)
    back = {n: _typed(rt, n, before) for n, (before, after) in changes.items() if edited or plain(now[n]) == after}
    if len(back) < len(changes):
        out.left.append((record_id, title, _("It was edited since.")))
    if not row.may:
        out.left.append((record_id, title, _("You may not change it any more.")))
    elif back:
        try:
            with db.session.begin_nested():
                update_record(rt, record, back, actor, confirmed=True)
            out.restored += 1
        except (Invalid, Conflict, Forbidden, NotFound) as refused:
            out.left.append((record_id, title, str(refused) or _("You may not do this.")))


def _typed(rt: RecordType, name: str, value: Any) -> Any:
    """A value of a before-image as the record holds it."""
    f = next((f for f in rt.fields if f.name == name), None)
    if f is None or not isinstance(value, str):
        return value  # a custom value is stored as JSON anyway
    if isinstance(f.kind, kinds.Instant):
        return datetime.fromisoformat(value)
    if isinstance(f.kind, kinds.Date):
        return date.fromisoformat(value)
    return Decimal(value) if isinstance(f.kind, kinds.Number) else value


__all__ = ["Undone", "edited_since", "undo"]
