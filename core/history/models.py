"""Tables of history and of keys that make a request work once."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db import JsonDict, plugin_base, utcnow


class HistoryEntry(plugin_base("core")):
    """One save of one record: `changes` maps a field to [before, after]. No foreign key to the record: history outlives it."""

    id: Mapped[int] = mapped_column(primary_key=True)
    record_type: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=utcnow)
    actor_id: Mapped[int | None]
    action: Mapped[str] = mapped_column(String(20))
    version: Mapped[int] = mapped_column(default=1)
    changes: Mapped[dict[str, Any]] = mapped_column(JsonDict, default=dict)

    __table_args__ = (Index("ix_core_history_entry_record", "record_type", "record_id", "id"),)


class OnceKey(plugin_base("core")):
    """A key that a form or a client sent with a new record: sent again, it leads to the record that it made."""

    key: Mapped[str] = mapped_column(String(120), primary_key=True)
    body_hash: Mapped[str] = mapped_column(String(64), default="")
    result: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=utcnow, index=True)
