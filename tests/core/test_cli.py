"""`cartera …` where something is missing: a line that says what to do, never a traceback."""

import pytest
from click.testing import CliRunner

from core.cli import main


@pytest.fixture
def cartera(tmp_path):
    """Runs a command on an empty folder."""

    def run(*words, **environment):
        return CliRunner(env={"CARTERA_DATA": str(tmp_path / "data"), **environment}).invoke(main, words)

    return run


@pytest.mark.parametrize("words", ["user list", "user add ana", "export companies", "plugin disable leads", "worker", "serve --port 1"])
def test_without_a_database_a_command_says_how_to_make_one(cartera, words, monkeypatch):
    monkeypatch.setattr("core.serve.bind", lambda *_: None)
    answer = cartera(*words.split())
    assert answer.exit_code == 1
    assert answer.output.startswith("Error: The database")
    assert answer.output.endswith("cartera init\n")


def test_a_worker_does_not_start_where_nobody_works_in_the_background(cartera):
    answer = cartera("worker", CARTERA_JOBS="off")
    assert answer.exit_code == 1
    assert "CARTERA_JOBS is off" in answer.output
