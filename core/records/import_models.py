"""Tables of imports: what was uploaded and chosen, what the check found, what was written (for the undo)."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db import JsonDict, JsonList, plugin_base, utcnow

CHECKING, CHECKED, RUNNING, DONE, UNDOING, UNDONE = "checking", "checked", "running", "done", "undoing", "undone"
"""States of an import, in order; a run that is refused leads back to checked."""


class Import(plugin_base("core")):
    """One uploaded file on its way into records. Its bytes are a file of core.files; `report` holds what was found and done."""

    id: Mapped[int] = mapped_column(primary_key=True)
    record_type: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(255))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("core_file.id"))
    state: Mapped[str] = mapped_column(String(12), default=CHECKING)
    options: Mapped[dict[str, Any]] = mapped_column(JsonDict, default=dict)
    report: Mapped[dict[str, Any]] = mapped_column(JsonDict, default=dict)
    header_key: Mapped[str] = mapped_column(String(64), default="")  # the same header again: the same matching is proposed
    job_id: Mapped[int | None]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("core_user.id"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    finished_at: Mapped[datetime | None]

    __table_args__ = (Index("ix_core_import_mine", "record_type", "created_by_id", "id"), {"sqlite_autoincrement": True})


class ImportProblem(plugin_base("core")):
    """A fault or remark of the last check. `position` counts columns from 0, -1 is the row as a whole; `row` 0 the file."""

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("core_import.id"))
    row: Mapped[int]
    position: Mapped[int]
    column: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    message: Mapped[str]
    value: Mapped[str] = mapped_column(String(200))
    bad: Mapped[bool]

    __table_args__ = (Index("ix_core_import_problem_row", "import_id", "row"), Index("ix_core_import_problem_kind", "import_id", "kind"))


class ImportPart(plugin_base("core")):
    """What some hundred rows became: ids of new records, and of changed ones field → [before, after]."""

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("core_import.id"), index=True)
    created: Mapped[list[int]] = mapped_column(JsonList, default=list)
    changed: Mapped[dict[str, Any]] = mapped_column(JsonDict, default=dict)


__all__ = ["CHECKED", "CHECKING", "DONE", "RUNNING", "UNDOING", "UNDONE", "Import", "ImportPart", "ImportProblem"]
