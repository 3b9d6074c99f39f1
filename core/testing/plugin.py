"""The pytest plugin (entry point `pytest11`): loaded in every pytest run where Cartera is installed, so it imports nothing heavy.

Fixtures do nothing until a test asks for them. A project that sets `cartera_guards = true` also gets the guards on each test.
"""

import pytest

pytest_plugins = tuple(f"core.testing.parts.{name}" for name in ("run", "postgres", "redis", "s3", "smtp", "imap"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("cartera_guards", "every test: no network, and a browser page that fails on script errors", type="bool", default=False)


def pytest_configure(config: pytest.Config) -> None:
    if config.getini("cartera_guards"):
        from . import guards

        config.pluginmanager.register(guards, "cartera-guards")


@pytest.fixture
def no_network():
    """Connecting to another machine raises. On for every test of a project that sets `cartera_guards`."""
    from .network import blocked

    with blocked():
        yield
