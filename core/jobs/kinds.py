"""What kinds of background work this app has: those that core and plugins declare, and for each periodic job one of its own."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.addons.runtime import runtime

PERIODIC = "every:"
"""Before a periodic job's name, this is the kind of its rows."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of job as it is run. `plugin` brought it."""

    name: str
    plugin: str
    label: Any
    one_transaction: bool
    run: Callable[..., Any]

    @property
    def enabled(self) -> bool:
        """Whether its plugin works at the moment; jobs of a disabled one wait."""
        return bool(runtime().addons.snapshot().runs(self.plugin))

    def call(self, progress: Any, args: dict[str, Any]) -> Any:
        """Do it."""
        return self.run() if self.name.startswith(PERIODIC) else self.run(progress, **args)


def find_kind(name: str) -> Kind | None:
    """The kind of that name, whatever its plugin's state; None when no plugin here brings it."""
    addons = runtime().addons
    if name.startswith(PERIODIC):
        for plugin, job in addons.declared("periodic_jobs"):
            if job.name == name.removeprefix(PERIODIC):
                return Kind(name=name, plugin=plugin, label=job.name, one_transaction=False, run=job.run)
        return None
    for plugin, kind in addons.declared("job_kinds"):
        if kind.name == name:
            return Kind(name=name, plugin=plugin, label=kind.label or name, one_transaction=kind.one_transaction, run=kind.run)
    return None


def known_kind(name: str) -> Kind:
    """The kind of that name. Raises LookupError with the nearest one."""
    kind = find_kind(name)
    if kind is None:
        names = [kind.name for _plugin, kind in runtime().addons.declared("job_kinds")]
        near = difflib.get_close_matches(name, names, n=1)
        raise LookupError(f"there is no kind of job {name!r}" + (f": did you mean {near[0]!r}?" if near else "; declare it in job_kinds()"))
    return kind
