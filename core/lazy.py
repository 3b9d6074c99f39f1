"""Public names of a package that lie in modules inside it, loaded when they are first asked for.

A package whose modules need one another can't import them all at its beginning; and reading a manifest or a setting is to cost nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import Any


def lazy(package: str, where: Mapping[str, Iterable[str]]) -> Callable[[str], Any]:
    """The `__getattr__` of a package: `where` is module → the names that are found in it."""
    home = {name: module for module, names in where.items() for name in names}

    def load(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"{package} has no public name {name!r}; those that it has stand in its __init__.py")
        return getattr(import_module(home[name]), name)

    return load
