"""What one app consists of: its settings, its plugins with their declarations, its record types. Nothing of it is global.

Flask carries it (`app.extensions["cartera"]`); `runtime()` finds the one of the current app, in requests, jobs and commands alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, current_app


@dataclass
class Cartera:
    """The parts of one running app, put together by `core.app.create_app` and read by everybody else."""

    settings: Any
    addons: Any
    record_types: Mapping[str, Any] = field(default_factory=dict)
    parts: dict[str, Any] = field(default_factory=dict)
    """Engines, stores and queues of this app, by name: "runtime_engine", "files", "queue", "renderer"."""


def runtime() -> Cartera:
    """The parts of the app in whose context this runs. Raises RuntimeError outside of one."""
    return current_app.extensions["cartera"]  # type: ignore[no-any-return]


def call_hook(event: str, /, **facts: Any) -> list[Any]:
    """Call an event, such as one that the plugin adds itself (`hookspecs.py`): gives what the plugins that run returned, without None.

    What they raise reaches the caller when the event's name ends in -ing; else it is logged and breaks nothing.
    """
    return runtime().addons.call(event, **facts)  # type: ignore[no-any-return]


def declared(hook: str) -> list[Any]:
    """What plugins that are not disabled declare by a hook, as `declared("macros")`, in order of the plugins."""
    return [item for _plugin, item in runtime().addons.running(hook)]


def this_app() -> Flask:
    """The app in whose context this runs, for work that needs a context of its own (jobs, threads)."""
    return current_app._get_current_object()  # type: ignore[attr-defined,no-any-return]
