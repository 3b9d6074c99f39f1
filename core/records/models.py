"""Tables of the engine itself: saved views of lists."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db import plugin_base, utcnow


class SavedView(plugin_base("core")):
    """A list as somebody keeps it: name, record type, and the list's address without its page (filters, order, columns).

    Private to `user_id`, or shared with a group; a shared one is run with the reader's rights (docs/access.md).
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    record_type: Mapped[str] = mapped_column(String(60))
    user_id: Mapped[int] = mapped_column(ForeignKey("core_user.id"))
    name: Mapped[str] = mapped_column(String(80))
    query: Mapped[str]
    group_id: Mapped[int | None]
    is_default: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)

    __table_args__ = (Index("ix_core_saved_view_user", "record_type", "user_id"), {"sqlite_autoincrement": True})
