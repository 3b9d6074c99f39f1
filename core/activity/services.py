"""Writing notes, and reading the timeline of some records."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, and_, bindparam, func, or_, select

from core.db import among, db, read
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
    cleaned = clean_text(text, lines=True)
    if not cleaned:
        raise Invalid({"text": _l("Write something first.")})
    if len(cleaned) > LONGEST:
        raise Invalid({"text": _l("At most %(n)s characters; these are %(m)s.", n=LONGEST, m=len(cleaned))})
    if kind not in dict(KINDS):
        kind = "note"
    note = Note(record_type=record_type, record_id=record_id, kind=kind, text=cleaned, author_id=author_id, next_on=next_on)
    db.session.add(note)
    db.session.flush()
    return note


def notes_on(owners: Sequence[tuple[str, Sequence[int]]], *, limit: int = 50) -> list[Any]:
    """The notes on some records, newest first: rows of kind, text, at and the author's name."""
    there = [(rt, ids) for rt, ids in owners if ids]
    asked = {f"{word}_{n}": value for n, pair in enumerate(there) for word, value in zip(("type", "ids"), pair, strict=True)}
    return list(read(_notes(len(there), limit), asked))


@lru_cache(maxsize=64)
def _notes(owners: int, limit: int) -> Select[Any]:
    where = or_(
        *(and_(Note.record_type == bindparam(f"type_{n}"), among(Note.record_id, f"ids_{n}")) for n in range(owners)),
    )  # fmt: skip
    stmt = select(Note.kind, Note.text, Note.at, User.name.label("author"))
    return stmt.outerjoin(User, User.id == Note.author_id).where(where).order_by(Note.id.desc()).limit(limit)


def count_notes(record_type: str, record_id: int) -> Select[Any]:
    """SELECT the number of notes on a record, for the badge of its tab."""
    return select(func.count()).select_from(Note).where(Note.record_type == record_type, Note.record_id == record_id)
