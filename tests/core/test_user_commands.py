"""`cartera user …`: people from the command line. What a rule refuses ends with its words, never with a traceback."""

import pytest
from click.testing import CliRunner

from core.cli import main


@pytest.fixture
def cartera(app, monkeypatch):
    """Runs a command on this test's installation."""
    monkeypatch.setattr("core.cli.people.app_for", lambda *a, **k: app)

    def run(*words, typed="", code=0):
        done = CliRunner().invoke(main, list(words), input=typed)
        assert done.exit_code == code, (done.output, done.exception)
        assert done.exception is None or isinstance(done.exception, SystemExit)
        return done.output

    return run


def test_somebody_is_added_with_a_profile_and_signs_in_with_the_password_that_was_made(cartera, world, app):
    told = cartera("user", "add", "bob", "--profile", "Standard user")
    password = told.rpartition("password: ")[2].strip()
    assert len(password) > 10
    assert app.test_client().post("/login", data={"user": "bob", "password": password}).status_code == 302
    assert "bob" in cartera("user", "list")


def test_what_a_rule_refuses_is_said_in_its_words(cartera, world):
    assert "no profile" in cartera("user", "add", "bob", "--profile", "Nothing", code=1)
    assert "bob" not in cartera("user", "list")
    assert "superadmin" in cartera("user", "disable", "admin", code=1)
    assert "There is no user" in cartera("user", "disable", "nobody", code=1)
    assert "at least 12" in cartera("user", "password", "user1", "--password-stdin", typed="x\n", code=1)


def test_a_token_works_for_a_year_at_most(cartera, world):
    assert cartera("user", "token", "user1").strip()
    assert "between 1 and 365" in cartera("user", "token", "user1", "--days", "366", code=1)
    cartera("user", "disable", "user1")
    cartera("user", "token", "user1", code=1)


def test_whoever_is_disabled_leaves_what_he_manages_to_his_heir(cartera, world, api_as):
    made = api_as("user1").post("/api/v1/companies", json={"name": "Handed over", "manager_id": world.users["user1"]}).json
    cartera("user", "disable", "user1", "--heir", "manager1")
    assert api_as("admin").get(f"/api/v1/companies/{made['id']}").json["manager_id"] == world.users["manager1"]
    assert "disabled" in cartera("user", "list")
    cartera("user", "enable", "user1")
    assert "disabled" not in cartera("user", "list")
