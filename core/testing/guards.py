"""What holds for every test of a project that sets `cartera_guards = true` in its pytest settings."""

import pytest


@pytest.fixture(autouse=True)
def _no_network_by_default(no_network):
    """No test reaches the network by accident."""
