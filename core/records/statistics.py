"""Search statistics: tables (and charts drawn from them) over the filtered records that the reader sees; plugins declare them."""

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import ColumnElement, Select

from core.access import Actor
from core.addons.declarations import Cell, Statistic
from core.fields import Reading, Writing

from . import list_spec, query
from .lists import chips
from .pages import declared, visible
from .record_type import RecordType

CHARTED = 12
"""As many lying bars as a chart has room for; the table has all rows."""


T = TypeVar("T")


def found_by(model: Any, ids: Select[Any]) -> ColumnElement[bool]:
    """The condition of the records that a statistic's `ids` finds, for a SELECT from their own table alone.

    Where `ids` is no more than a condition on that table this is it: `id IN (ids)` would look up each. Where other tables come in, join
    `ids.subquery()`: a rule's own subquery must not meet its table outside, it would correlate.
    """
    if ids.whereclause is not None and ids.get_final_froms() == [model.__table__]:
        return ids.whereclause
    return model.id.in_(ids)  # type: ignore[no-any-return]


def asked_once(ask: Callable[[Select[Any]], T]) -> Callable[[Select[Any]], T]:
    """What several statistics of a page ask of the same records is asked once: decorates a function of their `ids`."""

    @wraps(ask)
    def asked(ids: Select[Any]) -> T:
        page = _PAGE.get()
        if page is None or page.ids is not ids:
            return ask(ids)
        if ask not in page.answers:
            page.answers[ask] = ask(ids)
        return page.answers[ask]  # type: ignore[no-any-return]

    return asked


@dataclass(frozen=True)
class _Asked:
    """The ids of the page that is being made, and what was asked of them so far."""

    ids: Select[Any]
    answers: dict[Callable[..., Any], Any] = field(default_factory=dict)


_PAGE: ContextVar[_Asked | None] = ContextVar("statistics page", default=None)


@dataclass(frozen=True, kw_only=True)
class Table:
    """A statistic: its rows, and how it is drawn."""

    name: str
    title: Any
    columns: Any
    rows: list[Any]
    chart: str
    about: str = ""
    note: str = ""
    url: str = ""
    rest: bool = False
    """The last row is what has no row of its own: words stand for it under the chart, which it would flatten."""


@dataclass(kw_only=True)
class StatisticsPage:
    """Everything that record/statistics.html shows."""

    title: Any
    about: str
    list_url: str
    clear_url: str
    chips: list[Any] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)


def build_statistics(rt: RecordType, actor: Actor, args: Any, reading: Reading, writing: Writing) -> StatisticsPage:
    """The statistics of the list that `args` ask for. Each gets a SELECT of the visible ids and counts in the database."""
    spec = list_spec.parse_list(rt, actor, args, reading=reading, whole=True)
    ids = query.found_ids(spec)
    kept = {k: v for k, v in args.to_dict(flat=False).items() if k != "cursor"}
    there = [s for s in declared("statistics", rt.name, actor) if not s.plugin or visible(s.plugin, actor)]
    page = _PAGE.set(_Asked(ids))
    try:
        tables = [_table(rt, s, s.rows(ids, actor), kept) for s in there]
    finally:
        _PAGE.reset(page)
    return StatisticsPage(
        title=_("Search statistics"), about=f"{rt.labels} · {query.count_words(query.count(spec), spec)}",
        list_url=url_for(f"{rt.blueprint}.list", **kept), clear_url=url_for(f"{rt.blueprint}.statistics"),
        chips=chips(rt, spec, f"{rt.blueprint}.statistics"), tables=tables,
    )  # fmt: skip


def _table(rt: RecordType, statistic: Statistic, rows: Sequence[Sequence[Any]], kept: Mapping[str, Any]) -> Table:
    cells = [[_shown(rt, cell, kept) if isinstance(cell, Cell) else cell for cell in row] for row in rows]
    rest = bool(rows) and isinstance(last := rows[-1][0], Cell) and last.rest
    bars = len(cells) - rest
    more = statistic.chart == "hbar" and bars > CHARTED
    return Table(
        name=statistic.name, title=statistic.title, columns=statistic.columns, rows=cells, chart=statistic.chart, rest=rest,
        note=_("The chart shows the first %(n)s of %(all)s; the table has them all.", n=CHARTED, all=bars) if more else "",
    )  # fmt: skip


def _shown(rt: RecordType, cell: Cell, kept: Mapping[str, Any]) -> Any:
    if cell.id is not None:
        address = url_for(f"{rt.blueprint}.show", id=cell.id)
    elif cell.filters:
        address = url_for(f"{rt.blueprint}.list", **{**kept, **cell.filters})
    else:
        return cell.words
    return Markup('<a href="{}">{}</a>').format(address, cell.words)
