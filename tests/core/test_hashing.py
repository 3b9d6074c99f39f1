"""Passwords are hashed before the writer's turn is taken: it takes a tenth of a second, and on SQLite all others who write would wait."""

import pytest
from click.testing import CliRunner

GOOD = "an orchard behind the mill"


@pytest.fixture
def hashed(app, monkeypatch):
    """For each hash that is made: whether its session held the writer's turn."""
    from core.db import db
    from core.identity import passwords

    held, hash_it = [], passwords.hash_password

    def watched(password):
        session = db.session()
        held.append(bool(session.info.get("write") and session.in_transaction()))
        return hash_it(password)

    monkeypatch.setattr(passwords, "hash_password", watched)
    return held


FORM = {"login": "nuria", "name": "Nuria", "email": "", "density": "compact", "theme": "", "language": "", "timezone": ""}


def test_by_an_administrator_on_pages(world, as_user, hashed):
    admin = as_user("admin")
    made = admin.post("/setup/users/new", data={**FORM, "password": GOOD})
    assert made.status_code == 302
    assert admin.post(made.location, data={**FORM, "password": GOOD + "!", "api_password": GOOD + "?"}).status_code == 302
    assert hashed == [False] * 3
    refused = admin.post(made.location, data={**FORM, "name": "Nuria B.", "password": "short"})
    assert (refused.status_code, hashed) == (422, [False] * 3)
    assert "Use at least 12 characters" in refused.text
    taken = admin.post(made.location, data={**FORM, "login": "user1", "password": GOOD})
    assert taken.status_code == 422  # and nothing of it was kept
    assert 'value="nuria"' in admin.get(made.location).text


def test_by_rest(world, api_as, hashed):
    admin = api_as("admin")
    made = admin.post("/api/v1/users", json={"login": "nuria", "password": GOOD, "api_password": GOOD + "!"})
    assert made.status_code == 201
    assert admin.patch(made.headers["Location"], json={"password": GOOD + "?", "name": "Nuria"}).status_code == 200
    assert hashed == [False] * 3
    refused = admin.patch(made.headers["Location"], json={"password": "short", "email": "x", "name": ""})
    assert (refused.status_code, hashed) == (422, [False] * 3)
    assert api_as("manager1").post("/api/v1/users", json={"login": "x", "password": GOOD}).status_code == 404
    assert admin.patch("/api/v1/users/99999999999", json={"password": GOOD}).status_code == 404


def test_by_commands(world, app, hashed, monkeypatch):
    from core.cli import main

    monkeypatch.setattr("core.cli.people.app_for", lambda *a, **k: app)
    run = lambda *words: CliRunner().invoke(main, ["user", *words, "--password-stdin"], input=GOOD + "\n")  # noqa: E731
    for words in (("add", "nuria"), ("password", "user1")):
        assert run(*words).exit_code == 0
    assert hashed == [False] * 2
    assert app.test_client().post("/login", data={"user": "nuria", "password": GOOD}).status_code == 302


def test_by_oneself(world, as_user, hashed):
    sent = {"current": world.password, "password": GOOD}
    assert as_user("user1").post("/me/password", data=sent).status_code == 302
    assert hashed == [False]
