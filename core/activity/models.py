"""The table of activity notes."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db import plugin_base, utcnow


class Note(plugin_base("core")):
    """Something that was noted on a record: a note, a call, a meeting; `next_on` is when to come back to it."""

    id: Mapped[int] = mapped_column(primary_key=True)
    record_type: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int]
    kind: Mapped[str] = mapped_column(String(20), default="note")
    text: Mapped[str]
    author_id: Mapped[int | None] = mapped_column(ForeignKey("core_user.id"))
    at: Mapped[datetime] = mapped_column(default=utcnow)
    next_on: Mapped[date | None]
    removed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    """Which text this is: each change counts one on, removal and return do not."""

    __table_args__ = (Index("ix_core_note_record", "record_type", "record_id", "id"), {"sqlite_autoincrement": True})
