"""Many rows by few statements, past the ORM and its work per row.

SQLite: one INSERT of up to some hundred rows. A statement per row (executemany) makes the text index do its work once per row, and takes
four times as long; SQLAlchemy's own way with VALUES of many rows costs as much again in preparing parameters as SQLite needs to store them.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from sqlalchemy import Table, insert

from .base import db

VARIABLES = 32_000
"""SQLite takes up to 32,766 in a statement."""
MOST_ROWS = 500


def insert_many(table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """INSERT rows that all have the same keys (column names), in the current transaction. Defaults of columns are not filled in."""
    if rows:
        insert_columns(table, {name: [row[name] for row in rows] for name in rows[0]})


def insert_columns(table: Table, columns: Mapping[str, Sequence[Any]], same: Mapping[str, Any] | None = None) -> None:
    """The same for rows that come as columns: name → a value per row, and in `same` what all rows have alike, which is sent but once."""
    same = same or {}
    count = len(next(iter(columns.values())))
    if not count:
        return
    dialect = db.session.get_bind().dialect
    if dialect.name != "sqlite":
        db.session.execute(insert(table), [{**same, **dict(zip(columns, row, strict=True))} for row in zip(*columns.values(), strict=True)])
        return
    connection = db.session.connection()
    convert = _converters(table, (*same, *columns), dialect)
    alike = tuple(convert[name](value) if name in convert else value for name, value in same.items())
    several = [list(map(convert[name], values)) if name in convert else values for name, values in columns.items()]
    size = max(1, min(MOST_ROWS, (VARIABLES - len(same)) // len(columns)))
    for start in range(0, count, size):
        part = [values[start : start + size] for values in several] if count > size else several
        statement = _statement(table, tuple(same), tuple(columns), len(part[0]), dialect)
        connection.exec_driver_sql(statement, (*alike, *chain.from_iterable(zip(*part, strict=True))))


@lru_cache(maxsize=64)
def _converters(table: Table, names: tuple[str, ...], dialect: Any) -> Mapping[str, Callable[[Any], Any]]:
    """What makes, of the columns whose values the driver does not take as they are, what it takes."""
    found = {name: table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names}
    return {name: process for name, process in found.items() if process is not None}


@lru_cache(maxsize=64)
def _statement(table: Table, same: tuple[str, ...], names: tuple[str, ...], count: int, dialect: Any) -> str:
    quote = dialect.identifier_preparer
    line = f"({','.join([f'?{n}' for n in range(1, len(same) + 1)] + ['?'] * len(names))})"
    columns = ",".join(map(quote.quote, (*same, *names)))
    return f"INSERT INTO {quote.format_table(table)} ({columns}) VALUES {','.join([line] * count)}"  # noqa: S608


__all__ = ["insert_columns", "insert_many"]
