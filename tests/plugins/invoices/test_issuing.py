"""Numbers given at issue, typed ones, exceptions, dates in order, drafts, received ones, tombstones."""

import pytest
from sqlalchemy import select

from core.db import db

from .conftest import form, line

pytestmark = pytest.mark.usefixtures("world", "asked")


def numbers(api, count=1, **values):
    return [api.make(**values)["bill_id"] for _ in range(count)]


def test_the_first_number_is_the_one_in_brackets_and_received_ones_use_none(rest, setting):
    api = rest()
    assert numbers(api, 3) == ["15/1000", "15/1001", "15/1002"]
    assert api.make(invoice_type="Received", bill_id="PROV-77")["bill_id"] == "PROV-77"
    assert numbers(api) == ["15/1003"]
    setting(invoice_id_pattern="F[098]/24")
    assert numbers(api, 3) == ["F098/24", "F099/24", "F100/24"]


def test_typed_numbers_and_exceptions_are_passed_over_and_a_taken_one_is_refused_beside_its_field(rest, setting, as_user):
    setting(invoice_id_exceptions="15/1003")
    api = rest()
    assert numbers(api) == ["15/1000"]
    assert api.make(bill_id="15/1001")["bill_id"] == "15/1001"
    assert numbers(api, 3) == ["15/1002", "15/1004", "15/1005"]
    assert list(api.make(422, bill_id="15/1000")["errors"]) == ["bill_id"]
    assert "15/1003" in api.make(422, bill_id="15/1003")["errors"]["bill_id"][0]
    page = as_user("admin").post("/invoices/new", data=form(bill_id="15/1000"))
    assert page.status_code == 422
    assert "15/1000 is the number of another invoice" in page.text


def test_only_with_crm_manage_a_number_is_typed_unless_automatic_ones_are_off(rest, setting):
    assert list(rest("user1").make(422, bill_id="X-1")["errors"]) == ["bill_id"]
    assert rest("manager1").make(bill_id="X-1")["bill_id"] == "X-1"
    setting(invoice_auto_id=False)
    assert rest("user1").make(bill_id="X-2")["bill_id"] == "X-2"
    assert list(rest("user1").make(422)["errors"]) == ["bill_id"]


def test_a_draft_has_no_number_is_free_to_edit_and_gets_one_when_it_is_issued(rest):
    api = rest("user1")
    draft = api.make(status="draft", lines=[])
    assert (draft["bill_id"], draft["status"]) == (None, "draft")
    assert list(api.make(422, status="draft", bill_id="X-1")["errors"]) == ["bill_id"]
    assert list(rest("manager1").change(draft["id"], 422, bill_id="X-1")["errors"]) == ["bill_id"]
    assert list(api.change(draft["id"], 422, status="pending")["errors"]) == ["lines"]
    issued = api.change(draft["id"], status="pending", lines=[line()])
    assert issued["bill_id"] == "15/1000"
    assert list(api.change(draft["id"], 422, status="draft")["errors"]) == ["status"]
    assert list(api.change(draft["id"], 422, invoice_type="Received")["errors"]) == ["invoice_type"]


def test_saving_an_issued_invoice_again_keeps_its_number(rest):
    api = rest("user1")
    made = api.make()
    assert api.change(made["id"], bill_id=None, reference="x")["bill_id"] == "15/1000"
    assert api.change(made["id"], bill_id="15/1000", reference="y")["bill_id"] == "15/1000"
    assert numbers(api) == ["15/1001"]


def test_an_earlier_date_than_the_last_numbers_is_refused_with_that_date_named(rest, setting, as_user):
    api = rest("user1")
    api.make(invoice_create_date="2026-02-10")
    said = api.make(422, invoice_create_date="2026-02-09")["errors"]
    assert list(said) == ["invoice_create_date"]
    assert "10 Feb 2026" in said["invoice_create_date"][0]
    page = as_user("user1").post("/invoices/new", data=form(invoice_create_date="2026-02-09"))
    assert (page.status_code, "10 Feb 2026" in page.text) == (422, True)
    setting(invoice_allow_earlier=True)
    assert numbers(api, invoice_create_date="2026-02-09") == ["15/1001"]


@pytest.mark.both_databases
def test_the_date_of_an_issued_invoice_stays_in_order_too(rest):
    api = rest("user1")
    first, second, third = (api.make(invoice_create_date=f"2026-02-{day}")["id"] for day in (10, 12, 14))
    said = api.change(second, 422, invoice_create_date="2026-02-15", invoice_expiration_date=None)["errors"]
    assert "14 Feb 2026" in said["invoice_create_date"][0]
    api.change(second, invoice_create_date="2026-02-13")
    api.change(third, 422, invoice_create_date="2026-02-12")
    api.change(first, invoice_create_date="2026-02-13")


def test_a_number_of_one_year_does_not_move_into_another(rest, setting):
    setting(invoice_id_pattern="{year}-[1]")
    api = rest("user1")
    made = api.make(invoice_create_date="2025-12-31")
    assert made["bill_id"] == "2025-1"
    assert (
        "2025"
        in api.change(made["id"], 422, invoice_create_date="2026-01-02", invoice_expiration_date=None)["errors"]["invoice_create_date"][0]
    )
    assert numbers(api, invoice_create_date="2026-01-02") == ["2026-1"]


def test_two_suppliers_may_both_send_number_1_but_one_not_twice(rest):
    api = rest()
    received = {"invoice_type": "Received", "bill_id": "1"}
    first = api.make(**received)
    assert api.make(company_id=3, **received)["bill_id"] == "1"
    assert list(api.make(422, **received)["errors"]) == ["bill_id"]
    assert list(api.make(422, invoice_type="Received")["errors"]) == ["bill_id"]
    assert api.delete(first["id"]).status_code == 204
    api.make(**received)


def test_a_deleted_invoice_leaves_a_tombstone_and_its_number_can_not_be_typed_again(rest, app, as_user):
    api = rest()
    made = api.make()
    assert as_user("admin").post(f"/invoices/{made['id']}/delete").status_code == 302
    from plugins.invoices.numbering_models import Tombstone

    with app.app_context():
        stone = db.session.scalars(select(Tombstone)).one()
        assert (stone.number, stone.buried_by_id, stone.reason, stone.buried_at is not None) == ("15/1000", 1, "deleted", True)
    assert "deleted" in api.make(422, bill_id="15/1000")["errors"]["bill_id"][0]
    assert numbers(api) == ["15/1001"]
    assert as_user("admin").post(f"/invoices/{made['id']}/restore").status_code == 302
    assert api.read(made["id"])["bill_id"] == "15/1000"
    with app.app_context():
        assert db.session.scalars(select(Tombstone)).all() == []


def test_a_renumbered_invoice_leaves_its_old_number_behind(rest):
    api = rest("manager1")
    made = api.make()
    assert api.change(made["id"], bill_id="X-9")["bill_id"] == "X-9"
    api.make(422, bill_id="15/1000")
    assert numbers(api) == ["15/1001"]


def test_clicking_twice_makes_one_invoice(as_user, rest):
    client = as_user("user1")
    posted = form(form_id="0123456789abcdef0123456789abcdef")
    first, second = client.post("/invoices/new", data=posted), client.post("/invoices/new", data=posted)
    assert (first.status_code, second.status_code, first.location) == (302, 302, second.location)
    assert [i["bill_id"] for i in rest().get("").json["items"]] == ["15/1000"]


def test_lists_sort_numbers_by_their_value(rest):
    api = rest()
    for number in ("15/1000", "15/999", "15/99", "A-10", "A-2", "15/1000-B"):
        api.make(invoice_type="Received", bill_id=number)
    for sort, reverse in (("bill_id", False), ("-bill_id", True)):
        found, cursor = [], ""
        while cursor is not None:
            page = api.get(f"?sort={sort}&limit=2{'&cursor=' + cursor if cursor else ''}").json
            found, cursor = found + [i["bill_id"] for i in page["items"]], page["next"]
        assert found == sorted(found, key=["15/99", "15/999", "15/1000", "15/1000-B", "A-2", "A-10"].index, reverse=reverse)


def test_a_credit_note_keeps_what_it_corrects_from_being_deleted(rest):
    api = rest()
    made = api.make()
    api.make(rectifies_id=made["id"], reason="Wrong price", lines=[line(price="-100")])
    assert api.delete(made["id"]).status_code == 409


def test_another_rate_in_setup_leaves_issued_invoices_as_they_are(rest, taxes, work):
    from core import set_option
    from plugins.invoices import setup_values

    taxes(21)
    api = rest("user1")
    made = api.make(lines=[line(taxes=["21"])])
    assert made["total"] == "121.00"
    with work():
        set_option("invoices.taxes", [{"name": "21", "rate": "10", "category": "S", "default": False}])
        setup_values.settings_changed()
    assert api.post(f"{made['id']}/lock").json["total"] == "121.00"
    assert api.change(made["id"], internal_note="x")["total"] == "121.00"
    assert api.make(lines=[line(taxes=["21"])])["total"] == "110.00"


def test_a_number_noted_on_a_received_draft_is_no_number_of_ours_when_the_draft_becomes_one_of_ours(rest):
    api = rest("user1")
    issued = api.make()
    draft = api.make(invoice_type="Received", status="draft", bill_id=issued["bill_id"], lines=[])
    assert api.change(draft["id"], invoice_type="Submitted")["bill_id"] is None
    assert api.delete(draft["id"]).status_code in (200, 204)
    assert rest().read(issued["id"])["bill_id"] == issued["bill_id"]


def test_a_date_at_the_end_of_the_calendar_is_refused_with_a_message(rest):
    assert "invoice_create_date" in rest("user1").make(422, invoice_create_date="9999-12-31")["errors"]


@pytest.mark.both_databases
def test_two_clerks_who_type_the_same_suppliers_number_at_once_are_told_as_by_the_form(rest, as_user, monkeypatch):
    """The check of the second finds nothing, for the first has not committed yet; the index of the table does."""
    from plugins.invoices import services

    received = {"invoice_type": "Received", "bill_id": "PROV-1"}
    draft = rest().make(**{**received, "status": "draft"})
    rest().make(**{**received, "bill_id": "PROV-2"})
    said = rest().make(422, **{**received, "bill_id": "PROV-2"})["errors"]
    monkeypatch.setattr(services, "_check_received", lambda out, record, number: out.update(bill_id=number))
    assert rest().make(422, **{**received, "bill_id": "PROV-2"})["errors"] == said
    rest().make(company_id=3, **received)
    rest().make(**received)
    assert "PROV-1" in rest().change(draft["id"], 422, status="pending")["errors"]["bill_id"][0]
    page = as_user("admin").post("/invoices/new", data=form(invoice_type="Received", bill_id="PROV-2"))
    assert page.status_code == 422
    assert said["bill_id"][0] in page.text


@pytest.mark.both_databases
def test_numbers_that_were_doubled_before_are_told_apart_by_the_upgrade(rest, app):
    """The oldest keeps the supplier's number; drafts, those in the trash and issued ones are left alone."""
    from importlib import import_module

    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    from plugins.invoices.models import Invoice

    received = {"invoice_type": "Received"}
    ids = [rest().make(**received, bill_id=number)["id"] for number in ("1", "2", "3", "4")]
    ids.append(rest().make(**received, status="draft", bill_id="5")["id"])
    ids.append(rest().make(company_id=3, **received, bill_id="1")["id"])
    assert rest().delete(ids[3]).status_code == 204
    revision = import_module("plugins.invoices.migrations.versions.invoices_0002_one_received_number_per_company")
    with app.app_context(), db.engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        revision.downgrade()
        doubled = Invoice.__table__.update().where(Invoice.id.in_((*ids[1:5], ids[5])))
        connection.execute(doubled.values(bill_id="1", bill_id_key="1"))
        revision.upgrade()
        found = dict(connection.execute(select(Invoice.id, Invoice.bill_id)).all())
    assert [found[i] for i in ids] == ["1", f"1 (#{ids[1]})", f"1 (#{ids[2]})", "1", "1", "1"]
