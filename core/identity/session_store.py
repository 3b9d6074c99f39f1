"""Rows of signed-in sessions: listing, ending, sweeping. Each call is a short transaction of its own on the runtime engine.

Times are microseconds since 1970. A session dies 8 hours after it was last used and 7 days after it began, or 30 days after it began
when its user chose to stay signed in; one that nobody has signed in with, an hour after it was last used.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, and_, delete, func, or_, select

from core.db.runtime import sessions

IDLE = timedelta(hours=8)
ABSOLUTE = timedelta(days=7)
STAY = timedelta(days=30)
VISITOR = timedelta(hours=1)
SEEN_EVERY = timedelta(minutes=5)


def micros(span: timedelta) -> int:
    """A span in microseconds."""
    return span // timedelta(microseconds=1)


def at(moment: int) -> datetime:
    """The instant of a row."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=moment)


def is_dead(row: Any, now: int) -> bool:
    """Whether a row has outlived its time."""
    if row.user_id is None:
        return now - row.seen_at > micros(VISITOR)
    if row.stay:
        return now - row.created_at > micros(STAY)
    return now - row.seen_at > micros(IDLE) or now - row.created_at > micros(ABSOLUTE)


@dataclass(frozen=True, kw_only=True)
class OpenSession:
    """A signed-in session, as its user sees it on his page. `key` is the hash of its cookie: it opens nothing."""

    key: str
    address: str
    agent: str
    created_at: datetime
    seen_at: datetime
    stay: bool


def sessions_of(engine: Engine, user_id: int, *, now: datetime) -> list[OpenSession]:
    """The user's sessions that are alive, last used first."""
    with engine.connect() as connection:
        rows = connection.execute(select(sessions).where(sessions.c.user_id == user_id).order_by(sessions.c.seen_at.desc())).all()
    moment = micros(now - datetime(1970, 1, 1, tzinfo=UTC))
    return [
        OpenSession(
            key=r.key, address=r.address or "", agent=r.agent or "", created_at=at(r.created_at), seen_at=at(r.seen_at), stay=r.stay
        )
        for r in rows
        if not is_dead(r, moment)
    ]


def _write(engine: Engine, statement: Any) -> int:
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        return connection.execute(statement).rowcount


def end_session(engine: Engine, key: str, *, user_id: int) -> bool:
    """End one session of that user; False when he has no such session."""
    return _write(engine, delete(sessions).where(sessions.c.key == key, sessions.c.user_id == user_id)) > 0


def end_sessions(engine: Engine, user_id: int, *, but: str | None = None) -> int:
    """End all sessions of a user, except the one whose key is `but`. Gives their number."""
    return _write(engine, delete(sessions).where(sessions.c.user_id == user_id, sessions.c.key != (but or "")))


def sweep(engine: Engine, *, now: datetime) -> int:
    """Remove rows of dead sessions; for a periodic job. Gives their number."""
    moment, s = micros(now - datetime(1970, 1, 1, tzinfo=UTC)), sessions.c
    dead = or_(
        and_(s.user_id.is_(None), s.seen_at < moment - micros(VISITOR)),
        and_(s.user_id.is_not(None), s.stay, s.created_at < moment - micros(STAY)),
        and_(s.user_id.is_not(None), ~s.stay, or_(s.seen_at < moment - micros(IDLE), s.created_at < moment - micros(ABSOLUTE))),
    )
    return _write(engine, delete(sessions).where(dead))


def count_signed_in(engine: Engine, *, now: datetime) -> int:
    """How many people used a session within the last quarter of an hour."""
    since = micros(now - datetime(1970, 1, 1, tzinfo=UTC)) - micros(timedelta(minutes=15))
    stmt = select(func.count(sessions.c.user_id.distinct())).where(sessions.c.user_id.is_not(None), sessions.c.seen_at > since)
    with engine.connect() as connection:
        return int(connection.execute(stmt).scalar_one())
