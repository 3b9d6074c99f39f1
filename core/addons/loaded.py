"""What an app knows of its plugins once they are loaded: which run, which failed and why, what they declare; and the calling of events."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pluggy
from flask_babel import gettext as _

from .manifest import Manifest

log = logging.getLogger("cartera.hooks")
SLOW = 1.0
"""Seconds after which a hook call is logged as slow."""


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a plugin does not run: the reason in a sentence, the traceback if there was one, and the probable cure in words."""

    reason: str
    cure: str = ""
    traceback: str = ""


class PluginFailed(Exception):
    """In strict mode a plugin that fails stops the start. `failure` says why."""

    def __init__(self, name: str, failure: Failure):
        self.name, self.failure = name, failure
        super().__init__("\n".join(t for t in (f"plugin {name!r}: {failure.reason}", failure.cure, failure.traceback) if t))


class Hooks:
    """The hook functions of a plugin, taken from its module as soon as that was run.

    Not the module itself: once `plugins.visits.models` is imported, Python puts it over the function `models` of `plugins.visits`.
    """

    def __init__(self, functions: Mapping[str, Callable[..., Any]]):
        vars(self).update(functions)


@dataclass(kw_only=True)
class Plugin:
    """A plugin that was found. `source` is bundled, folder or installed; `hooks` is set when it runs, `failure` when it does not."""

    name: str
    path: Path
    source: str
    import_name: str
    manifest: Manifest | None = None
    hooks: Hooks | None = None
    failure: Failure | None = None
    declared: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    @property
    def loaded(self) -> bool:
        """Whether it was loaded, whatever its state."""
        return self.hooks is not None and self.failure is None

    @property
    def version(self) -> str:
        return self.manifest.version if self.manifest else ""

    @property
    def title(self) -> str:
        """What people call it, in the language of whoever reads: the manifest's texts are among the plugin's translations."""
        return _(self.manifest.title) if self.manifest else self.name

    @property
    def summary(self) -> str:
        """What it is for in one line, in the language of whoever reads."""
        return _(self.manifest.summary) if self.manifest and self.manifest.summary else ""

    @property
    def depends(self) -> tuple[str, ...]:
        return tuple(self.manifest.depends) if self.manifest else ()


class Addons:
    """The plugins of one app, in the order of their dependencies; those that failed come last.

    `states` (core.addons.state.States) knows what is enabled, hidden or disabled at the moment.
    """

    def __init__(self, pm: pluggy.PluginManager, *, trace: bool = False):
        self.pm = pm
        self.trace = trace
        self.plugins: tuple[Plugin, ...] = ()
        self.problems: list[str] = []
        self.states: Any = None
        self._declared: dict[str, list[tuple[str, Any]]] = {}
        self._impls: dict[str, list[tuple[str, Any]]] = {}

    def __iter__(self) -> Iterator[Plugin]:
        return (p for p in self.plugins if p.loaded)

    def __contains__(self, name: object) -> bool:
        return any(p.name == name for p in self)

    def __getitem__(self, name: str) -> Plugin:
        """The plugin of that name: the one that runs, else one that failed. Raises KeyError."""
        found = [p for p in self.plugins if p.name == name]
        if not found:
            raise KeyError(name)
        return next((p for p in found if p.loaded), found[0])

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the plugins that were loaded, in order."""
        return tuple(p.name for p in self)

    @property
    def failed(self) -> tuple[Plugin, ...]:
        return tuple(p for p in self.plugins if not p.loaded)

    def needs(self, name: str) -> tuple[str, ...]:
        """All that a plugin depends on, directly or not, in order."""
        found: set[str] = set()
        todo = [name]
        while todo:
            for need in self[todo.pop()].depends:
                if need in self and need not in found:
                    found.add(need)
                    todo.append(need)
        return tuple(n for n in self.names if n in found)

    def needed_by(self, name: str) -> tuple[str, ...]:
        """All loaded plugins that depend on this one, directly or not, in order."""
        return tuple(n for n in self.names if name in self.needs(n))

    def declared(self, hook: str) -> list[tuple[str, Any]]:
        """[(plugin, item)] of a declaration hook, in order of the plugins, whatever their state; the core's own come first as "core"."""
        return list(self._declared.get(hook, ()))

    def visible(self, hook: str, actor: Any) -> list[tuple[str, Any]]:
        """What is declared by plugins that this actor has at the moment: of enabled ones, and for superadmins of hidden ones."""
        snapshot = self.snapshot()
        return [(name, item) for name, item in self._declared.get(hook, ()) if snapshot.visible(name, actor)]

    def running(self, hook: str) -> list[tuple[str, Any]]:
        """What is declared by plugins that are not disabled: for jobs, mail and whatever serves nobody in particular."""
        snapshot = self.snapshot()
        return [(name, item) for name, item in self._declared.get(hook, ()) if snapshot.runs(name)]

    def snapshot(self) -> Any:
        """The plugins' states as this request or job sees them (core.addons.state)."""
        return self.states.current()

    def owner(self, endpoint_or_table: str) -> str | None:
        """The plugin that a blueprint, endpoint, table or record type belongs to, by its name: `name`, `name.…` or `name_…`."""
        head = endpoint_or_table.partition(".")[0]
        return next((n for n in self.names if head == n or head.startswith(n + "_")), None)

    def call(self, event: str, /, **kw: Any) -> list[Any]:
        """Call an event on the plugins that are not disabled, dependencies first; gives what they returned, without None.

        Events whose name ends in -ing (`record_saving`, a plugin's own `invoice_issuing`) may refuse: what they raise goes to the caller.
        Failures of all others are logged and break nothing. A `firstresult` event ends with the first result that is true.
        """
        return self.caller(event)(**kw)

    def caller(self, event: str) -> Callable[..., list[Any]]:
        """What `call` does with an event, for whoever has many of them to tell at once: whom to tell is found out only once."""
        spec = getattr(self.pm.hook, event, None)
        if spec is None:
            raise LookupError(f"there is no event {event!r}: add it to core/hookspecs.py, or to hookspecs.py of the plugin that calls it")
        # At start no query is made, and switching a plugin on later must find it started.
        snapshot = None if event == "startup" else self.snapshot()
        first = bool(spec.spec and spec.spec.opts.get("firstresult"))
        told = [(name, impl) for name, impl in self._implementations(event) if name == "core" or snapshot is None or snapshot.runs(name)]

        def call(**kw: Any) -> list[Any]:
            results = []
            for name, impl in told:
                try:
                    result = self._timed(name, event, impl, kw)
                except Exception as e:
                    if event.endswith("ing"):
                        e.add_note(f"raised by {event} of plugin {name!r}")
                        raise
                    log.exception("plugin %r: %s failed; the work itself went on", name, event)
                    continue
                if result is not None:
                    results.append(result)
                    if first and result:
                        break
            return results

        return call

    def _timed(self, name: str, event: str, impl: Any, kw: Mapping[str, Any]) -> Any:
        started = time.perf_counter()
        arguments = {a: kw[a] for a in impl.argnames}
        result = impl.function(**arguments)
        took = time.perf_counter() - started
        if took > SLOW:
            log.warning("plugin %r: %s took %.1f s", name, event, took)
        if self.trace:
            log.warning("trace %s of %r: %r → %r in %.1f ms", event, name, arguments, result, took * 1000)
        return result

    def _implementations(self, event: str) -> list[tuple[str, Any]]:
        if event not in self._impls:
            impls = {impl.plugin: impl for impl in getattr(self.pm.hook, event).get_hookimpls()}
            core = [("core", impl) for plugin, impl in impls.items() if all(plugin is not p.hooks for p in self.plugins)]
            self._impls[event] = core + [(p.name, impls[p.hooks]) for p in self if p.hooks in impls]
        return self._impls[event]

    def settle(self, plugins: list[Plugin], core: Callable[[str], list[Any]], hooks: tuple[str, ...]) -> None:
        """Take over what the loader found; from here on nothing changes but states."""
        self.plugins = (*[p for p in plugins if p.loaded], *[p for p in plugins if not p.loaded])
        self._impls.clear()
        for hook in hooks:
            self._declared[hook] = [("core", item) for item in core(hook)]
            self._declared[hook] += [(p.name, item) for p in self for item in p.declared.get(hook, ())]
