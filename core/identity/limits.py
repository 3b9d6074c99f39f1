"""Rate limits that all processes share: the library `limits` on a table of the runtime engine.

A window is one row: one statement counts, and starts anew when the window is over; the same SQL on SQLite and PostgreSQL.
Signing in counts failures only: 10 in 15 minutes per account and address, 100 an hour per address (ASVS 6.3.1).
"""

import ipaddress
import math
import time
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from limits import parse
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import Engine, case, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from core.db.runtime import limits as table

PER_ACCOUNT = "10 per 15 minutes"
PER_ADDRESS = "100 per hour"


class SqlStorage(Storage):
    """Counters of `limits` in the table core_limit."""

    base_exceptions = SQLAlchemyError

    def __init__(self, engine: Engine):
        super().__init__()
        self.engine = engine

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count; gives the number in the window."""
        now = time.time()
        dialect = sqlite if self.engine.dialect.name == "sqlite" else postgresql
        new = dialect.insert(table).values(key=key, hits=amount, expires_at=now + expiry)
        over = table.c.expires_at <= now
        stmt = new.on_conflict_do_update(
            index_elements=[table.c.key],
            set_={
                "hits": case((over, amount), else_=table.c.hits + amount),
                "expires_at": case((over, now + expiry), else_=table.c.expires_at),
            },
        ).returning(table.c.hits)
        with self.engine.connect().execution_options(write=True) as connection, connection.begin():
            return int(connection.execute(stmt).scalar_one())

    def _row(self, key: str) -> Any:
        with self.engine.connect() as connection:
            return connection.execute(
                select(table.c.hits, table.c.expires_at).where(table.c.key == key, table.c.expires_at > time.time())
            ).first()

    def get(self, key: str) -> int:
        """How many in the window."""
        row = self._row(key)
        return int(row.hits) if row else 0

    def get_expiry(self, key: str) -> float:
        """When the window ends, in seconds since 1970; now, when there is none."""
        row = self._row(key)
        return float(row.expires_at) if row else time.time()

    def check(self) -> bool:
        """Whether the table answers."""
        self._row("")
        return True

    def reset(self) -> int:
        """Forget all counters; gives their number."""
        return self._delete(delete(table))

    def clear(self, key: str) -> None:
        """Forget one counter."""
        self._delete(delete(table).where(table.c.key == key))

    def sweep(self) -> int:
        """Remove windows that are over; for a periodic job. Gives their number."""
        return self._delete(delete(table).where(table.c.expires_at <= time.time()))

    def _delete(self, statement: Any) -> int:
        with self.engine.connect().execution_options(write=True) as connection, connection.begin():
            return connection.execute(statement).rowcount


Limiter = FixedWindowRateLimiter
"""What counts and looks; made once per app, kept in the runtime's parts as "limiter"."""


def make_limiter(engine: Engine) -> Limiter:
    """The limiter of an app, with its counters on the runtime engine."""
    return Limiter(SqlStorage(engine))


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """What a limit leaves: whether one more is allowed, how many are left, and in how many seconds the window ends."""

    allowed: bool
    left: int
    wait: int


def _identify(*parts: object) -> str:
    """A key of fixed length that shows neither account nor address to whoever reads the table."""
    return sha256("\0".join(map(str, parts)).encode()).hexdigest()[:40]


def look(limiter: Limiter, rule: str, *key: object) -> Allowance:
    """What `rule`, such as "10 per 15 minutes", leaves for a key, without counting."""
    stats = limiter.get_window_stats(parse(rule), _identify(*key))
    return Allowance(allowed=stats.remaining > 0, left=stats.remaining, wait=max(1, math.ceil(stats.reset_time - time.time())))


def count(limiter: Limiter, rule: str, *key: object) -> Allowance:
    """Count one and tell what is left; `allowed` says whether this one still was."""
    allowed = limiter.hit(parse(rule), _identify(*key))
    rest = look(limiter, rule, *key)
    return Allowance(allowed=allowed, left=rest.left, wait=rest.wait)


def network_of(address: str) -> str:
    """What counts as one address: IPv4 as it is, IPv6 by its /64, which one household has whole."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        return str(found.ipv4_mapped) if found.ipv4_mapped else str(ipaddress.ip_network((found, 64), strict=False))
    return address
