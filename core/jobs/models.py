"""The table of background work: the truth about each job; the queue carries only its id."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db import JsonDict, plugin_base, utcnow

QUEUED, RUNNING, DONE, FAILED, CANCELLED = "queued", "running", "done", "failed", "cancelled"
UNFINISHED = (QUEUED, RUNNING)


class Job(plugin_base("core")):
    """A piece of background work: state queued, running, done, failed or cancelled.

    While it runs its worker shows that it lives in the table of progress (`core.db.runtime`), which the job's own transaction never
    locks; `lease_until` is how long nobody asks. `done`, `total` and `message` are copied here at its end. `attempts` counts the
    workers that took it and is the fence: only the last of them may say that it is done.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    args: Mapped[dict[str, Any]] = mapped_column(JsonDict, default=dict)
    state: Mapped[str] = mapped_column(String(12), default=QUEUED)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    message: Mapped[str] = mapped_column(default="")
    result: Mapped[dict[str, Any] | None] = mapped_column(JsonDict)
    error: Mapped[str | None]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("core_user.id"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    unique_key: Mapped[str | None] = mapped_column(String(120), unique=True)

    __table_args__ = (Index("ix_core_job_state", "state", "lease_until"), {"sqlite_autoincrement": True})
