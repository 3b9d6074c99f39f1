"""What changes rarely and is read on each page (custom fields, settings): kept per process, checked against a counter in the database.

Each process compares the counters at most once a second, all of them in one read; its own changes it sees at once.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Integer, String, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column

from .base import db, plugin_base
from .work import after_commit

MAX_AGE = 1.0


class Counter(plugin_base("core")):
    """How often a cached thing was changed."""

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[int] = mapped_column(Integer, default=0)


class Versioned:
    """The caches of one app. `get(name, key, load)` gives what `load()` made, until `changed(name)` was called anywhere."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counters: dict[str, int] = {}
        self._checked = 0.0
        self._values: dict[str, dict[Any, Any]] = {}
        self._stamp = 0

    def _check(self) -> None:
        if time.monotonic() - self._checked >= MAX_AGE:
            self._read()

    def _read(self) -> dict[str, int]:
        """The counters as this transaction sees them."""
        session = db.session()
        counters = dict(session.execute(select(Counter.name, Counter.value)).all())
        session.info["counters"] = (session.get_transaction(), counters)
        with self._lock:  # counters only grow: what an older transaction sees takes nothing back
            for name, value in counters.items():
                if value > self._counters.get(name, 0):
                    self._values.pop(name, None)
                    self._stamp += 1
                    self._counters[name] = value
            self._checked = time.monotonic()
        return counters

    def _seen(self) -> dict[str, int]:
        """The counters as this transaction saw them before now: what it loads from now on is as new as they are, or newer."""
        transaction, counters = db.session().info.get("counters", (None, {}))
        return counters if transaction is not None and transaction is db.session().get_transaction() else self._read()

    def get(self, name: str, key: Any, load: Callable[[], Any]) -> Any:
        """The cached value of (name, key), made by `load` when it is not there or out of date."""
        self._check()
        values = self._values.get(name, {})
        if key not in values:
            if db.session().info.get("write"):  # what an open transaction has changed is nobody else's yet
                return load()
            seen = self._seen().get(name)
            value = load()
            with self._lock:
                if self._counters.get(name) == seen:  # else it was changed while it was loaded, or before, out of this transaction's sight
                    self._values.setdefault(name, {})[key] = value
            return value
        if f"changed:{name}" in db.session().info:
            return load()
        return values[key]

    def stamp(self) -> int | None:
        """A number that stays the same while nothing changes: for what is made of several cached things. None in a unit of work that
        has changed one of them."""
        self._check()
        info = db.session().info
        return None if info and any(isinstance(key, str) and key.startswith("changed:") for key in info) else self._stamp

    def settled(self) -> bool:
        """Whether this transaction sees what the process last heard of: what is made in it now may be kept under `stamp()`."""
        return self._seen() == self._counters

    def changed(self, name: str) -> None:
        """Say inside a unit of work that a cached thing has changed: everybody reads it anew after the commit."""
        session = db.session()
        session.flush()
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        stmt = insert(Counter).values(name=name, value=1)
        stmt = stmt.on_conflict_do_update(index_elements=[Counter.name], set_={"value": Counter.value + 1})
        value = session.execute(stmt.returning(Counter.value)).scalar_one()
        session.info[f"changed:{name}"] = True
        after_commit(lambda: self._forget(name, value))

    def _forget(self, name: str, value: int) -> None:
        with self._lock:
            self._values.pop(name, None)
            self._stamp += 1
            self._counters[name] = max(value, self._counters.get(name, 0))  # a transaction from before sees less, and keeps nothing
            self._checked = 0.0
        db.session().info.pop(f"changed:{name}", None)
