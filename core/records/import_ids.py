"""What writing many rows needs besides: ids known beforehand, what a column holds when nobody says it, a bound on memory."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import func, select, text

from core.db import db


def column_defaults(table: Any) -> dict[str, Callable[[], Any]]:
    """Column → what a row has that does not say it; for all columns but the id, so that all rows of one INSERT are alike."""
    out: dict[str, Callable[[], Any]] = {}
    for column in table.columns:
        default = column.default
        if column.name in ("id", "custom", "created_at", "created_by_id", "updated_at"):
            continue
        if default is None or not (default.is_scalar or default.is_callable):
            out[column.name] = lambda: None
        elif default.is_scalar:
            out[column.name] = lambda value=default.arg: value
        else:
            out[column.name] = lambda make=default.arg: make(None)
    return out


def reserve_ids(table: Any, count: int) -> list[int]:
    """Ids for new rows, known beforehand, never used twice: on SQLite the writer is alone, on PostgreSQL the sequence gives them."""
    if db.session.get_bind().dialect.name == "postgresql":
        stmt = select(func.nextval(func.pg_get_serial_sequence(table.name, "id"))).select_from(func.generate_series(1, count).alias("n"))
        return [int(i) for i in db.session.scalars(stmt)]
    last = db.session.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": table.name}) or 0
    return list(range(last + 1, last + count + 1))


@contextmanager
def small_cache() -> Iterator[None]:
    """On SQLite a writer holds up to 64 MB of changed pages (core/db/engine.py). Many new rows need a fourth of it, and are no slower."""
    if db.session.get_bind().dialect.name != "sqlite":
        yield
        return
    # The driver's own connection: it can be told even when a failure has ended the transaction around it.
    driver: Any = db.session.connection().connection.driver_connection
    (before,) = driver.execute("PRAGMA cache_size").fetchone()
    driver.execute("PRAGMA cache_size = -16000")
    try:
        yield
    finally:
        driver.execute(f"PRAGMA cache_size = {int(before)}")


__all__ = ["column_defaults", "reserve_ids", "small_cache"]
