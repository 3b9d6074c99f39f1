"""Columns that repeat a text of another record, so that a row is found by it: an invoice by its company's name.

A copy is declared with `copied_column`, written with its row, and made anew by `refresh_copies`: when the other record was renamed, and
when the plugin that keeps the copy comes back after a time in which nobody told it of renames.
"""

from typing import Any

from sqlalchemy import Integer, String, Text, bindparam, case, func, select, update
from sqlalchemy.orm import Mapped, mapped_column

from .base import db
from .text import fold_once


def copied_column(of: str, *, by: str, length: int = 255) -> Mapped[str]:
    """A copy of another table's column, as `company_name: Mapped[str] = copied_column("companies_company.name", by="company_id")`.

    In a `search_column` it has to stand last.
    """
    return mapped_column(String(length), nullable=False, default="", info={"copy_of": (of, by)})


def refresh_copies(model: Any, *, of_id: int | None = None) -> None:
    """Write copies anew where they differ, and the search text with them: of the rows that repeat one record, or of all.

    Two statements for each copied column, however many rows there are; neither their version nor `updated_at` changes.
    """
    table = model.__table__
    for copy in [c for c in table.columns if "copy_of" in c.info]:
        of, by = copy.info["copy_of"]
        name, _dot, column = of.partition(".")
        other = db.metadata.tables[name]
        stale = select(table.c[by].label("key"), copy.label("old"), other.c[column].label("new")).distinct()
        stale = stale.join_from(table, other, other.c.id == table.c[by]).where(copy != other.c[column])
        rows = db.session.execute(stale if of_id is None else stale.where(table.c[by] == of_id)).all()
        if not rows:
            continue
        searches = [c for c in table.columns if copy.name in c.info.get("search_of", ())]
        values = {copy.name: bindparam("new"), "updated_at": table.c.updated_at} | {c.name: _search(c, copy.name) for c in searches}
        stmt = update(table).where(table.c[by] == bindparam("key"), copy == bindparam("before")).values(values)
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


__all__ = ["copied_column", "refresh_copies"]
