"""What these pages ask of the plugins: declarations that hold for who asks, and which plugins run or failed."""

from collections.abc import Sequence
from typing import Any

from core.addons import Plugin
from core.addons.runtime import runtime
from core.web.guards import current_actor


def declared(hook: str, *, core: bool = True) -> list[Any]:
    """What is declared by the plugins that the asker has at the moment, and (`core`) by the core itself."""
    return [item for name, item in runtime().addons.visible(hook, current_actor()) if core or name != "core"]


def is_running(name: str) -> bool:
    """Whether a plugin is enabled or hidden."""
    return bool(runtime().addons.snapshot().runs(name))


def failures() -> Sequence[Plugin]:
    """Plugins that were found and do not run."""
    return runtime().addons.failed
