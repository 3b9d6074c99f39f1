"""The page of one record: title, facts, tabs with counts, panels, actions; from the declaration and from what plugins add."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import CompoundSelect, Integer, Select, and_, bindparam, func, literal, select, true, union_all
from werkzeug.datastructures import MultiDict

from core.access import Actor, allowed, for_reader
from core.addons.runtime import runtime
from core.db import db, read
from core.errors import Conflict, NotFound
from core.fields import Field, Writing
from core.fields.references import Ref, Refs

from . import list_spec
from .catalogue import Child, children
from .forms import form_sections
from .lists import build_list, select_columns
from .record_type import RecordType
from .rendering import render_markup
from .rows_html import reference_html


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A record as its page reads it: the row, what the actor may do, and values with labels by field."""

    record: Any
    may_edit: bool
    may_delete: bool
    cells: dict[str, Markup]


@dataclass(frozen=True, kw_only=True)
class TabHead:
    """A tab: its address and its count."""

    name: str
    label: Any
    url: str
    count: str | None
    late: bool = False
    current: bool = False


@dataclass(frozen=True, kw_only=True)
class ActionButton:
    """A button on the record."""

    label: Any
    url: str
    method: str
    icon: str
    primary: bool
    confirm: Any
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class DetailSection:
    """A block of details."""

    label: Any
    pairs: list[tuple[Any, Markup]]


@dataclass(kw_only=True)
class RecordPage:
    """Everything that record/record.html shows."""

    title: str
    rt: RecordType
    record: Any
    record_id: int
    version: int
    state: Any = None
    facts: list[tuple[Any, Any]] = field(default_factory=list)
    tabs: list[TabHead] = field(default_factory=list)
    tab: str = ""
    tab_html: Any = ""
    panels_main: list[Any] = field(default_factory=list)
    panels_side: list[Any] = field(default_factory=list)
    panels_top: list[Any] = field(default_factory=list)
    actions: list[ActionButton] = field(default_factory=list)
    edit_url: str | None = None
    why_url: str | None = None
    delete_url: str | None = None
    details: list[DetailSection] = field(default_factory=list)
    add: list[tuple[Any, str]] = field(default_factory=list)
    trail: str = ""


def visible(plugin: str, actor: Actor) -> bool:
    """Whether what this plugin declared is there for the actor: its state, and Visibility."""
    return bool(runtime().parts["shown"](plugin, actor))


def declared(hook: str, target: str, actor: Actor) -> list[Any]:
    """What plugins declared for a record type, in order of weight, as far as the actor sees those plugins."""
    items = [item for plugin, item in runtime().addons.declared(hook) if item.target == target and visible(plugin, actor)]
    return sorted(items, key=lambda item: item.weight)


def is_closed(rt: RecordType, record: Any, actor: Actor) -> bool:
    """Whether nothing about a record can be changed just now, as under a lock."""
    try:
        rt.closed(record, actor)
    except Conflict:
        return True
    return False


def show(rt: RecordType, record_id: int, actor: Actor, writing: Writing) -> Shown:
    """One record for its page, in one statement: the row, the labels of its references, what may be done. Raises NotFound."""
    if not 0 < record_id < 2**31:
        raise NotFound
    from .services import type_of

    fields = list_spec.page_fields(rt, actor)
    plain = [f for f in fields if not isinstance(f.kind, Refs)]
    beside = _beside(fields)
    row = db.session.execute(_one(actor, rt, tuple(beside)), {"record_id": record_id}).first()
    if row is None:
        raise NotFound
    record = row[0]
    cells = {}
    type_id = type_of(rt, {}, record)
    places = {f.name: n for n, f in enumerate(beside)}
    for f in plain:
        if f.type_ids is not None and type_id not in f.type_ids:
            continue
        n = places.get(f.name)
        raw = getattr(record, f.name) if n is None else getattr(row, f"c{n}")
        if isinstance(f.kind, Ref):
            cells[f.name] = _html(reference_html(f, actor)(raw, getattr(row, f"l{n}")) if raw is not None else "")
        else:
            cells[f.name] = _html(f.kind.page(raw, writing))
    for f in fields:
        if isinstance(f.kind, Refs):
            cells[f.name] = _html(f.kind.page(f.kind.read_labels([record_id])[record_id], writing))
    return Shown(
        record=record,
        may_edit=bool(row.may_edit) and not actor.read_only and not is_closed(rt, record, actor),
        may_delete=bool(row.may_delete) and not actor.read_only,
        cells=cells,
    )


def _beside(fields: Sequence[Field]) -> list[Field]:
    """The fields that are not on the record itself: labels of references, custom values, and what is computed."""
    return [f for f in fields if not isinstance(f.kind, Refs) and (isinstance(f.kind, Ref) or f.custom_id or f.column or f.page_column)]


@for_reader
def _one(actor: Actor, rt: RecordType, beside: Sequence[Field]) -> Select[Any]:
    """SELECT the record `record_id` with the fields `beside` it, and what the reader may do to it."""
    model = rt.model
    may = [and_(true(), allowed(rt, action, actor, seen=True)).label(f"may_{action}") for action in ("edit", "delete")]
    stmt = select(model, *may, *select_columns(rt, beside, actor))
    return stmt.where(model.id == bindparam("record_id"), allowed(rt, "view", actor), model.trashed_at.is_(None))


def _html(escaped: str) -> Markup:
    return Markup(escaped)  # noqa: S704 - kinds give escaped HTML


def details(rt: RecordType, shown: Shown, type_id: int | None) -> list[DetailSection]:
    """The details in the blocks of the form, with what looks wrong below its value; empty fields, and parts of others, are left out."""
    out, doubts = [], rt.doubts(shown.record)
    there = {name for name, cell in shown.cells.items() if cell}
    for _name, label, fields in form_sections(rt, type_id):
        wanted = [f for f in fields if f.name != rt.title and f.name in there and f.part_of not in there]
        pairs = [(f.label, _doubted(shown.cells[f.name], doubts.get(f.name))) for f in wanted]
        if pairs:
            out.append(DetailSection(label=label, pairs=pairs))
    return out


def _doubted(cell: Markup, doubt: Any) -> Markup:
    return render_markup("record/doubted.html", value=cell, doubt=doubt) if doubt else cell


def child_tabs(rt: RecordType, actor: Actor) -> list[Child]:
    """The record types that stand as tabs on this one, as far as the actor sees them."""
    return [c for c in children(rt.name) if visible(c.rt.plugin, actor) and actor.has(c.rt.access.permission)]


def hanging_on(rt: RecordType, actor: Actor) -> list[Child]:
    """Of those tabs, the types of what can't be without such a record: what happens to it happens to the record as well."""
    return [child for child in child_tabs(rt, actor) if child.field.required]


def tab_name(child: Child) -> str:
    """The address of a child's tab: its plugin's name when it is the main record of its plugin, as `contacts`."""
    return child.rt.url.strip("/").split("/")[0] if child.rt.is_main else child.rt.name.replace(".", "_")


def add_url(child: Child, parent_id: int, *, tab: str | None = None) -> str:
    """The form of a new child of a record; discarded, it leads back to the record, and to the tab where it was asked for."""
    return url_for(f"{child.rt.blueprint}.new", **{child.field.name: parent_id}, tab=tab)


def build_record(
    rt: RecordType, record_id: int, actor: Actor, reading: Any, writing: Writing, *, tab: str = "", builtin: Sequence[Any] = ()
) -> RecordPage:
    """The page of a record with one tab open. `builtin` are the tabs that every record has (activity, files, history)."""
    from .services import type_of

    shown = show(rt, record_id, actor, writing)
    record = shown.record
    type_id = type_of(rt, {}, record)
    title = rt.title_of(record)
    page = RecordPage(
        title=title, rt=rt, record=record, record_id=record.id, version=record.version,
        edit_url=url_for(f"{rt.blueprint}.edit", id=record.id) if shown.may_edit else None,
        why_url=url_for(f"{rt.blueprint}.access", id=record.id) if shown.may_edit else None,
        delete_url=url_for(f"{rt.blueprint}.delete", id=record.id) if shown.may_delete else None,
        details=details(rt, shown, type_id),
    )  # fmt: skip
    kids = child_tabs(rt, actor)
    tabs = [*declared("record_tabs", rt.name, actor), *builtin]
    tabs = [t for t in tabs if t.visible is None or t.visible(record, actor)]
    counts = tab_counts(rt, record.id, actor, kids, tabs)
    here = url_for(f"{rt.blueprint}.show", id=record.id)
    heads: list[tuple[int, TabHead]] = [(0, TabHead(name="", label=_("Overview"), url=here, count=None, current=not tab))]
    for position, child in enumerate(kids):
        name = tab_name(child)
        label = child.field.tab_label or child.rt.labels
        heads.append(
            (
                10 + position,
                TabHead(name=name, label=label, url=f"{here}?tab={name}", count=counts.get(name), current=tab == name),
            )
        )
    for t in tabs:
        heads.append(
            (
                t.weight,
                TabHead(name=t.name, label=t.label, url=f"{here}?tab={t.name}", count=counts.get(t.name), current=tab == t.name),
            )
        )
    page.tabs = [head for _weight, head in sorted(heads, key=lambda pair: pair[0])]
    if tab and not any(head.name == tab for head in page.tabs):
        raise NotFound
    page.tab = tab
    page.facts = [
        (fact.label, value) for fact in declared("record_facts", rt.name, actor) if (value := fact.value(record, actor)) is not None
    ]
    page.actions = [
        ActionButton(
            name=a.name,
            label=a.label,
            url=url_for(a.endpoint, id=record.id),
            method=a.method,
            icon=a.icon,
            primary=a.primary,
            confirm=a.confirm,
        )
        for a in declared("record_actions", rt.name, actor)
        if (a.needs == "view" or (shown.may_edit if a.needs == "edit" else shown.may_delete))
        and (a.visible is None or a.visible(record, actor))
    ]
    addable = [child for child in kids if child.rt.access.create(actor) and shown.may_edit]
    page.add = [(child.rt.label, add_url(child, record.id)) for child in addable]
    if not tab:
        panels = declared("record_panels", rt.name, actor)
        page.panels_top, page.panels_main, page.panels_side = (
            [html for p in panels if p.place == place and (html := p.view(record, actor))] for place in ("top", "main", "side")
        )
        return page
    for child in kids:
        if tab_name(child) == tab:
            inner, _spec = build_list(
                child.rt,
                actor,
                reading,
                writing,
                args=MultiDict(),
                extra=[child.field.in_tab(child.rt.model, record.id)],
                endpoint=f"{child.rt.blueprint}.list",
                left_out=child.field.name,
                select=False,
            )
            if inner.next_url:
                inner.next_url = url_for(f"{child.rt.blueprint}.list", **{child.field.name: record.id})
            inner.new_url = add_url(child, record.id, tab=tab) if child in addable else None
            page.tab_html = render_markup("record/tab_list.html", page=inner, record=page, child=child)
            return page
    chosen = next(t for t in tabs if t.name == tab)
    page.tab_html = chosen.view(record, actor)
    return page


def tab_counts(rt: RecordType, record_id: int, actor: Actor, kids: Sequence[Child], tabs: Sequence[Any]) -> dict[str, str]:
    """The counts of all tabs in one statement (UNION ALL), each only what the actor sees."""
    counted = (*kids, *(t for t in tabs if t.count is not None))
    if not counted:
        return {}
    if any(child.field.tab_rows for child in kids):  # what those are follows from the record itself
        rows = read(_count_query(actor, record_id, counted))
    else:
        rows = read(_kept_count_query(actor, *counted), {"record_id": record_id})
    return {name: str(n) for name, n in rows if n}


@for_reader
def _kept_count_query(actor: Actor, *counted: Any) -> CompoundSelect[Any]:
    return _count_query(actor, bindparam("record_id", type_=Integer), counted)


def _count_query(actor: Actor, record_id: Any, counted: Sequence[Any]) -> CompoundSelect[Any]:
    """SELECT the name of each tab and how many rows behind it the reader sees."""
    parts = []
    for one in counted:
        if isinstance(one, Child):
            model, tab = one.rt.model, tab_name(one)
            rows = [one.field.in_tab(model, record_id), *list_spec.while_off(one.rt).values(), model.trashed_at.is_(None)]
            rows.append(allowed(one.rt, "view", actor))
            parts.append(select(literal(tab).label("tab"), func.count().label("n")).select_from(model).where(*rows))
        else:
            parts.append(select(literal(one.name).label("tab"), one.count(record_id, actor).scalar_subquery().label("n")))
    return union_all(*parts)
