"""Ids in addresses: an `<int:…>` is at most what an id column holds, else the address does not exist."""

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter

MOST = 2**31 - 1


class IdConverter(IntegerConverter):
    """A whole number in ASCII digits, from 0 to 2³¹ - 1: what lies above can't be asked of PostgreSQL at all."""

    regex = "[0-9]+"

    def __init__(self, url_map: Any, *args: Any, **kw: Any) -> None:
        super().__init__(url_map, *args, **{"max": MOST, **kw})


def init_converters(app: Flask) -> None:
    """Use it for all addresses. Call before the first one is added."""
    app.url_map.converters["int"] = IdConverter
