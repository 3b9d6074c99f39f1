"""What the cases share: somebody who plays their steps."""

import pytest
from click.testing import CliRunner

from core.cli import main

from .play import Play


@pytest.fixture
def play(app, world, database, make_app, request, monkeypatch, tmp_path):
    """Plays checks on a world of their own (play.py). Ids of the world's people stand as `{user1}`, `{manager1}` …"""
    if "documents" not in request.node.callspec.params.get("check", ()):  # making PDFs takes longer than all the rest
        monkeypatch.setattr("plugins.invoices.services.enqueue", lambda *a, **k: None)

    def run(app, words, typed=None):
        with monkeypatch.context() as patch:  # what each command would make anew is there already
            patch.setattr("core.app.create_app", lambda *a, **k: app)
            return CliRunner().invoke(main, [str(w) for w in words], input=typed)

    def with_token(app, login):
        from core.db import unit_of_work
        from core.identity.services import create_token, find_user

        with app.app_context(), unit_of_work():
            key = create_token(find_user(login), "case", scopes=("read", "write")).key
        client = app.test_client()
        client.csrf = False
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
        return client

    made = Play(
        app, with_token, run, lambda folders: make_app(database, addons=folders), tmp_path,
        lambda now: monkeypatch.setattr("core.access.clock.utcnow", lambda: now),
    )  # fmt: skip
    made.names.update(world.users)
    return made
