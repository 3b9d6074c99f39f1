"""What may be lost without harm: sessions, limits, progress. On SQLite a file of its own (`runtime.db`), so that signing in never waits
for the one writer of the main file; on PostgreSQL tables of the main database.
"""

import threading
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Engine, Float, Integer, MetaData, String, Table, Text, create_engine, event, text
from sqlalchemy.pool import NullPool

from .engine import prepare
from .turns import Turns

metadata = MetaData()
sessions = Table(
    "core_session", metadata,
    Column("key", String(64), primary_key=True),  # SHA-256 of the cookie
    Column("user_id", Integer, index=True),
    Column("data", Text, nullable=False),
    Column("address", String(64)), Column("agent", String(200)),
    Column("created_at", BigInteger, nullable=False), Column("seen_at", BigInteger, nullable=False),
    Column("stay", Boolean, nullable=False, default=False),
)  # fmt: skip
limits = Table(
    "core_limit", metadata,
    Column("key", String(200), primary_key=True), Column("hits", Integer, nullable=False), Column("expires_at", Float, nullable=False),
)  # fmt: skip
progress = Table(
    "core_progress", metadata,
    Column("job_id", Integer, primary_key=True), Column("done", Integer, nullable=False), Column("total", Integer, nullable=False),
    Column("message", Text, nullable=False, default=""), Column("cancelled", Boolean, nullable=False, default=False),
    Column("seen_at", Float, nullable=False),
)  # fmt: skip
LOCK_KEY = 0x43415254455242  # "CARTERB": the advisory lock of whoever makes these tables on PostgreSQL
PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000")


def runtime_engine(url: str) -> Engine:
    """The engine for what may be lost. Nothing is asked here: its tables are made, when they are missing, before its first connection."""
    engine = create_engine(url, connect_args=_connect_args(url))
    prepare(engine, pragmas=PRAGMAS)
    mutex, made = threading.Lock(), threading.Event()

    @event.listens_for(engine, "do_connect")
    def _make_first(*_args: Any) -> None:
        if made.is_set():
            return
        with mutex:
            if not made.is_set():
                _make_tables(url)
                made.set()

    @event.listens_for(engine, "engine_disposed")
    def _look_again(_engine: Engine) -> None:
        made.clear()

    return engine


def _connect_args(url: str) -> dict[str, Any]:
    return {"timeout": 10} if url.startswith("sqlite") else {}


def _make_tables(url: str) -> None:
    """Make what is missing; several processes that start at once take turns."""
    engine = create_engine(url, connect_args=_connect_args(url), poolclass=NullPool)
    prepare(engine, pragmas=PRAGMAS)
    turns = Turns(f"{engine.url.database}-writer") if engine.dialect.name == "sqlite" and engine.url.database else None
    if turns:
        turns.take()
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
            metadata.create_all(connection)
    finally:
        if turns:
            turns.give()
            turns.close()
        engine.dispose()
