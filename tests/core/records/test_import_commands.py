"""`cartera import` and `cartera export`: problems by row and column, honest exit codes."""

import pytest
from click.testing import CliRunner

from core.records.commands import file_commands

from .imports import Desk


@pytest.fixture
def desk(app, world, tmp_path):
    return Desk(app, tmp_path)


@pytest.fixture
def run(app, world):
    """`run("import", "companies", path, "--dry-run")`: the result of a command."""
    commands = dict(zip(("import", "export"), file_commands(lambda: app), strict=True))
    return lambda name, *args: CliRunner().invoke(commands[name], [str(a) for a in args])


@pytest.fixture
def file(tmp_path):
    def make(text):
        path = tmp_path / "in.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return make


def test_a_good_file_is_imported_and_counted(run, file, desk):
    result = run("import", "companies", file("name\nA\nB\n"))
    assert result.exit_code == 0, result.output
    assert "2 created, 0 changed, 0 skipped, 0 with problems" in result.output
    assert {"A", "B"} <= set(desk.records())


def test_problems_are_named_by_row_and_column_and_nothing_is_imported(run, file, desk):
    result = run("import", "companies", file("name,id_parent\nA,Nobody\nB,1\n"))
    assert result.exit_code == 1
    assert "row 2, column id_parent: “Nobody” was not found." in result.output
    assert "Nothing was imported. Mend the rows, or import the others with --good-rows." in result.output
    assert "B" not in desk.records()


def test_with_good_rows_the_others_are_imported_and_the_exit_code_still_says_it(run, file, desk):
    result = run("import", "companies", file("name,id_parent\nA,Nobody\nB,1\n"), "--good-rows")
    assert result.exit_code == 1
    assert "1 created, 0 changed, 0 skipped, 1 with problems" in result.output
    assert "B" in desk.records()


def test_a_dry_run_changes_nothing(run, file, desk):
    result = run("import", "companies", file("name\nA\n"), "--dry-run")
    assert (result.exit_code, "1 would be created" in result.output) == (0, True)
    assert "A" not in desk.records()


def test_it_is_done_in_somebodys_name_with_his_rights(run, file, desk):
    assert run("import", "companies", file("name\nA\n"), "--as", "user1").exit_code == 0
    assert desk.records()["A"].created_by_id == 2
    refused = run("import", "companies", file("name\nB\n"), "--as", "user2")
    assert refused.exit_code == 1
    assert "may not create" in refused.output
    assert "no user 'nobody'" in run("import", "companies", file("name\nB\n"), "--as", "nobody").output


def test_rows_update_what_they_meet_by_id(run, file, desk):
    result = run("import", "companies", file("id,name\n2,Renamed\n"), "--duplicates", "update", "--match", "id")
    assert result.exit_code == 0, result.output
    assert desk.records()["Renamed"].id == 2


@pytest.mark.parametrize(("args", "words"), [(("gnomes",), "There are: companies"), (("companies", "--match", "shoe"), "are told by")])
def test_what_is_not_there_is_said_with_what_is(run, file, args, words):
    result = run("import", args[0], file("name\nA\n"), *args[1:])
    assert result.exit_code != 0
    assert words in result.output


def test_what_was_found_out_about_the_file_is_said(run, file):
    text = "name;date_begin;id_company\nK;20/01/2021;2\n"
    result = run("import", "contracts", file(text))
    assert "UTF-8, semicolon between cells, dates as day, month, year" in result.output


def test_an_export_to_a_file_is_what_the_pages_give(run, as_user, tmp_path):
    path = tmp_path / "out.csv"
    assert run("export", "companies", "-o", path).exit_code == 0
    assert path.read_bytes() == as_user("admin").get("/companies/export.csv").data
    full = run("export", "companies", "--layout", "full")
    assert full.output.startswith("id,name,address")


def test_a_file_that_is_no_csv_ends_with_a_sentence(run, tmp_path):
    path = tmp_path / "in.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    result = run("import", "companies", path)
    assert result.exit_code == 1
    assert "This is no CSV file but PNG" in result.output
