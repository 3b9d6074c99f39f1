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
    if not rows:
        return
    dialect = db.session.get_bind().dialect
    if dialect.name != "sqlite":
        db.session.execute(insert(table), list(rows))
        return
    names = tuple(rows[0])
    connection = db.session.connection()
    convert = _converters(table, names, dialect)
    size = max(1, min(MOST_ROWS, VARIABLES // len(names)))
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        columns = [[row[name] for row in part] for name in names]
        for n, process in convert:
            columns[n] = [process(value) for value in columns[n]]
        values = tuple(chain.from_iterable(zip(*columns, strict=True)))
        connection.exec_driver_sql(_statement(table, names, len(part), dialect), values)


@lru_cache(maxsize=64)
def _converters(table: Table, names: tuple[str, ...], dialect: Any) -> list[tuple[int, Callable[[Any], Any]]]:
    """(position, function) of the columns whose values the driver does not take as they are."""
    found = [(n, table.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for n, name in enumerate(names)]
    return [(n, process) for n, process in found if process is not None]


@lru_cache(maxsize=64)
def _statement(table: Table, names: tuple[str, ...], count: int, dialect: Any) -> str:
    quote = dialect.identifier_preparer
    line = f"({','.join('?' * len(names))})"
    return f"INSERT INTO {quote.format_table(table)} ({','.join(map(quote.quote, names))}) VALUES {','.join([line] * count)}"  # noqa: S608


__all__ = ["insert_many"]
