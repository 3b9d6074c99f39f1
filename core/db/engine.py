"""How the engine is set up: SQLite with WAL, real foreign keys and BEGIN IMMEDIATE for writers; PostgreSQL as it is."""

import sqlite3
from typing import Any

from sqlalchemy import Engine, event

from .folded import register
from .turns import PATIENCE, Turns

PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000", "cache_size=-65536", "mmap_size=1073741824")
OLDEST_SQLITE = (3, 39)


def check_sqlite() -> None:
    """Refuse an SQLite that lacks what the product uses (->>, RETURNING, FTS5 trigram), with one line that says so."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise SystemExit(f"Cartera needs SQLite {'.'.join(map(str, OLDEST_SQLITE))} or newer, this Python has {sqlite3.sqlite_version}")


def prepare(engine: Engine, *, pragmas: tuple[str, ...] = PRAGMAS) -> None:
    """Attach the listeners of a SQLite engine; call once per engine, before its first connection."""
    if engine.dialect.name != "sqlite":
        return
    check_sqlite()
    file = engine.url.database
    turns = Turns(f"{file}-writer") if file and file != ":memory:" else None

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin by itself: we say BEGIN or BEGIN IMMEDIATE
        for pragma in pragmas:
            connection.execute("PRAGMA " + pragma).close()
        register(connection)

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        options = connection.get_execution_options()
        if not options.get("write"):
            connection.connection.driver_connection.execute("BEGIN").close()  # takes no lock, so nothing to translate: it can't fail
            return
        if turns and not connection.info.get("turn"):
            connection.info["turn"] = turns.take(options.get("patience", PATIENCE))  # seconds to wait behind other writers
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    @event.listens_for(engine, "checkin")
    def _give_turn(_connection: Any, record: Any) -> None:
        if record.info.pop("turn", False):
            turns.give()  # type: ignore[union-attr]

    @event.listens_for(engine, "engine_disposed")
    def _close(_engine: Engine) -> None:
        if turns:
            turns.close()
