"""Cartera's toolkit: the names that most plugins need, curated by hand and kept stable.

    from core import Entry, RecordType, fields as f, hookimpl, plugin_base

What fewer need stands in `__all__` of the packages named in docs/plugins.md, as `from core.web import money`. All else is private.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from core.lazy import lazy

if TYPE_CHECKING:
    from core import db, fields
    from core.access import Access, Actor, Rule, allowed, grant, restrict, select_ids, select_records, shared_list
    from core.addons.cached import cached, forget_cached
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
    from core.addons.runtime import call_hook, declared, runtime
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
    from core.hookspecs import hookimpl, hookspec
    from core.jobs.services import enqueue
    from core.records.catalogue import record_type
    from core.records.record_type import CustomFields, JsonPart, RecordType
    from core.records.rendering import render_markup
    from core.records.services import create_record, delete_record, update_record
    from core.records.uses import refuse_while_used
    from core.web.guards import current_actor, load_or_404, public, requires, requires_superadmin, signed_in

_WHERE = {
    "core.access": ("Access", "Actor", "Rule", "allowed", "grant", "restrict", "select_ids", "select_records", "shared_list"),
    "core.addons.cached": ("cached", "forget_cached"),
    "core.addons.declarations": (
        "Action", "ApiOperation", "Card", "Cell", "Change", "ClassicOperation", "Entry", "Fact", "JobKind", "ListColumn", "Macro",
        "Panel", "PeriodicJob", "Permission", "SetupTab", "Statistic", "Tab", "TokenScope", "UserField",
    ),
    "core.addons.runtime": ("call_hook", "declared", "runtime"),
    "core.db": (
        "Mapped", "Micros", "Record", "UtcTime", "after_commit", "get_option", "mapped_column", "plugin_base", "search_column",
        "set_option", "sort_column", "unit_of_work", "utcnow",
    ),
    "core.errors": ("Conflict", "Forbidden", "Invalid", "NotFound"),
    "core.fields": ("Field", "Filter", "Section"),
    "core.hookspecs": ("hookimpl", "hookspec"),
    "core.jobs.services": ("enqueue",),
    "core.records.catalogue": ("record_type",),
    "core.records.record_type": ("CustomFields", "JsonPart", "RecordType"),
    "core.records.rendering": ("render_markup",),
    "core.records.services": ("create_record", "delete_record", "update_record"),
    "core.records.uses": ("refuse_while_used",),
    "core.web.guards": ("current_actor", "load_or_404", "public", "requires", "signed_in", "requires_superadmin"),
}  # fmt: skip
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
    "cached",
    "call_hook",
    "create_record",
    "current_actor",
    "db",
    "declared",
    "delete_record",
    "enqueue",
    "fields",
    "forget_cached",
    "get_option",
    "grant",
    "hookimpl",
    "hookspec",
    "load_or_404",
    "mapped_column",
    "plugin_base",
    "public",
    "record_type",
    "refuse_while_used",
    "render_markup",
    "requires",
    "requires_superadmin",
    "restrict",
    "runtime",
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

_load = lazy("core", _WHERE)


def __getattr__(name: str) -> Any:
    return import_module(f"core.{name}") if name in ("db", "fields") else _load(name)
