"""Notes and files of a record, changed and removed by whoever may edit the record (docs/access.md), and told of by its history.

What is removed leaves every list and can be brought back by its undo for thirty days; then it is forgotten, and bytes that no other file
names are swept. A replaced file is no removed one: it stays reachable by its address.
"""

from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete

from core.access import Actor, load
from core.activity import Note
from core.activity.services import checked_text
from core.addons.runtime import runtime
from core.db import db, unit_of_work, utcnow
from core.errors import Conflict, NotFound
from core.files.models import File
from core.history.listener import note_created

from .record_type import RecordType

FILE, NOTE = "_file", "_note"
"""Under which names history tells of them: no field begins so."""
KEPT = timedelta(days=30)
"""How long what was removed can be brought back."""


def load_attached(model: type[File] | type[Note], id: int, actor: Actor, *, removed: bool = False) -> tuple[RecordType, Any, Any]:
    """A file or note (`removed`: one that was removed) for whoever may edit its record: the record's type, the record, and itself.

    Raises NotFound, Forbidden as for the record, and what the record type's `closed` raises, as under a lock.
    """
    one = _there(model, id, removed)
    rt = runtime().record_types.get(one.record_type) if one is not None else None
    if one is None or rt is None or not actor.has(rt.access.permission) or not runtime().parts["shown"](rt.plugin, actor):
        raise NotFound
    record = load(rt, one.record_id, actor, "edit")
    if (one := _there(model, id, removed)) is None:  # who waited for the record's lock sees what was done meanwhile
        raise NotFound
    rt.closed(record, actor)
    return rt, record, one


def _there(model: type[File] | type[Note], id: int, removed: bool) -> Any:
    one = db.session.get(model, id, populate_existing=True) if 0 < id < 2**31 else None
    if one is None or (one.removed_at is not None) is not removed:
        return None
    return None if isinstance(one, File) and one.replaced_at is not None and not removed else one


def remove(model: type[File] | type[Note], id: int, actor: Actor) -> tuple[RecordType, Any]:
    """Take a file or note off its record, in the current unit of work; the record's type and itself."""
    rt, record, one = load_attached(model, id, actor)
    one.removed_at = utcnow()
    if isinstance(one, File):
        one.replaced_at = one.removed_at
    _told(rt, record, actor, *_name_and_words(one), None)
    return rt, one


def restore(model: type[File] | type[Note], id: int, actor: Actor) -> tuple[RecordType, Any]:
    """Bring a file or note back to its record; a file that was replaced meanwhile is back at its address only."""
    rt, record, one = load_attached(model, id, actor, removed=True)
    if isinstance(one, File) and one.replaced_at == one.removed_at:
        one.replaced_at = None
    one.removed_at = None
    name, words = _name_and_words(one)
    _told(rt, record, actor, name, None, words)
    return rt, one


def _name_and_words(one: File | Note) -> tuple[str, str]:
    """Under which name history tells of it, and by which words."""
    return (FILE, one.name) if isinstance(one, File) else (NOTE, one.text)


def change_note(
    id: int, text: Any, actor: Actor, *, kind: str | None = None, next_on: date | None = None, version: int | None = None
) -> tuple[RecordType, Note]:
    """Another text, kind or next date for a note; `version` is the one that the writer has seen.

    Raises Invalid when there is nothing in it or too much, and Conflict when somebody else changed it since that version into something
    else; its `details` are "version" and "fields" (field, theirs, yours).
    """
    rt, record, note = load_attached(Note, id, actor)
    before, sent = (note.text, note.kind, note.next_on), (checked_text(text), kind or note.kind, next_on)
    if sent == before:
        return rt, note
    if version is not None and version != note.version:
        pairs = zip(("text", "kind"), before, sent, strict=False)
        clashes = [{"field": name, "theirs": theirs, "yours": yours} for name, theirs, yours in pairs if theirs != yours]
        said = _l("Somebody else changed this note while you were editing it.")
        raise Conflict(said, details={"version": note.version, "fields": clashes})
    note.text, note.kind, note.next_on = sent
    note.version += 1
    if note.text != before[0]:
        _told(rt, record, actor, NOTE, before[0], note.text)
    return rt, note


def _told(rt: RecordType, record: Any, actor: Actor, what: str, before: str | None, after: str | None) -> None:
    db.session.flush()
    changes = {what: [before, after]}
    note_created(rt.name, [{"id": record.id, "version": record.version, "changes": changes}], actor.user_id, action="update")
    rt.written([record.id], actor)


def sweep_removed() -> int:
    """Forget the notes and files that were removed a month ago; gives how many. Bytes that no other file names are swept afterwards."""
    gone = 0
    with unit_of_work():
        for model in (File, Note):
            old = delete(model).where(model.removed_at < utcnow() - KEPT)
            gone += db.session.execute(old).rowcount  # type: ignore[attr-defined]
    return gone


__all__ = ["FILE", "NOTE", "change_note", "load_attached", "remove", "restore", "sweep_removed"]
