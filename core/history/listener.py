"""The session listener that writes history, and the same for rows written without the ORM."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import Session, UOWTransaction

from core.db import Record, utcnow
from core.db.bulk import insert_columns

from .models import HistoryEntry

QUIET = {"id", "version", "updated_at", "created_at", "created_by_id", "search_text"}


def record_type_of(model: type) -> str:
    """The record type's name of a model: its plugin, and its table without it."""
    plugin = model.__plugin__  # type: ignore[attr-defined]
    return f"{plugin}.{model.__tablename__.removeprefix(plugin + '_')}"  # type: ignore[attr-defined]


def plain(value: Any) -> Any:
    """A value as it stands in JSON."""
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value


def install() -> None:
    """Attach the listener to the session, once per process."""
    if not event.contains(Session, "before_flush", _before_flush):
        event.listen(Session, "before_flush", _before_flush)
        event.listen(Session, "after_flush", _after_flush)


def _is_quiet(name: str) -> bool:
    return name in QUIET or name.endswith("_key")


def _changes(record: Any, *, new: bool) -> dict[str, list[Any]]:
    out: dict[str, list[Any]] = dict(getattr(record, "link_changes", {}))
    for attribute in inspect(record).mapper.column_attrs:
        if _is_quiet(attribute.key):
            continue
        past = inspect(record).attrs[attribute.key].history
        if new:
            value = getattr(record, attribute.key)
            if attribute.key == "custom":
                out |= {k: [None, v] for k, v in (value or {}).items()}
            elif value not in (None, "", False):
                out[attribute.key] = [None, plain(value)]
        elif past.has_changes():
            before, after = (past.deleted or [None])[0], getattr(record, attribute.key)
            if attribute.key == "custom":
                before, after = before or {}, after or {}
                out |= {k: [before.get(k), after.get(k)] for k in {*before, *after} if before.get(k) != after.get(k)}
            elif before != after:
                out[attribute.key] = [plain(before), plain(after)]
    return out


def _before_flush(session: Session, context: UOWTransaction, instances: Any) -> None:
    notes = session.info.setdefault("history", [])
    for record in session.new:
        if isinstance(record, Record):
            notes.append((record, "create", _changes(record, new=True)))
    for record in session.dirty:
        if isinstance(record, Record) and session.is_modified(record) and (changes := _changes(record, new=False)):
            action = "update"
            if "trashed_at" in changes:
                action = "delete" if changes["trashed_at"][1] else "restore"
            notes.append((record, action, changes))


def _after_flush(session: Session, context: UOWTransaction) -> None:
    notes = session.info.pop("history", [])
    if not notes:
        return
    for record, _action, _links in notes:
        record.__dict__.pop("link_changes", None)
    actor_id = session.info.get("actor_id")
    session.execute(
        HistoryEntry.__table__.insert(),
        [
            {
                "record_type": record_type_of(type(record)), "record_id": record.id, "at": utcnow(), "actor_id": actor_id,
                "action": action, "version": record.version, "changes": changes,
            }
            for record, action, changes in notes
        ],
    )  # fmt: skip


def note_created(record_type: str, rows: Iterable[dict[str, Any]], actor_id: int | None, *, action: str = "create") -> None:
    """History of rows written in bulk: each `row` has "id", "version" and "changes" (field → [before, after])."""
    rows = list(rows)
    columns = {
        "record_id": [row["id"] for row in rows], "version": [row.get("version", 1) for row in rows],
        "changes": [row["changes"] for row in rows],
    }  # fmt: skip
    same = {"record_type": record_type, "at": utcnow(), "actor_id": actor_id, "action": action}
    insert_columns(HistoryEntry.__table__, columns, same)
