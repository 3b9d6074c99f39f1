"""Writing notes, and reading the timeline of some records."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, String, func, literal, select, union_all

from core.db import db
from core.errors import Invalid
from core.fields.kinds import clean_text
from core.identity.models import User

from .models import Note

KINDS = (("note", _l("Note")), ("call", _l("Call")), ("meeting", _l("Meeting")))
ICONS = {"note": "note", "call": "phone", "meeting": "users"}
LONGEST = 20_000


def add_note(
    record_type: str, record_id: int, text: Any, author_id: int | None, *, kind: str = "note", next_on: date | None = None
) -> Note:
    """A new note on a record that the author may edit. Raises Invalid when there is nothing in it or too much."""
    cleaned = checked_text(text)
    if kind not in dict(KINDS):
        kind = "note"
    note = Note(record_type=record_type, record_id=record_id, kind=kind, text=cleaned, author_id=author_id, next_on=next_on)
    db.session.add(note)
    db.session.flush()
    return note


def checked_text(text: Any) -> str:
    """The text of a note, cleaned. Raises Invalid when there is nothing in it or too much."""
    cleaned = clean_text(text, lines=True)
    if not cleaned:
        raise Invalid({"text": _l("Write something first.")})
    if len(cleaned) > LONGEST:
        raise Invalid({"text": _l("At most %(n)s characters; these are %(m)s.", n=LONGEST, m=len(cleaned))})
    return cleaned


@dataclass(frozen=True, kw_only=True)
class Noted:
    """Records of one type on which notes are looked for: the condition on `Note.record_id`, and what each is called, both in SQL."""

    record_type: str
    where: Any
    title: Any = field(default_factory=lambda: literal("", String))


def notes_on(noted: Sequence[Noted], *, limit: int) -> Select[Any]:
    """SELECT the newest notes on some records: id, kind, text, at, the author's name; type, id and title of the record."""
    columns = (Note.id, Note.kind, Note.text, Note.at, Note.author_id, Note.record_type, Note.record_id)
    found = union_all(*(select(*columns, one.title.label("title")).where(*_there(one)) for one in noted)).subquery().c
    stmt = select(found.id, found.kind, found.text, found.at, found.record_type, found.record_id, found.title, User.name.label("author"))
    return stmt.outerjoin_from(found.id.table, User, User.id == found.author_id).order_by(found.id.desc()).limit(limit)


def count_notes(noted: Sequence[Noted]) -> Select[Any]:
    """SELECT the number of notes on some records, for the badge of a tab."""
    found = union_all(*(select(Note.id).where(*_there(one)) for one in noted)).subquery()
    return select(func.count()).select_from(found)


def _there(noted: Noted) -> list[Any]:
    return [Note.record_type == noted.record_type, Note.removed_at.is_(None), noted.where]
