"""`cartera plugin …`, as it is typed."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from core.addons import loader
from core.cli import main

from .conftest import ADDONS


@pytest.fixture
def run(tmp_path, monkeypatch):
    """`run("list", addons=[…])`: a command on an installation of the test's own; gives (exit code, output)."""

    def command(*words, addons=(), group=("plugin",), **kw):
        monkeypatch.setenv("CARTERA_ADDONS", ":".join(str(ADDONS / a) for a in addons))
        monkeypatch.setenv("CARTERA_DATA", str(tmp_path / "data"))
        answer = CliRunner().invoke(main, [*group, *words], **kw)
        if answer.exception is not None and not isinstance(answer.exception, SystemExit):
            raise answer.exception
        return answer.exit_code, answer.output

    return command


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """An installation, made once."""
    folder = tmp_path_factory.mktemp("installation") / "data"
    answer = CliRunner(env={"CARTERA_ADDONS": "", "CARTERA_DATA": str(folder)}).invoke(main, ["init"])
    assert answer.exit_code == 0, answer.output
    return folder


@pytest.fixture
def installed(run, template, tmp_path):
    shutil.copytree(template, tmp_path / "data")
    return run


def _failed(out):
    return {line.split()[0] for line in out.splitlines() if " failed " in line and not line.startswith(" ")}


def test_the_list_shows_what_failed_with_its_traceback_and_what_is_missing(run):
    code, out = run("list", addons=["broken_syntax", "broken_import", "needs_missing"])
    assert code == 0
    assert 'broken_syntax/__init__.py", line 1' in out
    assert 'broken_import/__init__.py", line 3' in out
    assert "needs no_such_plugin" in out
    assert {"broken_syntax", "broken_import", "needs_missing"} <= _failed(out)
    assert "companies " in out


def test_check_ends_with_an_error_while_something_is_wrong(run):
    code, out = run("check", str(ADDONS / "broken_import"))
    assert code == 1
    assert "pip install a_module_that_does_not_exist_anywhere" in out
    assert "1 problem" in out


def test_check_names_the_open_route_and_only_that(run):
    code, out = run("check", str(ADDONS / "open_route"))
    assert code == 1
    assert "the route /open_route/everybody (open_route.everybody) is open" in out
    assert "/open_route/guarded" not in out
    assert "/open_route/<int:id>" not in out


def test_check_of_a_folder_without_plugins_says_so(run, tmp_path):
    (tmp_path / "empty").mkdir()
    code, out = run("check", str(tmp_path / "empty"))
    assert code == 1
    assert "there is no plugin in" in out


def test_disabling_what_others_need_is_refused_with_their_names(installed):
    code, out = installed("disable", "companies")
    assert code != 0
    assert "contacts" in out
    assert "contracts" in out
    assert "--with-dependants" in out


def test_with_its_dependants_it_goes_in_one_step_and_comes_back(installed):
    code, out = installed("disable", "companies", "--with-dependants")
    assert code == 0
    assert "companies: enabled → disabled" in out
    assert "contacts: enabled → disabled" in out
    assert "contacts: disabled → enabled" in installed("enable", "contacts")[1]
    code, out = installed("enable", "companies")
    assert code == 0
    assert "companies is enabled already" in out


def test_enabling_says_how_what_went_along_comes_back_as_it_was(installed):
    installed("hide", "contacts")
    installed("disable", "companies", "--with-dependants")
    out = installed("enable", "companies")[1]
    assert "contacts, which was disabled with companies, is off still: cartera plugin hide contacts" in out
    assert "contracts, which was disabled with companies, is off still: cartera plugin enable contracts" in out


def test_hiding_is_shown_in_the_list(installed):
    installed("hide", "contacts")
    [line] = [line for line in installed("list")[1].splitlines() if line.startswith("contacts ")]
    assert " hidden " in line


def test_an_unknown_name_ends_with_an_error_that_names_the_known_ones(installed):
    code, out = installed("enable", "kontakts")
    assert code != 0
    assert "There is no plugin kontakts" in out
    assert "contacts" in out


def test_show_tells_state_needs_tables_and_revision(installed):
    code, out = installed("show", "contacts")
    assert code == 0
    assert "companies" in out
    assert "contacts_contact 0" in out
    assert "contacts_0001" in out


def test_a_new_plugin_works_is_kept_when_its_folder_goes_and_stops_nobody(installed, tmp_path):
    mine = tmp_path / "mine"
    code, out = installed("new", "visits", str(mine))
    assert code == 0
    assert str(mine / "visits" / "manifest.toml") in out
    assert installed("new", "visits", str(mine))[0] != 0
    assert installed("check", str(mine / "visits"), addons=[mine]) == (0, "Nothing is wrong.\n")
    assert "cartera upgrade" in installed("enable", "visits", addons=[mine])[1]
    assert installed(group=("upgrade",), addons=[mine])[0] == 0
    [line] = [line for line in installed("list", addons=[mine])[1].splitlines() if line.startswith("visits ")]
    assert " enabled " in line
    shutil.rmtree(mine / "visits")
    code, out = installed("list", addons=[mine])
    assert code == 0
    assert "missing: its tables and 0 records are kept" in out
    installed("new", "errands", str(mine))
    assert installed(group=("upgrade",), addons=[mine])[0] == 0
    assert "errands_errand 0" in installed("show", "errands", addons=[mine])[1]


def test_drop_exports_asks_and_takes_the_tables_away(installed, tmp_path):
    mine = tmp_path / "mine"
    installed("new", "visits", str(mine))
    installed(group=("upgrade",), addons=[mine])
    code, out = installed("drop", "visits", addons=[mine], input="contacts\n")
    assert code != 0
    assert "nothing was changed" in out
    assert "visits_visit 0" in installed("show", "visits", addons=[mine])[1]
    code, out = installed("drop", "visits", addons=[mine], input="visits\n")
    assert code == 0
    [file] = (tmp_path / "data" / "dropped").rglob("visits_visit.csv")
    assert file.read_text().startswith("id,name,")
    assert "visits_visit" not in installed("show", "visits", addons=[mine])[1].partition("tables")[2]


def test_drop_is_refused_while_others_build_on_the_tables(installed):
    code, out = installed("drop", "companies", "--yes")
    assert code != 0
    assert "contacts" in out


def test_migrate_writes_a_revision_for_a_changed_model(run, tmp_path):
    mine = tmp_path / "mine"
    run("new", "visits", str(mine))
    assert "nothing to write" in run("migrate", "visits", addons=[mine])[1]
    models = mine / "visits" / "models.py"
    models.write_text(models.read_text() + "    note: Mapped[str | None] = mapped_column()\n")
    from core.addons import loader

    loader.forget("visits")
    code, out = run("migrate", "visits", "-m", "notes", addons=[mine])
    assert code == 0
    assert "visits_0002_notes.py" in out
    written = (mine / "visits" / "migrations" / "versions" / "visits_0002_notes.py").read_text()
    assert "sa.Column('note', sa.Text(), nullable=True)" in written
    assert "###" not in written


def test_a_command_on_a_database_that_is_not_there_says_what_to_do(run):
    code, out = run("disable", "contacts")
    assert code != 0
    assert "cartera init" in out


@pytest.mark.parametrize("name", ["visits", "site_visits", "bus"])
def test_the_test_of_a_new_plugin_passes(run, tmp_path, name):
    mine = tmp_path / "mine"
    assert run("new", name, str(mine))[0] == 0
    if name != "visits":  # the others differ in names only, which importing proves
        assert run("check", str(mine / name), addons=[mine])[0] == 0
        return
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(mine / name)], cwd=mine, capture_output=True, text=True,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[3])},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_plugin_that_raises_does_not_end_the_product(run):
    code, _ = run(group=("init",), addons=["broken_relationship", "bad_hook", "twin_a", "twin_b", "my_companies"])
    assert code == 0
    code, out = run("list", addons=["broken_relationship", "bad_hook", "twin_a", "twin_b", "my_companies"])
    assert code == 0
    assert {"broken_relationship", "bad_hook", "twin", "companies"} <= _failed(out)
    assert [line for line in out.splitlines() if line.startswith("companies ") and " enabled " in line]


def test_an_upgrade_says_what_it_did_and_the_doctor_what_was_left(installed):
    assert "Nothing was due" in installed("upgrade", group=())[1]
    code, out = installed("upgrade", group=(), addons=["gadgets"])
    assert code == 0
    assert "gadgets: gadgets_0001 applied" in out
    assert out.endswith("Up to date now: gadgets.\n")
    assert "Nothing was due" in installed("upgrade", group=(), addons=["gadgets"])[1]
    loader.forget("gadgets")
    assert "plugin 'gadgets' is gone, its tables, which are empty, are kept" in installed("doctor", group=())[1]


def test_an_upgrade_that_failed_in_part_is_no_success(installed, tmp_path):
    folder = tmp_path / "gadgets"
    shutil.copytree(ADDONS / "gadgets", folder)
    (revision,) = (folder / "migrations" / "versions").glob("*.py")
    revision.write_text(revision.read_text().replace("def upgrade() -> None:", "def upgrade() -> None:\n    op.execute('no SQL')"))
    code, out = installed("upgrade", group=(), addons=[folder])
    assert code == 1
    assert "gadgets: its migrations failed and were undone" in out
    assert out.endswith("Error: Not up to date: gadgets. The rest is, and runs without.\n")
