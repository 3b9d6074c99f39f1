"""Cases from the trade about CSV (kinds csv-import and csv-round-trip): each `check` runs by command and by pages, and both must agree.

Row numbers count the header as 1. A case whose record type is not there fails at its first step.
"""

import csv
import io
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, update

from core.access.actors import actor_of
from core.addons.runtime import runtime
from core.db import db, unit_of_work
from core.fields import Reading, kinds
from core.records.commands import file_commands
from core.records.import_models import Import, ImportProblem
from core.records.services import create_record, snapshot
from tests.cases.read import HERE, checks

KINDS = ("csv-import", "csv-round-trip")
LARGE = 500_000
"""Bytes of a file from which each way runs on one of the databases only."""
IMPORTS = checks(*KINDS, need="import")
LARGE_IMPORTS = [p for p in IMPORTS if (HERE / p.values[0]["file"]).stat().st_size >= LARGE]
ROUND_TRIPS = checks(*KINDS, need="round_trip")
EXPORTS = checks(*KINDS, need="export")


def type_of(word):
    """The record type that stands at /word."""
    return next(rt for rt in runtime().record_types.values() if rt.url == f"/{word}")


class Books:
    """What the cases look at: records by title, cells of an export."""

    def __init__(self, app, word):
        self.app, self.word = app, word

    def count(self):
        with self.app.app_context():
            model = type_of(self.word).model
            return db.session.scalar(select(func.count()).select_from(model).where(model.trashed_at.is_(None)))

    def values(self, title, names):
        with self.app.app_context():
            rt = type_of(self.word)
            fields = {str(f.label): f for f in rt.fields} | {f.name: f for f in rt.fields}
            record = db.session.scalars(select(rt.model).where(getattr(rt.model, rt.title) == title)).one()
            found = {}
            for name in names:
                value = snapshot(rt, record, [fields[name].name])[fields[name].name]
                found[name] = fields[name].kind.json(value) if isinstance(fields[name].kind, kinds.Number | kinds.Date) else value
            return found

    def export(self, client, query=""):
        answer = client.get(f"/{self.word}/export.csv{query}")
        assert answer.status_code == 200, answer.text
        return answer.data

    def cells(self, client):
        rows = list(csv.reader(io.StringIO(self.export(client).decode("utf-8"), newline="")))
        return {row[0]: dict(zip(rows[0], row, strict=True)) for row in rows[1:]}


def by_command(app, client, word, path, options):
    """`cartera import`; what it said, line by line."""
    command, _export = file_commands(lambda: app)
    result = CliRunner().invoke(command, [word, str(path), *options])
    assert not result.exception or isinstance(result.exception, SystemExit), result.exception
    lines = result.output.splitlines()
    said = [SimpleNamespace(row=place(line)[0], column=place(line)[1], message=line, bad="(only a remark)" not in line) for line in lines]
    bad = any(s.bad and s.row for s in said) or "Nothing was imported" in result.output
    assert result.exit_code == (1 if bad else 0), result.output
    return said


def place(line):
    """(row, column) of a line `row 3, column name: …`."""
    where = line.partition(": ")[0]
    if not where.startswith("row "):
        return 0, ""
    row, _comma, column = where.removeprefix("row ").partition(", column ")
    return int(row), column


def by_pages(app, client, word, path, options):
    """The wizard: upload, look, import; what the check remembers."""
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{path.name}"\r\nContent-Type: text/csv\r\n\r\n'
    body = head.encode() + path.read_bytes() + b"\r\n--b--\r\n"  # werkzeug's own encoder leaves a temporary file open
    answer = client.post(f"/{word}/import", data=body, content_type="multipart/form-data; boundary=b")
    assert answer.status_code == 303, answer.text
    where = answer.headers["Location"]
    page = client.get(where)
    assert page.status_code == 200
    with app.app_context():
        problems = list(db.session.scalars(select(ImportProblem).order_by(ImportProblem.row, ImportProblem.position)))
        state = db.session.scalars(select(Import)).one()
        shown = [p for p in problems if p.bad][:20]
        assert all(str(p.row) in page.text for p in shown)
        assert state.state == "checked"
    if "--dry-run" not in options:
        answer = client.post(where, data={"mode": "good" if "--good-rows" in options else "all"}, follow_redirects=True)
        assert answer.status_code in (200, 409), answer.text
    return problems


@pytest.fixture
def start(app, world):
    """Give companies other names before a check begins."""

    def rename(names):
        if names:
            with app.app_context(), unit_of_work():
                model = type_of("companies").model
                for company_id, name in names.items():
                    db.session.execute(update(model).where(model.id == company_id).values(name=name))

    return rename


@pytest.mark.both_databases
@pytest.mark.parametrize("way", [by_command, by_pages])
@pytest.mark.parametrize("check", [p for p in IMPORTS if p not in LARGE_IMPORTS])
def test_a_file_of_the_trade_is_read_as_its_case_says(check, way, app, as_user, start):
    read(check, way, app, as_user, start)


@pytest.mark.parametrize("check", LARGE_IMPORTS)
def test_a_large_file_of_the_trade_is_read_by_command(check, app, as_user, start):
    read(check, by_command, app, as_user, start)


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("check", LARGE_IMPORTS)
def test_a_large_file_of_the_trade_is_read_by_pages(check, app, as_user, start):
    read(check, by_pages, app, as_user, start)


def read(check, way, app, as_user, start):
    """Read the file of a check by one of the ways, and compare what came of it with the case."""
    books, client, path = Books(app, check["import"]), as_user("admin"), HERE / check["file"]
    start(check.get("rename"))
    before = books.count()
    said = way(app, client, check["import"], path, check.get("options", []))
    if "created" in check:
        assert books.count() - before == check["created"], [s.message for s in said]
    for expected in check.get("problems", []):
        assert [s for s in said if s.bad and matches(s, expected)], (expected, [s.message for s in said])
    for expected in check.get("warnings", []):
        assert [s for s in said if matches(s, expected)], (expected, [s.message for s in said])
    for row in check.get("duplicates", []):
        assert [s for s in said if s.row == row and "row 2" in s.message], row
    for word in check.get("said", []):
        assert any(word in s.message for s in said), word
    for title, wanted in check.get("values", {}).items():
        found = books.values(title, wanted)
        assert {k: v.strip() if isinstance(v, str) else v for k, v in found.items()} == wanted
    if "cells" in check:
        found = books.cells(client)
        for title, wanted in check["cells"].items():
            assert {name: found[title][name] for name in wanted} == wanted
    for title in check.get("absent", []):
        assert title not in books.cells(client)


def matches(said, expected):
    """Whether something was said about this row and column."""
    return said.row == expected["row"] and ("column" not in expected or said.column == expected["column"])


def make(word, records):
    """New records as the first superadmin."""
    rt, actor = type_of(word), actor_of(1)
    reading = Reading(actor=actor)
    kinds_of = {f.name: f.kind for f in rt.fields}
    with unit_of_work(1):
        for record in records:
            create_record(rt, {name: kinds_of[name].parse(value, reading) for name, value in record.items()}, actor)


@pytest.mark.both_databases
@pytest.mark.parametrize("check", ROUND_TRIPS)
def test_what_was_exported_comes_back_byte_for_byte(check, app, as_user, world, tmp_path):
    word = check["round_trip"]
    client, books = as_user("admin"), Books(app, word)
    with app.app_context():
        make(word, check["records"])
    first = books.export(client)
    for raw in check.get("raw", []):
        assert raw in first.decode()
    rows = list(csv.reader(io.StringIO(first.decode(), newline="")))
    cells = {row[0]: dict(zip(rows[0], row, strict=True)) for row in rows[1:]}
    for title, wanted in check.get("cells", {}).items():
        assert {name: cells[title][name] for name in wanted} == wanted
    assert not [cell for row in rows for cell in row if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]
    names = {record["name"] for record in check["records"]}
    with app.app_context(), unit_of_work():
        model = type_of(word).model
        for record in db.session.scalars(select(model).where(model.name.in_(names))):
            record.trashed_at = record.created_at
    path = tmp_path / "first.csv"
    path.write_bytes(first)
    by_command(app, client, word, path, [])
    second = list(csv.reader(io.StringIO(books.export(client).decode(), newline="")))
    assert [row for row in second if row[0] in names] == [row for row in rows if row[0] in names]
    assert books.export(client).decode().splitlines()[0] == first.decode().splitlines()[0]
    for record in check["records"]:
        with app.app_context():
            model = type_of(word).model
            kept = db.session.scalars(select(model).where(model.name == record["name"], model.trashed_at.is_(None))).one()
            assert {name: getattr(kept, name) for name in record} == record


@pytest.mark.parametrize("check", EXPORTS)
def test_an_export_is_data_and_no_screen(check, app, as_user, world, tmp_path):
    word = check["export"]
    books = Books(app, word)
    with app.app_context():
        make(word, check["records"])
        from core.identity.services import find_user

        with unit_of_work():
            for login, look in check["as"].items():
                user = find_user(login)
                user.language, user.timezone = look["language"], look["time_zone"]
    files = {login: books.export(as_user(login)) for login in check["as"]}
    titles = list(check["cells"])
    for login in files:
        found = books.cells(as_user(login))
        for title, wanted in check["cells"].items():
            assert {name: found[title][name] for name in wanted} == wanted
    lines = {line for data in files.values() for line in data.decode().splitlines() if line.startswith(titles[0])}
    assert len(lines) == 1
    for data in files.values():
        path = tmp_path / "again.csv"
        path.write_bytes(data)
        by_command(app, None, word, path, ["--duplicates", "update"])
    assert books.export(as_user("admin")) == files["admin"]
