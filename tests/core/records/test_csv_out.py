"""Files going out: the rows of the list, in the customs of whoever reads them."""

import csv
import io

import pytest

from .imports import Desk


@pytest.fixture
def desk(app, world, tmp_path):
    return Desk(app, tmp_path)


def rows(data, delimiter=","):
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def test_an_export_has_exactly_the_rows_that_its_reader_sees(desk):
    desk.take("name,id_parent\nHidden,\n")
    assert [r[0] for r in rows(desk.export())[1:]] == ["My Company", "Customer #A", "Customer #B", "Hidden"]
    assert [r[0] for r in rows(desk.export(login="user1"))[1:]] == ["Customer #A", "Customer #B"]


def test_an_export_follows_the_filters_and_the_order_of_the_list(desk):
    assert [r[0] for r in rows(desk.export(args=[("manager_id", "2")]))[1:]] == ["Customer #A"]
    assert rows(desk.export(args=[("sort", "-name"), ("limit", "1"), ("cursor", "x")]))[1][0] == "My Company"


def test_the_header_leaves_before_the_first_row_is_asked_for(desk, app, count_queries):
    from werkzeug.datastructures import MultiDict

    from core.fields import Reading
    from core.records.csv_out import export_rows

    with app.test_request_context():
        actor = desk.actor("admin")
        pieces = export_rows(desk.rt(), actor, MultiDict(), Reading(actor=actor))
        with count_queries() as q:
            assert next(pieces).startswith(b"name,address,")
        assert q.count == 0, q


def test_the_number_of_statements_does_not_grow_with_the_rows(desk, count_queries):
    def statements():
        with count_queries() as q:
            desk.export(layout="full")
        return q.count

    statements()  # what is kept per process is loaded
    before = statements()
    desk.take("name,id_parent\n" + "".join(f"Firm {n},1\n" for n in range(50)))
    assert statements() == before


def test_people_are_logins_and_references_ids(desk):
    found = {r[0]: r for r in rows(desk.export())}
    assert found["Customer #A"][7:9] == ["1", "user1"]


def test_a_spreadsheet_in_a_comma_locale_gets_semicolons_and_decimal_commas(desk, app, as_user):
    from core.db import unit_of_work
    from core.identity.services import find_user

    with app.app_context(), unit_of_work():
        find_user("admin").language = "es"
    desk.take("fullname,email,estimated_sale\nAna,ana@example.com,1234.5\n", word="leads.lead")
    answer = as_user("admin").get("/leads/export.csv?purpose=spreadsheet")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    found = rows(answer.data, ";")
    assert found[1][found[0].index("estimated_sale")] == "1234,50"
    again = desk.say(answer.data, word="leads.lead", duplicates="update")
    assert (again.created, again.changed, again.problems) == (0, 0, [])


def test_a_round_trip_is_the_same_for_everybody(desk, app, as_user):
    from core.db import unit_of_work
    from core.identity.services import find_user

    first = as_user("admin").get("/companies/export.csv").data
    with app.app_context(), unit_of_work():
        user = find_user("admin")
        user.language, user.timezone = "es", "America/Bogota"
    assert as_user("admin").get("/companies/export.csv").data == first


def test_a_file_is_sent_as_a_file_and_kept_by_nobody(as_user, world):
    answer = as_user("user1").get("/companies/export.csv")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="companies-')
    assert answer.headers["Cache-Control"] == "no-store"


def test_without_crm_there_is_no_export(as_user, world):
    assert as_user("user2").get("/companies/export.csv").status_code == 404


def test_each_type_of_contract_has_its_fields_and_a_shared_label_one_column(desk, app):
    from core.custom_fields.services import create_field
    from core.db import unit_of_work

    with app.app_context(), unit_of_work():
        create_field("contracts.contract", 1, {"label": "Licence type", "kind": "text"})
    text = "name,date_begin,id_company,id_contract_type,Licence type\nA,2026-01-01,3,1,one\nB,2026-01-01,3,2,two\n"
    desk.take(text, word="contracts.contract")
    found = rows(desk.export(word="contracts.contract"))
    assert found[0].count("Licence type") == 1
    assert [r[found[0].index("Licence type")] for r in found[1:]] == ["one", "two"]
    customs = [sorted(r.custom.items()) for r in desk.records("contracts.contract").values()]
    assert customs[0][0][0] != customs[1][0][0]
