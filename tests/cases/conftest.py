"""What the cases share: somebody who plays their steps."""

import pytest
from click.testing import CliRunner

from core.cli import main

from .play import Play


@pytest.fixture
def cartera(app, monkeypatch):
    """`cartera(["user", "list"])` runs a command on this test's installation."""
    monkeypatch.setattr("core.cli.app_for", lambda *a, **k: app)
    return lambda words, typed=None: CliRunner().invoke(main, [str(w) for w in words], input=typed)


@pytest.fixture
def play(app, world, api_as, cartera, request, monkeypatch, tmp_path):
    """Plays checks on a world of their own (play.py). Ids of the world's people and companies stand as `{user1}`, `{Customer #A}` …"""
    if not request.node.callspec.params["check"].get("documents"):  # making PDFs takes longer than all the rest
        monkeypatch.setattr("plugins.invoices.services.enqueue", lambda *a, **k: None)
    made = Play(app, api_as, cartera, tmp_path, lambda now: monkeypatch.setattr("core.access.clock.utcnow", lambda: now))
    made.names.update(world.users)
    return made
