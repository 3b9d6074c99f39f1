"""What changes rarely and is read on each page (custom fields, settings): kept per process, checked against a counter in the database.

Each process compares the counters at most once a second, all of them in one read; its own changes it sees at once.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Integer, String, select
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

    def _check(self) -> None:
        if time.monotonic() - self._checked < MAX_AGE:
            return
        counters = dict(db.session.execute(select(Counter.name, Counter.value)).all())
        with self._lock:
            for name in set(self._counters) | set(counters):
                if self._counters.get(name) != counters.get(name):
                    self._values.pop(name, None)
            self._counters = counters
            self._checked = time.monotonic()

    def get(self, name: str, key: Any, load: Callable[[], Any]) -> Any:
        """The cached value of (name, key), made by `load` when it is not there or out of date."""
        self._check()
        values = self._values.get(name, {})
        if key not in values:
            value = load()
            if not db.session().info.get("write"):  # what an open transaction has changed is nobody else's yet
                with self._lock:
                    self._values.setdefault(name, {})[key] = value
            return value
        if f"changed:{name}" in db.session().info:
            return load()
        return values[key]

    def changed(self, name: str) -> None:
        """Say inside a unit of work that a cached thing has changed: everybody reads it anew after the commit."""
        session = db.session()
        counter = session.get(Counter, name, with_for_update=True)
        if counter is None:
            session.add(Counter(name=name, value=1))
        else:
            counter.value += 1
        session.flush()
        session.info[f"changed:{name}"] = True
        after_commit(lambda: self._forget(name))

    def _forget(self, name: str) -> None:
        with self._lock:
            self._values.pop(name, None)
            self._checked = 0.0
        db.session().info.pop(f"changed:{name}", None)
