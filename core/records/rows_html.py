"""The rows of a list as finished HTML: lists are read all day.

Each column's writer is made once per page, so that a cell is one call: no look-up, no template, no translation.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup, escape

from core.access import Actor
from core.fields import Field, Writing, id_of
from core.fields.kinds import Choice
from core.fields.references import Ref, Refs, is_open, lookup

from . import query
from .record_type import RecordType

Cell = Callable[[Any, str], str]
"""Writes the cell of a row, given the row's title (escaped). One is made per column and page: what a cell needs is looked up once."""
Places = Mapping[tuple[str, str], int]
"""Where a row holds the value ("c") of a field by name, and the label ("l") of what it refers to."""


@dataclass(frozen=True, kw_only=True)
class RowHtml:
    """A finished row."""

    id: int
    title: str
    html: Markup


def rows_html(
    rt: RecordType,
    page: query.Page,
    fields: Sequence[Field],
    foreign: Mapping[str, Mapping[int, Any]],
    order: Sequence[str],
    writing: Writing,
    *,
    marked: Mapping[int, Any] | None = None,
    select: bool = True,
    actor: Actor | None = None,
    texts: Collection[str] = (),
) -> list[RowHtml]:
    """The rows of a page. `foreign` holds other plugins' columns by name, `texts` names those that are no numbers; `order` all columns.

    References lead only to what is open to `actor` (plugins that are off or hidden are not).
    """
    if not page.rows:
        return []
    by_name = {f.name: f for f in fields}
    first = by_name[next((n for n in order if n in by_name), rt.title)]
    places = _places(fields, page.rows[0])
    cells = _cells(rt, page, fields, foreign, order, writing, marked or {}, places, actor, texts)
    title_of, select_word, out = _title_of(first, places), escape(_("Select")), []
    for row in page.rows:
        title = title_of(row) or f"#{row.id}"
        safe = str(escape(title))
        check = (
            f'<td class="ck"><input class="form-check-input" type="checkbox" form="bulk" name="ids" value="{row.id}" '
            f'aria-label="{select_word} {safe}"></td>'
            if select
            else ""
        )
        html = f'<tr data-id="{row.id}">{check}{"".join([cell(row, safe) for cell in cells])}</tr>'
        out.append(RowHtml(id=row.id, title=title, html=Markup(html)))  # noqa: S704 - each cell was escaped by its kind
    return out


def _cells(
    rt: RecordType, page: query.Page, fields: Sequence[Field], foreign: Mapping[str, Mapping[int, Any]], order: Sequence[str],
    writing: Writing, marked: Mapping[int, Any], places: Places, actor: Actor | None, texts: Collection[str],
) -> list[Cell]:  # fmt: skip
    by_name = {f.name: f for f in fields}
    first = next((n for n in order if n in by_name), rt.title)
    leads_away = isinstance(by_name[first].kind, Ref)
    base = url_for(f"{rt.blueprint}.show", id=0)[:-1]
    klasses = column_classes(order, by_name)
    out = []
    for name in order:
        f = by_name.get(name)
        if f is None:
            out.append(_foreign_cell(foreign.get(name, {}), "opt" if name in texts else "num opt"))
        elif name == first and leads_away:
            out.append(_leading_cell(rt, f, places["c", name], base, actor))
        elif name == first:
            out.append(_first_cell(base, marked))
        elif name == rt.title and leads_away:
            out.append(_title_cell(klasses[name], base, _title_of(f, places)))
        else:
            out.append(_plain_cell(klasses[name], _html_of(f, page, writing, places, actor)))
    return out


def _foreign_cell(values: Mapping[int, Any], klass: str) -> Cell:
    def write(row: Any, _title: str) -> str:
        value = values.get(row.id)
        shown = '<span class="zero">–</span>' if value in (None, "", 0) else escape(value)
        return f'<td class="{klass}">{shown}</td>'

    return write


def _leading_cell(rt: RecordType, f: Field, at: int, base: str, actor: Actor | None) -> Cell:
    """A first column that is a reference leads to what it points at, with this record in its tab (manual, Facturas)."""
    thing, tab = rt.name.partition(".")[2], rt.url.strip("/").split("/")[0]
    there = lookup(f.kind.target).endpoint if isinstance(f.kind, Ref) and is_open(f.kind.target, actor) else None

    def write(row: Any, title: str) -> str:
        raw = row[at]
        href = url_for(there, id=raw, tab=tab, **{thing: row.id}) if there and id_of(raw) else f"{base}{row.id}"
        return f'<th scope="row" class="cut"><a href="{escape(href)}">{title}</a></th>'

    return write


def _first_cell(base: str, marked: Mapping[int, Any]) -> Cell:
    return lambda row, title: f'<th scope="row" class="cut"><a href="{base}{row.id}">{title}</a>{marked.get(row.id, "")}</th>'


def _title_cell(klass: str, base: str, title_of: Callable[[Any], str]) -> Cell:
    return lambda row, _title: f'<td class="{klass}"><a class="b" href="{base}{row.id}">{escape(title_of(row) or f"#{row.id}")}</a></td>'


def _plain_cell(klass: str, html_of: Callable[[Any], str]) -> Cell:
    return lambda row, _title: f'<td class="{klass}">{html_of(row)}</td>'


def _places(fields: Sequence[Field], row: Any) -> Places:
    plain = [f for f in fields if not isinstance(f.kind, Refs)]
    there = {name: at for at, name in enumerate(row._fields)}
    return {(kind, f.name): there[f"{kind}{n}"] for n, f in enumerate(plain) for kind in "cl" if f"{kind}{n}" in there}


def _html_of(f: Field, page: query.Page, writing: Writing, places: Places, actor: Actor | None) -> Callable[[Any], str]:
    """What writes a field's value of a row as HTML."""
    show = f.kind.page
    if isinstance(f.kind, Refs):
        links = f.kind.read_labels([row.id for row in page.rows])
        return lambda row: show(links.get(row.id, ()), writing)
    at = places["c", f.name]
    if isinstance(f.kind, Ref):
        label, refer = places["l", f.name], reference_html(f, actor)
        return lambda row: "" if row[at] is None else refer(row[at], row[label])
    return lambda row: show(row[at], writing)


def _title_of(f: Field, places: Places) -> Callable[[Any], str]:
    """What a row is called by this field: a text, or the label of a reference; "" where it has none."""
    if isinstance(f.kind, Refs):
        return lambda row: ""
    at = places["l" if isinstance(f.kind, Ref) else "c", f.name]
    return lambda row: row[at] if isinstance(row[at], str) else ""


def column_classes(order: Sequence[str], by_name: Mapping[str, Any]) -> dict[str, str]:
    """The classes of own columns after the first. On a phone a row has two lines: the person (or the first text) below the name, an amount
    (or a date) and a status at the right; the rest is left out there."""
    own = [by_name[n] for n in order[1:] if isinstance(by_name.get(n), Field)]

    def pick(fields: Sequence[Field], test: Callable[[Field], bool]) -> str:
        return next((f.name for f in fields if test(f)), "")

    second = pick(own, lambda f: isinstance(f.kind, Ref) and f.kind.target == "core.user")
    second = second or pick(own, lambda f: not f.kind.numeric and f.kind.filter != "range")
    figure = pick(own[::-1], lambda f: f.kind.widget == "money") or pick(own, lambda f: f.kind.widget in ("date", "datetime"))
    state = pick(own, lambda f: isinstance(f.kind, Choice) and f.kind.shape is not None)
    places = {second: "m", figure: "u", state: "lt"}
    out = {}
    for f in own:
        marks = ("num" if f.kind.numeric else "", places.get(f.name, "opt"), "cut" if f.kind.filter == "text" else "")
        out[f.name] = " ".join(mark for mark in marks if mark)
    return out


def reference_html(f: Field, actor: Actor | None = None) -> Callable[[Any, Any], str]:
    """What writes a reference, given its id and label, as HTML: a link where its plugin is there for the actor, else plain text."""
    kind = f.kind
    assert isinstance(kind, Ref)
    if kind.target == "core.user":
        return lambda raw, label: str(escape(raw)) if label is None else who(label)
    masked, endpoint = str(escape(kind.masked or "")), lookup(kind.target).endpoint if kind.link and is_open(kind.target, actor) else None
    before, _zero, after = url_for(endpoint, id=0).rpartition("0") if endpoint else ("", "", "")

    def write(raw: Any, label: Any) -> str:
        if label is None:  # out of sight, or what a custom field holds from when it was of another kind
            return masked or str(escape(raw))
        text = str(escape(label or ""))
        return f'<a href="{before}{raw}{after}">{text}</a>' if endpoint else text

    return write


@lru_cache(maxsize=4096)
def who(name: str | None) -> Markup:
    """A person: initials and name."""
    if not name:
        return Markup("")
    words = name.split()
    initials = (words[0][0] + words[-1][0] if len(words) > 1 else name.strip()[:2]).upper()
    return Markup('<span class="who"><i aria-hidden="true">{}</i>{}</span>').format(initials, name)
