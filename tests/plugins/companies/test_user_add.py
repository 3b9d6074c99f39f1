"""`cartera user add --company`: what a plugin adds to users is an option of the command."""

import pytest
from click.testing import CliRunner

from core.cli import main
from core.identity.services import find_user
from plugins.companies.services import own_companies


@pytest.fixture
def add_user(app, monkeypatch):
    """`add_user("--company", "2")` adds ana to the installation of this test's app; gives (exit code, output)."""
    settings = app.extensions["cartera"].settings
    monkeypatch.setenv("CARTERA_DATA", str(settings.data_dir))

    def run(*words):
        answer = CliRunner().invoke(main, ["user", "add", "ana", *words])
        return answer.exit_code, answer.output

    return run


def test_it_says_where_somebody_belongs(add_user, world, work):
    code, out = add_user("--company", str(world.companies["Customer #A"]))
    assert (code, out.splitlines()[0]) == (0, "login: ana")
    with work():
        ana = find_user("ana").id
        assert own_companies([ana]) == {ana: world.companies["Customer #A"]}


def test_one_that_is_not_there_is_refused_and_nobody_is_added(add_user, world, work):
    code, out = add_user("--company", "999")
    assert code == 1
    assert out.startswith("Error: ")
    with work():
        assert find_user("ana") is None


def test_help_names_it(add_user):
    code, out = add_user("--help")
    assert code == 0
    assert "--company ID" in out
    assert "Own company." in out
