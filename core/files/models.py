"""The table of files: what hangs on which record, and under which name its bytes are stored."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db import plugin_base, utcnow


class File(plugin_base("core")):
    """A file on a record. `sha256` names its bytes; a replaced file stays reachable by history, a removed one does not."""

    id: Mapped[int] = mapped_column(primary_key=True)
    record_type: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int]
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    kind: Mapped[str] = mapped_column(String(30), default="attachment")
    note: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("core_user.id"))
    replaced_at: Mapped[datetime | None]
    """When it left the lists: replaced by another, or removed; later than `removed_at` when it was replaced after its removal."""
    removed_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_core_file_record", "record_type", "record_id"), {"sqlite_autoincrement": True})
