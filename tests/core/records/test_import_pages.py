"""The pages of an import: upload, check, corrections, report, refused rows, undo."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from core.db import db, unit_of_work
from core.records.import_models import Import, ImportProblem
from core.web.records import imports as import_views

from .imports import Desk

HEAD = "name,fiscal_id,country,id_parent,manager,comments"


@pytest.fixture
def desk(app, world, tmp_path):
    return Desk(app, tmp_path)


@pytest.fixture
def user1(as_user, world):
    return as_user("user1")


@pytest.fixture
def manager1(as_user, world):
    return as_user("manager1")


def send(client, text, name="file.csv", word="companies", **form):
    """Post a file as a browser does. Werkzeug's own encoder leaves a temporary file open when the body is long."""
    head = "".join(f'--b\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in form.items())
    head += f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: text/csv\r\n\r\n'
    body = head.encode() + (text if isinstance(text, bytes) else text.encode()) + b"\r\n--b--\r\n"
    return client.post(f"/{word}/import", data=body, content_type="multipart/form-data; boundary=b")


def uploaded(client, text, **form):
    """Upload a file; the address of its import."""
    answer = send(client, text, **form)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"]


def problems(app, kind=None):
    with app.app_context():
        stmt = select(ImportProblem.row, ImportProblem.column, ImportProblem.kind).where(ImportProblem.bad)
        return [tuple(row) for row in db.session.execute(stmt.order_by(ImportProblem.row, ImportProblem.position))]


def state(app):
    with app.app_context():
        return db.session.scalars(select(Import.state).order_by(Import.id.desc())).first()


# --- upload ---


def test_the_first_page_names_the_layouts_that_are_understood(user1):
    page = user1.get("/companies/import")
    assert page.status_code == 200
    assert "name,address,fiscal_id,country" in page.text


@pytest.mark.parametrize(("content", "words"), [(b"\x89PNG\r\n\x1a\n\0\0\0", "PNG"), (b"", "empty"), (b"PK\x03\x04abc", "xlsx")])
def test_what_is_no_csv_is_refused_with_its_name(user1, content, words):
    answer = send(user1, content)
    assert answer.status_code == 422
    assert words in answer.text


def test_no_file_is_said(user1):
    assert user1.post("/companies/import", data={}).status_code == 422


def test_fifty_megabytes_are_refused_with_the_limit(user1):
    answer = send(user1, b"name\n" + b"x" * (50 * 2**20))
    assert answer.status_code == 413
    assert "32 MB" in answer.text


@pytest.mark.parametrize("content", ["," * 1_000_000 + "\n", "name\n" + "x" * 1_100_000 + "\n"])
def test_a_million_columns_or_a_cell_of_a_megabyte_are_refused_in_words(user1, content):
    answer = send(user1, content)
    assert answer.status_code in (303, 413, 422)
    page = user1.get(answer.headers["Location"]).text if answer.status_code == 303 else answer.text
    assert "at most" in page or "more than" in page


def test_whoever_may_not_create_has_no_import(as_user, world):
    assert as_user("user2").get("/companies/import").status_code == 404


# --- check ---


def test_the_check_shows_problems_by_kind_and_the_cells_with_the_reason(user1, app):
    where = uploaded(user1, f"{HEAD}\nA,,ES,Nobody,,\nB,,ES,Nobody,,\nC,,ES,1,,\n")
    page = user1.get(where).text
    assert "id_parent: does not exist" in page
    assert "“Nobody” was not found." in page
    assert 'name="cell-2-3"' in page
    assert "3 rows · 6 columns · comma, UTF-8 found" in page


def test_a_corrected_cell_is_kept_and_the_file_stays_as_it_is(user1, app, desk):
    where = uploaded(user1, f"{HEAD}\nA,,ES,Nobody,,\n")
    assert user1.post(f"{where}?do=fix", data={"fix": "cells", "cell-2-3": "Customer #A"}).status_code == 303
    assert problems(app) == []
    user1.post(where, data={"mode": "all"})
    assert desk.records()["A"].parent_id == 2


def test_a_kind_of_problem_is_mended_for_all_its_rows_at_once(user1, app, desk):
    where = uploaded(user1, f"{HEAD}\nA,,ES,Nobody,,\nB,,ES,Nobody,,\nC,,ES,Somebody,,\n")
    user1.post(f"{where}?do=fix", data={"fix": "use", "kind": "reference|3|Nobody", "with": "3"})
    assert problems(app) == [(4, "id_parent", "reference")]
    user1.post(f"{where}?do=fix", data={"fix": "empty", "kind": "reference|3|Somebody"})
    user1.post(where, data={"mode": "all"})
    assert [desk.records()[n].parent_id for n in "ABC"] == [3, 3, None]


def test_what_cannot_be_told_is_asked_and_answered(user1, app):
    text = "name,date_begin,id_company\nK,03/04/2021,2\n"
    where = uploaded(user1, text, word="contracts")
    assert problems(app) == [(0, "", "order")]
    assert "day, month, year" in user1.get(where).text
    user1.post(f"{where}?do=fix", data={"fix": "order", "with": "dmy", "kind": "order|-1|"})
    assert problems(app) == []


def test_columns_are_matched_by_hand_and_remembered_for_the_next_file_of_that_header(user1, app, desk):
    text = "Firm,Remark\nA,x\n"
    where = uploaded(user1, text)
    assert problems(app)[0][2] == "no column"
    user1.post(f"{where}?do=read", data={"column-0": "name", "column-1": "comments", "header": "1"})
    assert problems(app) == []
    user1.post(where, data={"mode": "all"})
    assert desk.records()["A"].comments == "x"
    again = uploaded(user1, "Firm,Remark\nB,y\n")
    user1.post(again, data={"mode": "all"})
    assert desk.records()["B"].comments == "y"


def test_what_was_found_out_is_chosen_in_the_panel(user1):
    page = user1.get(uploaded(user1, "name;country\nA;ES\n")).text
    assert '<option value="semicolon" selected>' in page
    assert '<option value="utf-8-sig" selected>' in page
    assert '<option value="name" selected>Name (name)' in page


def test_reading_the_panel_back_unchanged_changes_nothing(user1, app):
    where = uploaded(user1, "name;Colour\nA;red\n")
    user1.post(f"{where}?do=read", data={"encoding": "utf-8-sig", "delimiter": "semicolon", "header": "", "column-0": "name", "column-1": ""})
    with app.app_context():
        options = db.session.scalars(select(Import.options)).one()
    assert (options["mapping"], options["encoding"], options["delimiter"]) == ({}, "", "")


def test_another_encoding_can_be_chosen(user1, desk):
    where = uploaded(user1, "name,country\nPe\xf1a,ES\n".encode("cp850"))
    user1.post(f"{where}?do=read", data={"encoding": "cp850"})
    user1.post(where, data={"mode": "all"})
    assert "Peña" in desk.records()


@pytest.mark.parametrize("shown", ["problems", "changed", "ready", "all", "nonsense"])
def test_each_view_of_the_rows_is_a_page(user1, shown):
    where = uploaded(user1, f"{HEAD}\nA,,España,Nobody,,\nB,,ES,1,,\n")
    assert user1.get(f"{where}?shown={shown}").status_code == 200


def test_what_many_rows_have_is_told_by_the_first_of_them(user1):
    page = user1.get(uploaded(user1, f"{HEAD}\nA,,Spain,,,\nB,,España,,,\n")).text
    assert "row 2: “Spain” was read as ES." in page
    assert "row 2: “España”" not in page


def test_a_file_with_an_open_quote_shows_where_and_cannot_be_imported(user1, desk):
    where = uploaded(user1, 'name,address\nA,\nB,"open\nC,\n')
    page = user1.get(where).text
    assert "can be read up to row 2 · 2 columns" in page
    assert "The quote that opens in line 3 is never closed" in page
    assert "0 rows" not in page
    assert 'name="cell-3' not in page
    assert 'aria-describedby="whyoff"' in page
    user1.post(where, data={"mode": "good"})
    assert {"A", "B", "C"}.isdisjoint(desk.records())


@pytest.mark.parametrize(
    ("rows", "choices", "words"),
    [
        (1, {}, "the record of its only row is there already"),
        (3, {}, "the records of all its 3 rows are there already"),
        (1, {"duplicates": "update", "match": "name"}, "its only row says what its record holds already"),
        (3, {"duplicates": "update", "match": "name"}, "all its 3 rows say what their records hold already"),
    ],
)
def test_a_file_that_changes_nothing_says_so_before_and_after(manager1, desk, rows, choices, words):
    text = f"{HEAD}\n" + "".join(f"Same {n},,ES,1,manager1,as it is\n" for n in range(rows))
    desk.take(text)
    where = uploaded(manager1, text, **choices)
    page = manager1.get(where).text
    assert words in page
    assert "Every row is ready" not in page
    assert 'id="go" aria-describedby="said"' in page
    report = manager1.post(where, follow_redirects=True).text
    assert report.count(words) == 2  # in the toast, which goes, and in the report, which stays
    assert "Undo the import" not in report
    assert "The import is done" not in report


def test_a_file_with_one_row_that_is_new_or_wrong_does_not_say_that_it_changes_nothing(manager1, desk):
    desk.take(f"{HEAD}\nOld,,ES,1,,\n")
    for row in ("New,,ES,1,,", "Wrong,,ES,Nobody,,"):
        page = manager1.get(uploaded(manager1, f"{HEAD}\nOld,,ES,1,,\n{row}\n")).text
        assert "changes nothing" not in page


def test_an_import_is_its_owners_and_the_superadmins_alone(user1, as_user):
    where = uploaded(user1, "name\nA\n")
    assert as_user("manager1").get(where).status_code == 404
    assert as_user("manager1").post(where, data={"mode": "all"}).status_code == 404
    assert as_user("manager1").get(f"{where}/problems.csv").status_code == 404
    assert as_user("admin").get(where).status_code == 200
    assert user1.get(where.replace("companies", "contacts")).status_code == 404


def test_what_is_typed_into_a_file_never_runs(user1):
    where = uploaded(user1, f"{HEAD}\n<script>alert(1)</script>,,ES,<b>x</b>,,\n")
    page = user1.get(f"{where}?shown=all").text
    assert "<script>alert" not in page
    assert "<b>x</b>" not in page


# --- import and report ---


def test_all_rows_or_none_is_the_default(user1, desk):
    where = uploaded(user1, f"{HEAD}\nA,,ES,Nobody,,\nB,,ES,1,,\n")
    answer = user1.post(where, data={"mode": "all"}, follow_redirects=True)
    assert "Nothing was imported" in answer.text
    assert {"A", "B"}.isdisjoint(desk.records())


def test_the_refused_rows_come_back_with_a_reason_and_can_be_sent_in_again(user1, desk):
    where = uploaded(user1, f'{HEAD}\n"=A",,ES,Nobody,,"x\ny"\nB,,ES,1,,\n')
    report = user1.post(where, data={"mode": "good"}, follow_redirects=True)
    assert "Refused" in report.text
    answer = user1.get(f"{where}/problems.csv")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline="")))
    assert rows[0] == [*HEAD.split(","), "reason"]
    assert rows[1][0] == "'=A"
    assert rows[1][5:] == ["x\ny", "id_parent: “Nobody” was not found."]
    again = uploaded(user1, answer.data.decode("utf-8-sig").replace("Nobody,", "1,"))
    user1.post(again, data={"mode": "all"})
    assert "=A" in desk.records()


def test_an_import_runs_once_however_often_it_is_sent(user1, app, desk):
    where = uploaded(user1, "name\nA\n", duplicates="create")
    assert user1.post(where, data={"mode": "all"}).status_code == 303
    assert user1.post(where, data={"mode": "all"}).status_code == 409
    assert list(desk.records()).count("A") == 1
    assert state(app) == "done"


@pytest.mark.parametrize("do", ["read", "fix"])
def test_what_was_imported_in_another_tab_is_not_made_ready_to_be_imported_again(user1, as_user, app, desk, monkeypatch, do):
    where = uploaded(user1, HEAD + "\nOnce,,ES,,,\n")
    other_tab, begin_write = as_user("user1"), import_views.begin_write

    def wait_while_the_other_tab_imports():
        monkeypatch.setattr(import_views, "begin_write", begin_write)
        with ThreadPoolExecutor() as pool:
            assert pool.submit(other_tab.post, where).result().status_code == 303
        begin_write()

    monkeypatch.setattr(import_views, "begin_write", wait_while_the_other_tab_imports)
    assert user1.post(f"{where}?do={do}").status_code == 409
    assert state(app) == "done"
    assert "Once" in desk.records()


def test_many_rows_are_imported_by_a_job_with_the_same_result(manager1, app, desk, monkeypatch):
    monkeypatch.setattr(import_views, "AT_ONCE_BYTES", 1000)
    rows = "".join(f"Firm {n},,ES,1,,\n" for n in range(700))
    where = uploaded(manager1, f"{HEAD}\n{rows}Bad,,ES,Nobody,,\n")
    assert problems(app) == [(702, "id_parent", "reference")]
    manager1.post(where, data={"mode": "good"})
    assert state(app) == "done"
    page = manager1.get(where).text
    assert "700" in page
    assert len(desk.records()) == 703
    manager1.post(f"{where}/undo")
    assert state(app) == "undone"
    assert len(desk.records()) == 3


def test_a_job_that_waits_shows_how_far_it_is_and_can_be_cancelled(user1, app, desk, monkeypatch):
    from core.jobs import services

    monkeypatch.setattr(services, "announce", lambda app, job_id: None)
    monkeypatch.setattr(import_views, "AT_ONCE_ROWS", 0)
    where = uploaded(user1, "name\nA\n")
    user1.post(where, data={"mode": "all"})
    page = user1.get(where)
    assert "being imported" in page.text
    assert "data-refresh" in page.text
    assert user1.post(f"{where}?do=cancel").status_code == 303
    assert state(app) == "checked"


def test_the_rights_are_those_of_the_moment_of_the_import(user1, app, desk, monkeypatch):
    from core.jobs import services
    from core.jobs.running import run_queued

    monkeypatch.setattr(services, "announce", lambda app, job_id: None)
    monkeypatch.setattr(import_views, "AT_ONCE_ROWS", 0)
    where = uploaded(user1, "name\nA\n")
    user1.post(where, data={"mode": "all"})
    with app.app_context(), unit_of_work():
        from core.identity.services import disable_user, find_user

        disable_user(find_user("user1"))
    run_queued(app)
    assert "A" not in desk.records()
    assert state(app) == "checked"


def test_a_superadmin_takes_back_in_the_background_what_its_owner_may_not(user1, app, desk, as_user, monkeypatch):
    where = uploaded(user1, "name\nA\n")
    user1.post(where, data={"mode": "all"})
    monkeypatch.setattr(import_views, "AT_ONCE_ROWS", 0)
    as_user("admin").post(f"{where}/undo")
    assert state(app) == "undone"
    assert "A" not in desk.records()


# --- undo ---


def test_an_import_is_taken_back_and_changed_records_get_their_old_values(manager1, app, desk):
    desk.take(f"{HEAD}\nOld,X1,ES,1,manager1,before\n")
    where = uploaded(manager1, f"{HEAD}\nOld,,PT,1,manager1,after\nNew,,ES,1,,\nChild,,ES,New,,\n", duplicates="update", match="name")
    manager1.post(where, data={"mode": "all"})
    assert desk.records()["Old"].comments == "after"
    manager1.post(f"{where}/undo")
    found = desk.records()
    assert {"New", "Child"}.isdisjoint(found)
    assert (found["Old"].comments, found["Old"].country, found["Old"].version) == ("before", "ES", 3)
    assert manager1.post(f"{where}/undo").status_code == 409


def test_before_an_import_is_taken_back_its_figures_are_asked(manager1, desk):
    desk.take(f"{HEAD}\nOld,X1,ES,1,manager1,before\n")
    where = uploaded(manager1, f"{HEAD}\nOld,,PT,1,,\nA,,ES,1,,\nB,,ES,1,,\n", duplicates="update", match="name")
    manager1.post(where, data={"mode": "all"})
    report = manager1.get(where).text
    assert f'href="{where}/undo"' in report
    assert f'action="{where}/undo"' not in report
    asked = manager1.get(f"{where}/undo").text
    assert "Delete 2 companies made by this import?" in asked
    assert "Give 1 company changed by this import the old values back?" in asked
    assert {"A", "B"} <= set(desk.records())
    manager1.post(f"/companies/{desk.records()['B'].id}/delete")  # meanwhile
    assert "Delete 1 company made by this import?" in manager1.get(f"{where}/undo").text
    manager1.post(f"{where}/undo")
    assert {"A", "B"}.isdisjoint(desk.records())
    assert desk.records()["Old"].country == "ES"
    assert manager1.get(f"{where}/undo").status_code == 409


def test_figures_of_an_undo_are_those_of_whoever_asks(user1, as_user, desk):
    where = uploaded(user1, f"{HEAD}\nA,,ES,1,,\nB,,ES,1,,\n")
    user1.post(where, data={"mode": "all"})
    assert "There is nothing left to take back." in user1.get(f"{where}/undo").text
    assert "Delete 2 companies made by this import?" in as_user("admin").get(f"{where}/undo").text
    assert as_user("manager1").get(f"{where}/undo").status_code == 404


def test_what_was_edited_since_is_shown_and_asked(manager1, app, desk):
    where = uploaded(manager1, f"{HEAD}\nA,,ES,1,,\nB,,ES,1,,\n")
    manager1.post(where, data={"mode": "all"})
    record_id = desk.records()["A"].id
    with app.app_context(), unit_of_work():
        db.session.get(desk.rt().model, record_id).comments = "edited"
    for ask in (manager1.get, manager1.post):
        asked = ask(f"{where}/undo", follow_redirects=True)
        assert "Edited since the import" in asked.text
        assert "Delete 2 companies made by this import?" in asked.text
    assert {"A", "B"} <= set(desk.records())
    manager1.post(f"{where}/undo?edited=keep")
    assert "A" in desk.records()
    assert "B" not in desk.records()


def test_what_others_hang_on_is_left_and_named(manager1, app, desk):
    where = uploaded(manager1, f"{HEAD}\nA,,ES,1,,\nB,,ES,1,,\n")
    manager1.post(where, data={"mode": "all"})
    desk.take("fullname,email,id_company\nAna,ana@example.com,A\n", word="contacts.contact")
    manager1.post(f"{where}/undo")
    assert "A" in desk.records()
    assert "B" not in desk.records()
    assert "A:" in manager1.get(where).text


def test_imports_are_forgotten_when_the_trash_forgets_what_they_made(user1, app):
    from datetime import timedelta

    from core.db import utcnow
    from core.files.models import File
    from core.records.import_models import ImportPart
    from core.records.import_runs import sweep_imports

    user1.post(uploaded(user1, "name\nA\n"), data={"mode": "all"})
    where = uploaded(user1, "name,id_parent\nB,Nobody\n")
    with app.app_context():
        assert sweep_imports() == 0
        with unit_of_work():
            for one in db.session.scalars(select(Import)):
                one.created_at = utcnow() - timedelta(days=31)
        assert sweep_imports() == 2
        assert [db.session.scalars(select(t)).first() for t in (Import, ImportProblem, ImportPart, File)] == [None] * 4
    assert user1.get(where).status_code == 404
