"""Tables of custom field definitions and their sections."""

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db import JsonDict, plugin_base


class CustomSection(plugin_base("core")):
    """A block of custom fields on the form and the page of a record type."""

    id: Mapped[int] = mapped_column(primary_key=True)
    record_type: Mapped[str] = mapped_column(String(60), index=True)
    name: Mapped[str] = mapped_column(String(100))
    position: Mapped[int] = mapped_column(default=0)


class CustomField(plugin_base("core")):
    """The definition of a custom field. Its values lie in the records' JSON under `f<id>`, never under the bare number.

    `type_id` is the type of contract or lead that has the field; None where all records of the type share it. A retired field is
    hidden and keeps its values until it is purged.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    record_type: Mapped[str] = mapped_column(String(60))
    type_id: Mapped[int | None]
    section_id: Mapped[int | None] = mapped_column(ForeignKey("core_custom_section.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("core_custom_field.id"))
    label: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    options: Mapped[str] = mapped_column(default="")
    default: Mapped[str | None]
    required: Mapped[bool] = mapped_column(default=False)
    unique: Mapped[bool] = mapped_column(default=False)
    searchable: Mapped[bool] = mapped_column(default=True)
    show_in_list: Mapped[bool] = mapped_column(default=False)
    position: Mapped[int] = mapped_column(default=0)
    retired_at: Mapped[datetime | None]
    extra: Mapped[dict[str, Any]] = mapped_column(JsonDict, default=dict, server_default="{}")

    __table_args__ = (
        Index("ix_core_custom_field_type", "record_type", "type_id", "position"),
        {"sqlite_autoincrement": True, "info": {"label": _l("custom fields whose default it is")}},
    )
