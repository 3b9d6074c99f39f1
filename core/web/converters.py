"""Addresses: an `<int:…>` is at most what an id column holds, else the address does not exist; their builders are compiled late."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter, Rule

MOST = 2**31 - 1


class IdConverter(IntegerConverter):
    """A whole number in ASCII digits, from 0 to 2³¹ - 1: what lies above can't be asked of PostgreSQL at all."""

    regex = "[0-9]+"

    def __init__(self, url_map: Any, *args: Any, **kw: Any) -> None:
        super().__init__(url_map, *args, **{"max": MOST, **kw})


class LateRule(Rule):
    """A rule whose function to build its address is compiled when it is first asked: at the start that took a tenth of the time."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compiled: Callable[..., tuple[str, str]] | None = None
        compile_now = super()._compile_builder

        def build(rule: Rule, **values: Any) -> tuple[str, str]:
            nonlocal compiled
            if compiled is None:
                compiled = compile_now(append_unknown)
            return compiled(rule, **values)

        return build


def init_converters(app: Flask) -> None:
    """Use these for all addresses. Call before the first one is added."""
    app.url_map.converters["int"] = IdConverter
    app.url_rule_class = LateRule
