"""The pytest plugin (entry point `pytest11`): loaded in every pytest run where Cartera is installed, so it imports nothing heavy.

Fixtures do nothing until a test asks for them. A project that sets `cartera_guards = true` also gets the guards on each test.
"""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

_PARTS = ("run", "postgres", "redis", "s3", "smtp", "imap", "browser")
_FIXTURES = ("apps", "live", "factories")
pytest.register_assert_rewrite("core.testing.contracts")
pytest_plugins = (*(f"core.testing.parts.{name}" for name in _PARTS), *(f"core.testing.{name}" for name in _FIXTURES))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("cartera_guards", "every test: no network, and a browser page that fails on script errors", type="bool", default=False)
    parser.addini("cartera_pins", "where the pinned numbers of statements stand, from the root of the tests", default="tests/pins.json")
    parser.addini("cartera_axe", "where axe.min.js lies, seen from the root of the tests", default="tests/vendor/axe.min.js")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "both_databases: runs on SQLite and on PostgreSQL, each time on a fresh database")
    config.addinivalue_line("markers", "postgres: needs a PostgreSQL server (brought by the test dependencies)")
    config.addinivalue_line("markers", "browser: drives a real Chromium")
    config.addinivalue_line("markers", "xdist_group(name): run by one worker, where pytest-xdist is there (--dist loadgroup)")
    if config.getini("cartera_guards"):
        gc.disable()  # until all tests are collected: they stay
        from . import guards
        from .parts.memory import place_in_memory

        if place := place_in_memory():
            os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(place))  # where pytest makes its temporary folders

        config.pluginmanager.register(guards, "cartera-guards")
        # pytest-base-url, which pytest-playwright brings, defines a fixture as pytest 9 no longer likes it
        config.addinivalue_line("filterwarnings", "ignore:Session-scoped fixtures defined as instance methods:pytest.PytestWarning")


def pytest_collection_finish(session: pytest.Session) -> None:
    if session.config.getini("cartera_guards"):
        gc.set_threshold(20_000, 10, 10)  # as processes that serve have it (core/memory.py): full rounds take a tenth of a run otherwise
        gc.enable()


@pytest.fixture
def no_network() -> Iterator[None]:
    """Connecting to another machine raises. On for every test of a project that sets `cartera_guards`."""
    from .network import blocked

    with blocked():
        yield


@pytest.fixture
def count_queries() -> Callable[..., AbstractContextManager[Any]]:
    """`with count_queries() as q:` counts statements: `q.count`, `q.statements`, `q.repeated`."""
    from .queries import count_queries

    return count_queries
