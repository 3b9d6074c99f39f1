"""Search statistics: tables (and charts drawn from them) over the filtered records that the reader sees; plugins declare them."""

from dataclasses import dataclass, field
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from core.access import Actor
from core.fields import Reading, Writing

from . import query
from .lists import chips
from .pages import declared
from .record_type import RecordType


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
    spec = query.parse_list(rt, actor, args, reading=reading, whole=True)
    ids = select(rt.model.id).where(*query.base_conditions(spec))
    kept = {k: v for k, v in args.to_dict(flat=False).items() if k != "cursor"}
    tables = [
        Table(name=s.name, title=s.title, columns=s.columns, rows=[list(row) for row in s.rows(ids, actor)], chart=s.chart)
        for s in declared("statistics", rt.name, actor)
    ]
    return StatisticsPage(
        title=_("Search statistics"), about=f"{rt.labels} · {query.count_words(query.count(spec), spec)}",
        list_url=url_for(f"{rt.blueprint}.list", **kept), clear_url=url_for(f"{rt.blueprint}.statistics"),
        chips=chips(rt, spec, f"{rt.blueprint}.statistics"), tables=tables,
    )  # fmt: skip
