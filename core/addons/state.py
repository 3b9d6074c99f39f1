"""Enabled, hidden or disabled: in the database, honoured by every process within a second, without a restart.

A counter beside the states says that something changed. Each process compares it at most once a second (one indexed read) and swaps
its whole `Snapshot`; a request or job keeps the one that it began with, so that a menu never shows what the page then refuses.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Engine, Integer, String, inspect, select, text
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Mapped, mapped_column

from core.db import after_commit, db, plugin_base, unit_of_work, utcnow
from core.errors import Conflict

from .loaded import Addons, Plugin

log = logging.getLogger(__name__)
ENABLED, HIDDEN, DISABLED = "enabled", "hidden", "disabled"
DEFAULT = "default"
"""Asked for instead of a state: what holds while nobody has chosen one."""
EVERY = 1.0
"""Seconds between two looks at the counter."""


class AddonState(plugin_base("core")):  # type: ignore[misc]
    """What somebody chose for a plugin. Without a row its manifest decides."""

    __tablename__ = "core_addon"
    name: Mapped[str] = mapped_column(String(30), primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None]  # a user; no foreign key, for people stand above this layer
    before: Mapped[str | None] = mapped_column(String(10))
    """Of a disabled one: what it was till then."""


class AddonVersion(plugin_base("core")):  # type: ignore[misc]
    """One row, whose number grows with each change of a state and each upgrade."""

    __tablename__ = "core_addon_version"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    number: Mapped[int]


BUMP = text(
    "INSERT INTO core_addon_version (id, number) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET number = core_addon_version.number + 1"
)


class Change(NamedTuple):
    """A plugin that was switched: its state before and now, and what has to be asked for to have it as it was."""

    name: str
    old: str
    new: str
    undo: str


class SwitchedSince(Conflict):
    """A plugin is not any more as whoever asks has seen it."""


class UnknownPlugin(LookupError):
    """There is no such plugin, or it failed and so has no state; the message says which."""


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The states of all loaded plugins at one moment. `reasons` says why a plugin is off that nobody switched off."""

    number: int = -1
    states: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, Any] = field(default_factory=dict)

    def state(self, name: str) -> str:
        """The state of a plugin; one that was not loaded is disabled, the core is enabled."""
        return ENABLED if name == "core" else self.states.get(name, DISABLED)

    def runs(self, name: str) -> bool:
        """Whether its machinery works (events, jobs): enabled or hidden."""
        return self.state(name) != DISABLED

    def visible(self, name: str, actor: Any) -> bool:
        """Whether this actor has it: enabled for all, hidden for superadmins, disabled for nobody."""
        state = self.state(name)
        return state == ENABLED or (state == HIDDEN and bool(getattr(actor, "superadmin", False)))

    is_on = visible


_pinned: ContextVar[tuple["States", Snapshot] | None] = ContextVar("cartera_addon_snapshot", default=None)


class States:
    """The current snapshot of one app, and the changing of states. `engine` is called when it is first needed: never at start."""

    def __init__(self, addons: Addons, engine: Callable[[], Engine] = lambda: db.engine, clock: Callable[[], float] = time.monotonic):
        self.addons, self.engine, self.clock = addons, engine, clock
        self._snapshot: Snapshot | None = None
        self._next = 0.0
        self._lock = threading.Lock()
        addons.states = self

    def current(self) -> Snapshot:
        """The snapshot that this request or job has pinned, else one that is at most a second old."""
        pinned = _pinned.get()
        if pinned is not None and pinned[0] is self:
            return pinned[1]
        if self._snapshot is None or self.clock() >= self._next:
            with self._lock:  # one thread asks, the others wait for its answer
                if self._snapshot is None or self.clock() >= self._next:
                    self._look()
        return self._snapshot  # type: ignore[return-value]

    def refresh(self) -> Snapshot:
        """Read the states anew: after a change of our own, and after an upgrade in this process."""
        with self._lock:
            self._snapshot = None
            self._look()
        return self._snapshot  # type: ignore[return-value]

    def pin(self) -> Snapshot:
        """Keep the current snapshot until `unpin`: called by the gate at the start of each request."""
        _pinned.set(None)
        snapshot = self.current()
        _pinned.set((self, snapshot))
        return snapshot

    def unpin(self) -> None:
        """End of the request."""
        _pinned.set(None)

    @contextmanager
    def pinned(self) -> Iterator[Snapshot]:
        """One state for all that happens inside: for a job or a command."""
        before = _pinned.get()
        token = _pinned.set((self, self.current() if before is None else before[1] if before[0] is self else self.current()))
        try:
            yield _pinned.get()[1]  # type: ignore[index]
        finally:
            _pinned.reset(token)

    def _look(self) -> None:
        try:
            with self.engine().connect() as connection:
                number = connection.execute(select(AddonVersion.number).where(AddonVersion.id == 1)).scalar() or 0
                if self._snapshot is None or self._snapshot.number != number:
                    chosen = _chosen(connection)
                    tables = set(inspect(connection).get_table_names())
                    self._snapshot = effective(self.addons, chosen, tables, number)
        except (OperationalError, ProgrammingError):
            if inspect(self.engine()).has_table(AddonVersion.__tablename__):
                raise
            self._snapshot = effective(self.addons, {}, None, -1)  # a database that has not been made yet
        self._next = self.clock() + EVERY

    def set_state(self, name: str, state: str, actor_id: int | None, *, with_dependants: bool = False) -> list[Change]:
        """Switch a plugin in one transaction; gives all that changed.

        Enabling and hiding enable what it depends on. Disabling what others need is refused with their names, unless they go along. The
        event `plugin_state_changed` follows the commit. Raises UnknownPlugin for a plugin that is not there or failed, Conflict for a
        refusal.
        """
        return self.set_states({name: state}, actor_id, with_dependants=with_dependants)

    def set_states(
        self, asked: Mapping[str, str], actor_id: int | None, *, with_dependants: bool = False, expected: Mapping[str, str] | None = None
    ) -> list[Change]:
        """Switch several plugins in one transaction (plugin → state, or DEFAULT), as `set_state` does; what is asked of each counts.

        Raises SwitchedSince, and changes nothing, where one of `expected` (plugin → state) is in another state by then.
        """
        for name, state in asked.items():
            if state not in (ENABLED, HIDDEN, DISABLED, DEFAULT):
                raise ValueError(f"{state!r} is no state")
            self._loaded(name)
        with unit_of_work(actor_id):
            db.session.execute(BUMP)  # also the lock: of two administrators the second waits here, and sees what the first did
            chosen = _chosen(db.session)
            now = effective(self.addons, chosen, None, 0)
            for name, state in (expected or {}).items():
                if now.state(name) != state:
                    title = self.addons[name].title
                    raise SwitchedSince(_("%(title)s was switched again since: nothing was changed. See how it is now.", title=title))
            left = {n: s for n, s in {**chosen, **asked}.items() if s != DEFAULT}
            by_default = effective(self.addons, left, None, 0)
            meant = {n: by_default.state(n) if s == DEFAULT else s for n, s in asked.items()}
            wanted = dict(meant)
            for name, state in meant.items():
                if state == DISABLED:
                    users = [n for n in self.addons.needed_by(name) if meant.get(n, now.state(n)) != DISABLED]
                    if users and not with_dependants:
                        raise in_use(self.addons, self.addons[name], users)
                    wanted |= dict.fromkeys(users, DISABLED)
                else:
                    wanted |= {n: ENABLED for n in self.addons.needs(name) if n not in asked and not now.runs(n)}
            changed, moment = [], utcnow()  # the same for all: it tells later what went together
            for each in (n for n in self.addons.names if n in wanted):
                row = db.session.get(AddonState, each, populate_existing=True)
                old, new = now.state(each), wanted[each]
                if old != new:
                    changed.append(Change(each, old, new, old if row is not None else DEFAULT))
                if asked.get(each) == DEFAULT:
                    if row is not None:
                        db.session.delete(row)
                elif row is None or row.state != new:  # what was so before did not go along
                    row = row or AddonState(name=each)
                    row.state, row.changed_at, row.changed_by_id = new, moment, actor_id
                    row.before = old if new == DISABLED != old else None
                    db.session.add(row)
            db.session.flush()
            after_commit(lambda: self._tell(changed))
        return changed

    def went_with(self, name: str) -> dict[str, str]:
        """The plugins that were disabled in one step with this one, which they need, and are so still, with the state that each had before:
        to be asked before it is enabled.
        """
        rows = {row.name: row for row in db.session.scalars(select(AddonState).where(AddonState.state == DISABLED))}
        mine = rows.get(name)
        if mine is None:
            return {}
        together = [rows[n] for n in self.addons.needed_by(name) if n in rows and rows[n].changed_at == mine.changed_at]
        return {row.name: row.before or ENABLED for row in together}

    def _loaded(self, name: str) -> Plugin:
        try:
            plugin = self.addons[name]
        except KeyError:
            names = ", ".join(self.addons.names)
            raise UnknownPlugin(_("There is no plugin %(name)s. There are: %(names)s.", name=name, names=names)) from None
        if plugin.failure is not None:
            raise UnknownPlugin(_("The plugin %(name)s failed and can't be switched: %(reason)s", name=name, reason=plugin.failure.reason))
        return plugin

    def _tell(self, changed: list[Change]) -> None:
        token = _pinned.set((self, self.refresh()))  # the request keeps what it began with; those that are told are those that run now
        try:
            for name, old, new, _undo in changed:
                self.addons.call("plugin_state_changed", name=name, old=old, new=new)
        finally:
            _pinned.reset(token)


def _chosen(connection: Any) -> dict[str, str]:
    return {row.name: row.state for row in connection.execute(select(AddonState.name, AddonState.state))}


def in_use(addons: Addons, plugin: Plugin, users: list[str]) -> Conflict:
    """The refusal to disable what others need; `details` holds their names."""
    titles = ", ".join(addons[n].title for n in users)
    return Conflict(
        _("%(title)s is needed by %(names)s. Disable them with it, or leave it on.", title=plugin.title, names=titles), details=list(users)
    )


def effective(addons: Addons, chosen: Mapping[str, str], tables: set[str] | None, number: int) -> Snapshot:
    """The states that follow from what was chosen: a plugin is off while one that it needs is off, or while its tables are missing.

    `tables` are the names in the database; None when they don't matter.
    """
    states: dict[str, str] = {}
    reasons: dict[str, str] = {}
    for plugin in addons:
        manifest = plugin.manifest
        state = chosen.get(plugin.name) or manifest.default_state  # type: ignore[union-attr]
        off = [d for d in plugin.depends if states.get(d) == DISABLED]
        missing = [] if tables is None else sorted({m.__tablename__ for m in plugin.declared.get("models", ())} - tables)
        if manifest.auto_enable and plugin.name not in chosen:  # type: ignore[union-attr]
            state = ENABLED if all(states.get(d) == ENABLED for d in plugin.depends) else DISABLED
        elif off and state != DISABLED:
            state, reasons[plugin.name] = DISABLED, _l("needs %(names)s, which is disabled", names=", ".join(off))
        if missing and state != DISABLED:
            written = any((plugin.path / "migrations" / "versions").glob("*.py"))
            words = _l("its tables are not there yet (%(names)s): run `cartera upgrade`", names=", ".join(missing))
            if not written:
                words = _l("its tables have no migrations: write them with `cartera plugin migrate %(name)s`", name=plugin.name)
            state, reasons[plugin.name] = DISABLED, words
        states[plugin.name] = state
    return Snapshot(number=number, states=states, reasons=reasons)
