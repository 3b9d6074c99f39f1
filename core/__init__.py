"""Cartera's toolkit: the names that a plugin may import, curated by hand and kept stable.

    from core import Entry, RecordType, fields as f, hookimpl, plugin_base

Names are loaded when they are first asked for, so that reading a manifest or a setting costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from core import db, fields
    from core.access import Access, Actor, Rule, allowed, grant, restrict, select_ids, select_records, shared_list
    from core.addons.declarations import (
        Action,
        ApiOperation,
        Card,
        Cell,
        Change,
        ClassicOperation,
        Entry,
        Fact,
        JobKind,
        ListColumn,
        Macro,
        Panel,
        PeriodicJob,
        Permission,
        SetupTab,
        Statistic,
        Tab,
        TokenScope,
        UserField,
    )
    from core.db import (
        Mapped,
        Micros,
        Record,
        UtcTime,
        after_commit,
        get_option,
        mapped_column,
        plugin_base,
        search_column,
        set_option,
        sort_column,
        unit_of_work,
        utcnow,
    )
    from core.errors import Conflict, Forbidden, Invalid, NotFound
    from core.fields import Field, Filter, Section
    from core.hookspecs import hookimpl
    from core.jobs.services import enqueue
    from core.records.catalogue import record_type
    from core.records.record_type import CustomFields, JsonPart, RecordType
    from core.records.rendering import render_markup
    from core.records.services import create_record, delete_record, update_record
    from core.web.guards import current_actor, load_or_404, public, requires, requires_superadmin, signed_in

_WHERE = {
    "core.access": ("Access", "Actor", "Rule", "allowed", "grant", "restrict", "select_ids", "select_records", "shared_list"),
    "core.addons.declarations": (
        "Action", "ApiOperation", "Card", "Cell", "Change", "ClassicOperation", "Entry", "Fact", "JobKind", "ListColumn", "Macro",
        "Panel", "PeriodicJob", "Permission", "SetupTab", "Statistic", "Tab", "TokenScope", "UserField",
    ),
    "core.db": (
        "Mapped", "Micros", "Record", "UtcTime", "after_commit", "get_option", "mapped_column", "plugin_base", "search_column",
        "set_option", "sort_column", "unit_of_work", "utcnow",
    ),
    "core.errors": ("Conflict", "Forbidden", "Invalid", "NotFound"),
    "core.fields": ("Field", "Filter", "Section"),
    "core.hookspecs": ("hookimpl",),
    "core.jobs.services": ("enqueue",),
    "core.records.catalogue": ("record_type",),
    "core.records.record_type": ("CustomFields", "JsonPart", "RecordType"),
    "core.records.rendering": ("render_markup",),
    "core.records.services": ("create_record", "delete_record", "update_record"),
    "core.web.guards": ("current_actor", "load_or_404", "public", "requires", "signed_in", "requires_superadmin"),
}  # fmt: skip
_HOME = {name: module for module, names in _WHERE.items() for name in names}
__all__ = [
    "Access",
    "Action",
    "Actor",
    "ApiOperation",
    "Card",
    "Cell",
    "Change",
    "ClassicOperation",
    "Conflict",
    "CustomFields",
    "Entry",
    "Fact",
    "Field",
    "Filter",
    "Forbidden",
    "Invalid",
    "JobKind",
    "JsonPart",
    "ListColumn",
    "Macro",
    "Mapped",
    "Micros",
    "NotFound",
    "Panel",
    "PeriodicJob",
    "Permission",
    "Record",
    "RecordType",
    "Rule",
    "Section",
    "SetupTab",
    "Statistic",
    "Tab",
    "TokenScope",
    "UserField",
    "UtcTime",
    "after_commit",
    "allowed",
    "create_record",
    "current_actor",
    "db",
    "delete_record",
    "enqueue",
    "fields",
    "get_option",
    "grant",
    "hookimpl",
    "load_or_404",
    "mapped_column",
    "plugin_base",
    "public",
    "record_type",
    "render_markup",
    "requires",
    "requires_superadmin",
    "restrict",
    "search_column",
    "select_ids",
    "select_records",
    "set_option",
    "shared_list",
    "signed_in",
    "sort_column",
    "unit_of_work",
    "update_record",
    "utcnow",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in ("db", "fields"):
        return import_module(f"core.{name}")
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"the toolkit has no name {name!r}; see core/__init__.py for those it has")
