"""Taking back an import: what it made goes into the trash, what it changed gets its old values, cell by cell.

By the same rules as if somebody did so record by record: who may delete, who may edit, what plugins say, what hangs on what. What was
edited since is left as it is unless it was shown, as it is now, to somebody who wanted it back too. Whatever is left is named.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import and_, func, select, true

from core.access import Actor, Forbidden, allowed
from core.db import among, db
from core.fields.references import Refs
from core.history.listener import plain

from .bulk import delete_many
from .import_models import UNDONE, Import, ImportPart
from .import_options import Progress, Ready
from .import_write import Refused, change_many
from .record_type import RecordType
from .services import of_history, snapshot

PART = 2_000
MOST_NAMED = 50
Edited = Mapping[int, int]
"""Records that were edited since and are to be taken back all the same: id → the version that was shown."""


@dataclass(kw_only=True)
class Undone:
    """What an undo did: records trashed, records changed back, and those left as they are (id, title, why)."""

    removed: int = 0
    restored: int = 0
    left: list[tuple[int, str, str]] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Since:
    """A record that was edited after the import: its version now."""

    id: int
    title: str
    version: int


def edited_since(rt: RecordType, one: Import, actor: Actor) -> list[Since]:
    """Records of an import that somebody edited afterwards, as far as the actor sees them; some fifty at most."""
    out: list[Since] = []
    model = rt.model
    for part in _parts(one):
        for ids in _some(part.created):
            stmt = select(model).where(among(model.id, ids), model.version > 1, model.trashed_at.is_(None), allowed(rt, "view", actor))
            out += [_since(rt, record) for record in db.session.scalars(stmt.order_by(model.id).limit(MOST_NAMED))]
        for ids in _some([int(i) for i in part.changed]):
            stmt = select(model).where(among(model.id, ids), model.trashed_at.is_(None), allowed(rt, "view", actor)).order_by(model.id)
            records = db.session.scalars(stmt).all()
            linked = _linked(rt, part.changed, [record.id for record in records])
            out += [_since(rt, r) for r in records if _edited(rt, r, _written(rt, part.changed[str(r.id)]), linked)]
        if len(out) >= MOST_NAMED:
            break
    return out[:MOST_NAMED]


def goes_back(rt: RecordType, one: Import, actor: Actor) -> tuple[int, int]:
    """How many records an undo by the actor would remove and how many it would change back, as things are now."""
    made = changed = 0
    for part in _parts(one):
        made += sum(_count(rt, ids, "delete", actor) for ids in _some(part.created))
        changed += sum(_count(rt, ids, "edit", actor) for ids in _some([int(i) for i in part.changed]))
    return made, changed


def _count(rt: RecordType, ids: Sequence[int], action: str, actor: Actor) -> int:
    model = rt.model
    there = among(model.id, ids), model.trashed_at.is_(None), allowed(rt, "view", actor), allowed(rt, action, actor)
    return db.session.scalar(select(func.count()).select_from(model).where(*there)) or 0


def _since(rt: RecordType, record: Any) -> Since:
    return Since(id=record.id, title=rt.title_of(record), version=record.version)


def undo(rt: RecordType, actor: Actor, one: Import, *, edited: Edited | None = None, progress: Progress | None = None) -> Undone:
    """Take an import back, inside the current unit of work. `edited` are those edited since that are taken back too, as they were shown."""
    if actor.read_only:
        raise Forbidden
    out, accepted = Undone(), edited or {}
    parts = list(_parts(one))[::-1]  # rows that refer to earlier ones go first
    for done, part in enumerate(parts, 1):
        for ids in _some(part.created[::-1]):
            _remove(rt, actor, ids, out, accepted)
        for ids in _some([int(i) for i in part.changed]):
            _restore(rt, actor, ids, part.changed, out, accepted)
        if progress:
            progress(done, len(parts))
    one.state = UNDONE
    left = [list(row) for row in out.left[:MOST_NAMED]]
    one.report = {**one.report, "removed": out.removed, "restored": out.restored, "kept": len(out.left), "left": left}
    db.session.flush()
    return out


def _parts(one: Import) -> Iterator[ImportPart]:
    yield from db.session.scalars(select(ImportPart).where(ImportPart.import_id == one.id).order_by(ImportPart.id))


def _some(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[i : i + PART] for i in range(0, len(ids), PART))


def _load(rt: RecordType, actor: Actor, ids: Sequence[int], action: str, out: Undone) -> list[Any]:
    """Those of these records that are there and to which the actor may do `action`, locked, in order; the others are named."""
    model = rt.model
    db.session.execute(select(model.id).where(among(model.id, ids)).order_by(model.id).with_for_update())
    may = [and_(true(), allowed(rt, name, actor)).label(name) for name in ("view", action)]
    stmt = select(model, *may).where(among(model.id, ids), model.trashed_at.is_(None)).execution_options(populate_existing=True)
    rows = {row[0].id: row for row in db.session.execute(stmt)}
    why = _("You may not delete it.") if action == "delete" else _("You may not change it any more.")
    good = []
    for record, seen, allowed_ in (rows[i] for i in ids if i in rows):
        if seen and allowed_:
            good.append(record)
        else:
            out.left.append((record.id, rt.title_of(record) if seen else _("No. %(id)s", id=record.id), why))
    return good


def _remove(rt: RecordType, actor: Actor, ids: Sequence[int], out: Undone, accepted: Edited) -> None:
    going = []
    for record in _load(rt, actor, ids, "delete", out):
        if record.version > 1 and accepted.get(record.id) != record.version:
            out.left.append((record.id, rt.title_of(record), _("It was edited since.")))
        else:
            going.append(record)
    left = delete_many(rt, going, actor)
    out.left += [(record.id, rt.title_of(record), _words(refusal)) for record, refusal in left]
    out.removed += len(going) - len(left)


def _restore(
    rt: RecordType, actor: Actor, ids: Sequence[int], changes: Mapping[str, Mapping[str, Any]], out: Undone, accepted: Edited
) -> None:
    records = {record.id: record for record in _load(rt, actor, ids, "edit", out)}
    linked = _linked(rt, changes, list(records))
    rows = []
    for record_id, record in records.items():
        mine = _written(rt, changes[str(record_id)])
        now = snapshot(rt, record, mine, linked)
        every = accepted.get(record_id) == record.version
        back = {n: of_history(rt, n, before) for n, (before, after) in mine.items() if every or plain(now[n]) == after}
        if len(back) < len(mine):
            out.left.append((record_id, rt.title_of(record), _("It was edited since.")))
        if back:
            rows.append(Ready(record_id, record_id, record.version, back))
    titles = {r.row: rt.title_of(records[r.row]) for r in rows}

    def refuse(refused: Refused) -> None:
        out.left.append((refused.row, titles[refused.row], str(refused.message)))

    out.restored += len(change_many(rt, actor, rows, refuse).changed)


def _written(rt: RecordType, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes without what is computed from them: when a lead was closed, by when to give notice. That is computed again."""
    computed = set(rt.model.__table__.c.keys()).difference(f.name for f in rt.fields if f.written)
    return {name: pair for name, pair in changes.items() if name not in computed}


def _edited(rt: RecordType, record: Any, changes: Mapping[str, Any], linked: Mapping[str, Mapping[int, Any]]) -> bool:
    now = snapshot(rt, record, changes, linked)
    return any(plain(now[name]) != after for name, (_before, after) in changes.items())


def _linked(rt: RecordType, changes: Mapping[str, Mapping[str, Any]], ids: Collection[int]) -> dict[str, Mapping[int, list[int]]]:
    """What records are linked with, in the fields of several references that the import changed."""
    names = {name for fields in changes.values() for name in fields}
    return {f.name: f.kind.read(list(ids)) for f in rt.fields if isinstance(f.kind, Refs) and f.name in names} if ids else {}


def _words(refusal: Exception) -> str:
    return str(refusal) or _("You may not do this.")


__all__ = ["Since", "Undone", "edited_since", "goes_back", "undo"]
