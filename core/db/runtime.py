"""What may be lost without harm: sessions, limits, progress. On SQLite a file of its own (`runtime.db`), so that signing in never waits
for the one writer of the main file; on PostgreSQL tables of the main database.
"""

from sqlalchemy import BigInteger, Boolean, Column, Engine, Float, Integer, MetaData, String, Table, Text, create_engine

from .engine import prepare

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
PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000")


def runtime_engine(url: str) -> Engine:
    """The engine for what may be lost; makes its tables when they are missing."""
    engine = create_engine(url, connect_args={"timeout": 10} if url.startswith("sqlite") else {})
    prepare(engine, pragmas=PRAGMAS)
    metadata.create_all(engine)
    return engine
