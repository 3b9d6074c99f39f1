"""The list page of a record type: columns, rows as finished HTML, filters, saved views, figures at the foot.

Rows are written by functions that were picked once per page, not by a template per cell: a list is read all day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from core.access import Actor
from core.addons.declarations import ListColumn
from core.fields import Field, Invalid, Reading, Writing
from core.fields.references import Ref, Refs, labels

from . import list_spec, query
from .filter_panel import filter_panel
from .record_type import RecordType
from .rows_html import RowHtml, column_classes, rows_html

SAFE = "!$'()*,/:;?@"
"""What stands in a query as it is, as `url_for` has it."""


@dataclass(frozen=True, kw_only=True)
class Head:
    """A column's head: its label, the address that sorts by it, how it is sorted now."""

    name: str
    label: Any
    url: str = ""
    sort: str = ""
    numeric: bool = False
    klass: str = ""


@dataclass(frozen=True, kw_only=True)
class Chip:
    """A filter in force, and the address without it."""

    label: Any
    value: str
    remove_url: str


@dataclass(frozen=True, kw_only=True)
class BulkAction:
    """Something to do to the selected rows."""

    name: str
    label: Any
    icon: str
    url: str


@dataclass(kw_only=True)
class ListPage:
    """Everything that record/list.html shows."""

    title: Any
    rt: RecordType
    columns: Sequence[Head]
    rows: Sequence[RowHtml]
    total: str
    first: int
    last: int
    next_url: str | None
    prev_url: str | None
    q: str
    filters: Markup
    chips: list[Chip]
    clear_url: str
    caption: str
    empty: str
    new_url: str | None = None
    import_url: str | None = None
    export_urls: Mapping[str, str] | None = None
    statistics_url: str | None = None
    saved: list[Any] = field(default_factory=list)
    save_url: str = ""
    trash_url: str = ""
    bulk: list[BulkAction] = field(default_factory=list)
    footer: Any = None
    choose_columns: list[tuple[str, Any, bool]] = field(default_factory=list)
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)


def list_columns(rt: RecordType, names: Sequence[str], foreign: Sequence[ListColumn], actor: Actor) -> tuple[list[Field], list[ListColumn]]:
    """The columns to show, by name: own fields, and other plugins' columns."""
    own = {f.name: f for f in list_spec.page_fields(rt, actor) if f.list}
    theirs = {c.name: c for c in foreign}
    return [own[n] for n in names if n in own], [theirs[n] for n in names if n in theirs]


def default_columns(rt: RecordType, foreign: Sequence[ListColumn]) -> list[str]:
    """The columns that a list has until somebody chooses others: the declared ones, custom ones marked for it, other plugins'."""
    marked = shown_in_list(rt)
    custom = [f.name for f in list_spec.all_fields(rt) if f.custom_id and f.name in marked] if marked else []
    return [*rt.list[:3], *(c.name for c in sorted(foreign, key=lambda c: c.weight)), *rt.list[3:], *custom]


def shown_in_list(rt: RecordType) -> frozenset[str]:
    """The custom fields that are marked "show in list"."""
    from sqlalchemy import select

    from core.addons.runtime import runtime
    from core.custom_fields.definitions import CACHE
    from core.custom_fields.models import CustomField
    from core.db import db

    if not rt.custom:
        return frozenset()

    def read() -> frozenset[str]:
        stmt = select(CustomField.id).where(CustomField.record_type == rt.name, CustomField.show_in_list, CustomField.retired_at.is_(None))
        return frozenset(f"f{i}" for i in db.session.scalars(stmt))

    found = runtime().parts["versioned"].get(CACHE, ("in list", rt.name), read)
    return found  # type: ignore[no-any-return]


class Addresses:
    """The list's own address with some parameters changed: everything in a list is in its URL. A list has a dozen of them."""

    def __init__(self, spec: list_spec.ListSpec, endpoint: str):
        self.bare = url_for(endpoint)
        self.pairs = [(k, v) for k, v in MultiDict(spec.args).items(multi=True) if v != "" and k != "cursor"]

    def __call__(self, *, drop: Sequence[str] = (), **change: Any) -> str:
        pairs = [(k, v) for k, v in self.pairs if k not in drop and k not in change]
        asked = urlencode([*pairs, *((k, v) for k, v in change.items() if v is not None)], safe=SAFE)
        return f"{self.bare}?{asked}" if asked else self.bare


def read_foreign(columns: Sequence[ListColumn], ids: Sequence[int], actor: Actor) -> dict[str, Mapping[int, Any]]:
    """Other plugins' columns by name, each id → what is shown. Columns that share a function share its answer."""
    if not ids:
        return {}
    answers = {values: values(ids, actor) for values in dict.fromkeys(c.values for c in columns)}
    return {c.name: {key: c.show(value) for key, value in answers[c.values].items()} if c.show else answers[c.values] for c in columns}


def select_columns(rt: RecordType, fields: Sequence[Field], actor: Actor) -> list[Any]:
    """The SQL columns that `rows_html` reads: c0, c1 … and the labels l0, l1 … of references, as far as `actor` may read them."""
    plain = [f for f in fields if not isinstance(f.kind, Refs)]
    return [column for n, f in enumerate(plain) for column in f.list_columns(rt.model, n, actor)]


def chips(rt: RecordType, spec: list_spec.ListSpec, endpoint: str) -> list[Chip]:
    """The filters in force, in words."""
    if not spec.applied:
        return []
    out, address = [], Addresses(spec, endpoint)
    by_name = {f.name: f for f in list_spec.all_fields(rt)}
    for a in spec.applied:
        words = a.words
        f = by_name.get(a.name)
        if f is not None and isinstance(f.kind, Ref):
            ids = [int(v) for _n, v in a.raw if v.isascii() and v.isdigit() and len(v) < 10]
            known = labels(f.kind.target, ids, f.kind.condition(spec.actor))  # an address may hold any id: no name out of sight
            words = ", ".join(known.get(int(v), v) if v.isascii() and v.isdigit() else (_("none") if v == "-" else v) for _n, v in a.raw)
        elif f is not None and (choices := {str(v): label for v, label in f.kind.choices()}):
            words = ", ".join(str(choices.get(v, _("none") if v == "-" else v)) for _n, v in a.raw)
        out.append(Chip(label=a.label, value=words, remove_url=address(drop=[n for n, _v in a.raw])))
    return out


def build_list(
    rt: RecordType,
    actor: Actor,
    reading: Reading,
    writing: Writing,
    *,
    foreign: Sequence[ListColumn] = (),
    endpoint: str = "",
    extra: Sequence[Any] = (),
    args: Any,
    left_out: str = "",
    select: bool = True,
) -> tuple[ListPage, list_spec.ListSpec]:
    """The list page for what the address asks. Raises Invalid (by parameter) for filters that can't be read.

    `left_out` is a column that says nothing here (the company, on a company's page); without `select` rows have no box to tick.
    """
    endpoint = endpoint or f"{rt.blueprint}.list"
    spec = list_spec.parse_list(rt, actor, args, reading=reading, extra=extra)
    chosen = [n for part in args.getlist("columns") for n in part.split(",") if n] or default_columns(rt, foreign)
    chosen = [n for n in chosen if n != left_out]
    fields, theirs = list_columns(rt, chosen, foreign, actor)
    if rt.title not in {f.name for f in fields}:
        fields.insert(0, rt.field(rt.title))
        chosen = [rt.title, *chosen]
    names = {f.name for f in fields} | {c.name for c in theirs}
    order = list(dict.fromkeys(n for n in chosen if n in names))
    page = query.fetch_page(spec, select_columns(rt, fields, actor), counted=True)
    ids = [row.id for row in page.rows]
    foreign_values = read_foreign(theirs, ids, actor)
    total = page.total or 0
    by_name: dict[str, Any] = {f.name: f for f in fields} | {c.name: c for c in theirs}
    heads, address = [], Addresses(spec, endpoint)
    klasses = column_classes(order, by_name)
    for position, name in enumerate(order):
        column = by_name[name]
        sortable = isinstance(column, Field) and column.sort
        now = sortable and spec.sort.name == name
        url = address(sort=f"-{name}" if now and not spec.descending else name) if sortable else ""
        numeric = column.kind.numeric if isinstance(column, Field) else column.numeric
        klass = "" if position == 0 else klasses.get(name, "num opt" if numeric else "opt").replace("cut", "").strip()
        heads.append(
            Head(
                name=name,
                label=column.label,
                url=url,
                sort=("descending" if spec.descending else "ascending") if now else "",
                numeric=numeric,
                klass=klass,
            )
        )
    filtered = bool(spec.q or spec.applied)
    out = ListPage(
        title=rt.labels,
        rt=rt,
        columns=heads,
        rows=rows_html(
            rt, page, fields, foreign_values, order, writing, select=select, actor=actor, texts={c.name for c in theirs if not c.numeric}
        ),
        total=query.count_words(total, spec),
        first=page.first if ids else 0,
        last=page.first + len(ids) - 1 if ids else 0,
        next_url=address(cursor=page.next) if page.next else None,
        prev_url=address(cursor=page.previous) if page.previous else None,
        q=spec.q,
        filters=filter_panel(rt, args, actor, writing),
        chips=chips(rt, spec, endpoint),
        clear_url=address.bare,
        empty="" if ids else ("not_found" if filtered else "nothing"),
        footer=rt.foot(spec) if ids and total <= query.COUNT_CAP else None,
        caption=_("%(labels)s, sorted by %(column)s", labels=rt.labels, column=spec.sort.label),
        choose_columns=[(f.name, f.label, f.name in order) for f in list_spec.page_fields(rt, actor) if f.list]
        + [(c.name, c.label, c.name in order) for c in foreign],
    )
    return out, spec


__all__ = ["BulkAction", "Invalid", "ListPage", "build_list"]
