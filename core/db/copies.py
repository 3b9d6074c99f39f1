"""Columns that repeat something of another record, so that a row is found or ordered by it: an invoice by its company's name.

A copy is declared once, in the model, and the engine keeps it up (core/records/follow.py): when the other record changes, and when the
plugin that has the copy comes back after a time in which it was disabled.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Integer, String, Text, bindparam, case, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from .among import among
from .base import db
from .text import fold_once


def copied_column(of: str, *, by: str, length: int = 255) -> Mapped[str]:
    """A copy of another table's column, as `company_name: Mapped[str] = copied_column("companies_company.name", by="company_id")`.

    `by` is the foreign key. Whoever writes the row fills it; from then on it follows. In a `search_column` it has to stand last.
    """
    return mapped_column(String(length), nullable=False, default="", info={"copy_of": (of, by)})


def order_column(of: str, *, by: str, key: Callable[[Any, Any], Any]) -> Mapped[str]:
    """A stored sort key made of a row and the other record: `key(table, other)` gives it as SQL, from columns of both tables.

    It is written anew after each write of the row, and when the column `of` of the record behind the foreign key `by` changes.
    """
    text = String().with_variant(String(collation="C"), "postgresql")
    return mapped_column(text, nullable=False, default="", info={"copy_of": (of, by), "copied_as": key})


@cache
def copies_of(model: Any) -> list[tuple[str, Any]]:
    """What a model keeps of other records: [("companies_company.name", its own column)]."""
    return [(column.info["copy_of"][0], column) for column in model.__table__.columns if "copy_of" in column.info]


def write_order(model: Any, ids: Sequence[int]) -> None:
    """Write the order columns of rows that were just written."""
    table = model.__table__
    for _of, column in copies_of(model):
        if "copied_as" in column.info:
            _order(table, column, among(table.c.id, ids))


def refresh_copies(model: Any, *, of: str | None = None, of_ids: Iterable[int] | None = None) -> None:
    """Write copies anew where they differ, and the search text with them: of the column `of` only, of some other records, or all.

    At most two statements for each copy, however many rows there are; neither their version nor `updated_at` changes.
    """
    keys = None if of_ids is None else sorted(of_ids)
    for source, column in copies_of(model):
        if of in (None, source):
            by = model.__table__.c[column.info["copy_of"][1]]
            write = _order if "copied_as" in column.info else _copy
            write(model.__table__, column, None if keys is None else among(by, keys))


def _other(table: Any, column: Any) -> tuple[Any, Any, Any]:
    """(the foreign key, the other table, its column) of a copy."""
    of, by = column.info["copy_of"]
    name, _dot, source = of.partition(".")
    return table.c[by], db.metadata.tables[name], db.metadata.tables[name].c[source]


def _order(table: Any, column: Any, where: Any) -> None:
    by, other, _source = _other(table, column)
    value = select(column.info["copied_as"](table, other)).where(other.c.id == by).scalar_subquery()
    stmt = update(table).values({column: value, table.c.updated_at: table.c.updated_at})
    db.session.execute(stmt.where(column != value if where is None else where))


def _copy(table: Any, copy: Any, where: Any) -> None:
    by, other, source = _other(table, copy)
    stale = select(by.label("key"), copy.label("old"), source.label("new")).distinct()
    stale = stale.join_from(table, other, other.c.id == by).where(copy != source)
    rows = db.session.execute(stale if where is None else stale.where(where)).all()
    if not rows:
        return
    searches = [c for c in table.columns if copy.name in c.info.get("search_of", ())]
    values = {copy.name: bindparam("new"), "updated_at": table.c.updated_at} | {c.name: _search(c, copy.name) for c in searches}
    stmt = update(table).where(by == bindparam("key"), copy == bindparam("before")).values(values)
    folds = [{"was": fold_once(row.old), "becomes": fold_once(row.new)} for row in rows]
    db.session.execute(
        stmt,
        [
            {"key": row.key, "before": row.old, "new": row.new, **(fold | {"cut": len(fold["was"])} if searches else {})}
            for row, fold in zip(rows, folds, strict=True)
        ],
    )


def _search(column: Any, copy: str) -> Any:
    """The search text with another text at its end: what stands before it needs no folding anew, which no database can do."""
    if column.info["search_of"][-1] != copy:
        raise TypeError(f"{column}: the copy {copy!r} has to stand last")
    whole, cut = func.length(column), bindparam("cut", type_=Integer)
    ends = func.substr(column, whole - cut + 1) == bindparam("was", type_=Text)
    kept = case((ends, func.substr(column, 1, whole - cut)), else_=column)
    return func.trim(kept.concat(" ").concat(bindparam("becomes", type_=Text)))


__all__ = ["copied_column", "copies_of", "order_column", "refresh_copies", "write_order"]
