"""Lists as SQL: what the address asks for (list_spec.py) becomes one SELECT of columns, with the rights inside.

Pages go by key, never by OFFSET; counts stop at a cap.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, Select, and_, func, literal, or_, select, tuple_, type_coerce

from core.access import Actor, allowed, for_reader
from core.db import Micros, UtcTime, read

from .list_spec import TEXT_CAP, Cursor, ListSpec

COUNT_CAP = 10_000


def base_conditions(spec: ListSpec) -> list[ColumnElement[bool]]:
    """The rights, the trash, the filters and the text."""
    model = spec.rt.model
    return [allowed(spec.rt, "view", spec.actor), model.trashed_at.is_(None), *spec.conditions]


def raw_key(spec: ListSpec, model: Any = None) -> ColumnElement[Any]:
    """The expression that the list is ordered by, in the form in which it is stored."""
    expression = spec.sort.order_expression(model or spec.rt.model)
    return type_coerce(expression, BigInteger) if isinstance(expression.type, UtcTime | Micros) else expression


def is_nullable(spec: ListSpec) -> bool:
    """Whether the sort key may be NULL: those rows stand at the end in both directions."""
    column = getattr(spec.sort.order_expression(spec.rt.model), "property", None)
    columns = getattr(column, "columns", None)
    return bool(columns[0].nullable) if columns else spec.sort.nullable_order


def order_by(spec: ListSpec, key: ColumnElement[Any], record_id: ColumnElement[Any], *, nullable: bool) -> list[ColumnElement[Any]]:
    """ORDER BY for the page in the direction in which it is read."""
    down = spec.descending != bool(spec.cursor and spec.cursor.backward)
    out: list[Any] = [key.desc(), record_id.desc()] if down else [key.asc(), record_id.asc()]
    if nullable:
        missing = key.is_(None)
        out.insert(0, missing.desc() if spec.cursor and spec.cursor.backward else missing.asc())
    return out


def after_cursor(spec: ListSpec, key: ColumnElement[Any], record_id: ColumnElement[Any], *, nullable: bool) -> list[ColumnElement[bool]]:
    """The condition that leaves out what lies before the page."""
    c = spec.cursor
    if c is None:
        return []
    down = spec.descending != c.backward
    ids = record_id < c.record_id if down else record_id > c.record_id
    if c.is_null:
        beside = and_(key.is_(None), ids)
        return [or_(key.is_not(None), beside) if c.backward else beside]
    value = literal(c.key, Date()) if isinstance(c.key, date) else literal(c.key)
    further = (
        tuple_(key, record_id) < tuple_(value, literal(c.record_id))
        if down
        else tuple_(key, record_id) > tuple_(value, literal(c.record_id))
    )
    return [or_(further, key.is_(None)) if nullable and not c.backward else further]


@dataclass(frozen=True, kw_only=True)
class Driven:
    """How a record type's own driver finds the rows of a page: `ids` selects id in order and limited, `counted` selects id of all.

    With `values`, the parameters of both, a driver may give the same two objects again and again: what is built on them is then kept.
    """

    ids: Select[Any]
    counted: Select[Any]
    values: Mapping[str, Any] | None = None

    @property
    def kept_key(self) -> Hashable:
        """The same for the same two objects (core.access.kept); None for a driver that makes new ones each time."""
        return None if self.values is None else (id(self.ids), id(self.counted))


def _driven(spec: ListSpec) -> Driven | None:
    return spec.rt.drive(spec) if spec.rt.drive else None


def found_ids(spec: ListSpec) -> Select[Any]:
    """SELECT id of all records of the list, in no order; by the type's own driver where it has one."""
    driven = _driven(spec)
    if driven is None:
        return select(spec.rt.model.id).where(*base_conditions(spec))
    return driven.counted.params(**driven.values) if driven.values else driven.counted


def list_query(spec: ListSpec, columns: Sequence[ColumnElement[Any]], driven: Driven | None, *, counted: bool = False) -> Select[Any]:
    """SELECT id, key, columns … of one page and one row more, in the direction of reading; `counted` adds the list's length as `total`."""
    model = spec.rt.model
    key, nullable = raw_key(spec), is_nullable(spec)
    stmt = select(model.id.label("id"), key.label("sort_key"), *columns)
    if counted:
        stmt = stmt.add_columns(count_query(spec, driven).scalar_subquery().label("total"))
    if driven is not None:
        page = driven.ids.subquery("page")
        stmt = stmt.select_from(model).join(page, page.c.id == model.id)
    else:
        stmt = stmt.where(*base_conditions(spec), *after_cursor(spec, key, model.id, nullable=nullable)).limit(spec.limit + 1)
    return stmt.order_by(*order_by(spec, key, model.id, nullable=nullable))


def count_query(spec: ListSpec, driven: Driven | None) -> Select[Any]:
    """SELECT how many rows the list has, counted up to one more than the cap."""
    cap = (TEXT_CAP if spec.terms else COUNT_CAP) + 1
    ids = driven.counted if driven is not None else select(spec.rt.model.id).where(*base_conditions(spec))
    capped = ids.with_only_columns(literal(1)).order_by(None).limit(cap) if driven is None else ids.limit(cap)
    return select(func.count()).select_from(capped.subquery())


def count(spec: ListSpec) -> int:
    """How many rows the list has, counted up to one more than the cap."""
    driven = _driven(spec)
    return int(read(_kept_count(spec.actor, spec, driven), driven.values if driven else None).scalar() or 0)


@for_reader
def _kept_count(actor: Actor, spec: ListSpec, driven: Driven | None) -> Select[Any]:
    return count_query(spec, driven)


def count_words(total: int, spec: ListSpec) -> str:
    """The count for people: exact, or "10,000+"."""
    from flask_babel import format_decimal

    cap = TEXT_CAP if spec.terms else COUNT_CAP
    return f"{format_decimal(cap)}+" if total > cap else format_decimal(total)


@dataclass(frozen=True, kw_only=True)
class Page:
    """The rows of a page in order of the list, and the cursors to its neighbours; `total` is the list's length, where it was asked for."""

    rows: Sequence[Any]
    next: str | None
    previous: str | None
    first: int
    total: int | None = None


def _fetch(spec: ListSpec, columns: Sequence[ColumnElement[Any]], counted: bool) -> Sequence[Any]:
    driven = _driven(spec)
    return read(_kept_list(spec.actor, spec, tuple(columns), driven, counted), driven.values if driven else None).all()


@for_reader
def _kept_list(actor: Actor, spec: ListSpec, columns: Sequence[ColumnElement[Any]], driven: Driven | None, counted: bool) -> Select[Any]:
    return list_query(spec, columns, driven, counted=counted)


def fetch_page(spec: ListSpec, columns: Sequence[ColumnElement[Any]], *, counted: bool = False) -> Page:
    """One page of a list; with `counted` its length too, in the same statement."""
    rows: Sequence[Any] = _fetch(spec, columns, counted)
    total = None
    if counted:
        total = rows[0].total if rows else count(spec) if spec.cursor else 0
    more = len(rows) > spec.limit
    rows = rows[: spec.limit]
    backward = bool(spec.cursor and spec.cursor.backward)
    if backward:
        rows = rows[::-1]
    position = spec.cursor.position if spec.cursor else 1
    there_is_next = bool(rows) and (more if not backward else True)
    there_is_previous = bool(rows) and (more if backward else spec.cursor is not None)

    def at(row: Any, *, back: bool, pos: int) -> str:
        key = row.sort_key
        cursor = Cursor(key=None if key is None else key, is_null=key is None, record_id=row.id, backward=back, position=max(1, pos))
        return cursor.encode(spec)

    return Page(
        rows=rows,
        total=total,
        first=position,
        next=at(rows[-1], back=False, pos=position + len(rows)) if there_is_next else None,
        previous=at(rows[0], back=True, pos=position - spec.limit) if there_is_previous else None,
    )


__all__ = ["Driven", "Page", "count", "count_words", "fetch_page", "found_ids", "list_query"]
