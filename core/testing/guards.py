"""What holds for every test of a project that sets `cartera_guards = true` in its pytest settings.

A module of its own, registered last, so that its `page` wraps pytest-playwright's.
"""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _no_network_by_default(no_network: None) -> None:
    """No test reaches the network by accident."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The machine's Chromium, quiet."""
    from .parts.browser import launch_arguments

    return {**browser_type_launch_args, **launch_arguments()}


@pytest.fixture
def page_problems() -> list[str]:
    """What the strict page noted so far. A test that provokes a problem looks here and clears it."""
    return []


@pytest.fixture
def page(page: Any, page_problems: list[str]) -> Iterator[Any]:
    """A page on which any script error, any breach of the content security policy and any request to elsewhere fails the test."""
    from .parts.browser import watch

    watch(page, page_problems)
    yield page
    assert not page_problems, "\n".join(page_problems)
