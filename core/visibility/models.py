"""One row per cell of Setup → Visibility that says something of its own."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import plugin_base

_FOR_ALL = text("group_id IS NULL")  # a unique constraint takes two empty groups for different


class Visibility(plugin_base("core")):
    """A subject ("section:crm", "plugin:leads", "entry:companies.company") is shown to or hidden from a group, or (None) everybody."""

    __table_args__ = (
        UniqueConstraint("subject", "group_id"),
        Index("ix_core_visibility_all", "subject", unique=True, sqlite_where=_FOR_ALL, postgresql_where=_FOR_ALL),
        CheckConstraint("state IN ('shown', 'hidden')", name="state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(120))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("core_group.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(String(10))
