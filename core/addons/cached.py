"""What changes rarely and is read on each page, such as settings: kept per process until somebody says that it changed."""

from collections.abc import Callable
from typing import Any

from .runtime import runtime


def cached(name: str, load: Callable[[], Any]) -> Any:
    """What `load()` gave, kept in this process until `forget_cached(name)` is called in any. Names begin with the plugin's."""
    return runtime().parts["versioned"].get(name, "", load)


def forget_cached(name: str) -> None:
    """Call inside the unit of work that changes what is kept: every process loads it anew within a second, this one at once."""
    runtime().parts["versioned"].changed(name)
