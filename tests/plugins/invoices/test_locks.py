"""Who may lock, unlock and change a locked invoice, and who may delete one (docs/access.md)."""

import io

import pytest

from .conftest import form, line

pytestmark = pytest.mark.usefixtures("world", "asked")


@pytest.fixture
def locked(rest):
    """An invoice of Customer #A that user1 made and locked."""
    api = rest("user1")
    made = api.make()
    assert api.post(f"{made['id']}/lock").json["locked"] is True
    return made["id"]


def attach(client, invoice_id):
    files = {"files": (io.BytesIO(b"order"), "order.txt")}
    return client.post(f"/files/invoices.invoice/{invoice_id}", data=files, content_type="multipart/form-data").status_code


def changes(client, invoice_id):
    """Each way of changing an invoice by pages, and what it answers."""
    return {
        "form": client.get(f"/invoices/{invoice_id}/edit").status_code,
        "save": client.post(f"/invoices/{invoice_id}/edit", data=form(internal_note="x")).status_code,
        "paid": client.post(f"/invoices/{invoice_id}/paid").status_code,
        "file": attach(client, invoice_id),
        "note": client.post(f"/activity/invoices.invoice/{invoice_id}", data={"text": "x"}).status_code,
        "delete": client.post(f"/invoices/{invoice_id}/delete").status_code,
    }


def test_nobody_but_its_creator_changes_a_locked_invoice(locked, as_user, rest):
    """manager1 may edit Customer #A; the superadmin first has to break the lock."""
    before = rest().read(locked)
    assert set(changes(as_user("manager1"), locked).values()) == {403}
    assert set(changes(as_user("admin"), locked).values()) == {409}
    assert set(changes(as_user("user2"), locked).values()) == {404}
    rest("manager1").change(locked, 403, internal_note="x")
    rest().change(locked, 409, internal_note="x")
    assert rest().delete(locked).status_code == 409
    assert rest().read(locked) == before
    own = as_user("user1")
    assert own.get(f"/invoices/{locked}/edit").status_code == 200
    assert rest("user1").change(locked, internal_note="mine")["internal_note"] == "mine"
    assert attach(own, locked) == 302
    assert own.post(f"/invoices/{locked}/paid").status_code == 302


def test_the_history_tells_of_a_lock_in_words(locked, as_user):
    history = as_user("user1").get(f"/invoices/{locked}?tab=history").text
    assert "False" not in history
    assert "True" not in history


def test_the_page_of_a_locked_invoice_offers_what_may_be_done(locked, as_user):
    admin, manager, own = (as_user(login).get(f"/invoices/{locked}?tab=files").text for login in ("admin", "manager1", "user1"))
    for page, may_edit, may_unlock in ((admin, False, True), (manager, False, False), (own, True, True)):
        assert (f"/invoices/{locked}/edit" in page, f"/invoices/{locked}/unlock" in page) == (may_edit, may_unlock)
        assert ('type="file"' in page) is may_edit


def test_the_page_of_a_locked_invoice_says_who_may_change_it_and_what_its_button_does(locked, as_user):
    reason = "Locked. Only user1, who made it, can change it."
    pages = {login: as_user(login).get(f"/invoices/{locked}").text for login in ("admin", "manager1", "user1")}
    assert {login: (reason in page, "Break lock" in page, "Unlock" in page) for login, page in pages.items()} == {
        "admin": (True, True, False), "manager1": (True, False, False), "user1": (False, False, True),
    }  # fmt: skip
    assert "The lock was broken" in as_user("admin").post(f"/invoices/{locked}/unlock", follow_redirects=True).text
    assert reason not in as_user("manager1").get(f"/invoices/{locked}").text


def test_its_creator_unlocks_with_e_and_a_superadmin_breaks_the_lock_which_history_keeps(locked, as_user, rest, work):
    assert rest("manager1").post(f"{locked}/unlock").status_code == 403
    assert as_user("manager1").post(f"/invoices/{locked}/unlock").status_code == 403
    with work("admin") as admin:
        from core import record_type, update_record
        from core.db import db
        from plugins.companies.models import Company

        update_record(record_type("companies.company"), db.session.get(Company, 2), {"manager_id": 3}, admin, confirmed=True)
    assert rest("user1").post(f"{locked}/unlock").status_code == 403  # he made it, and lost E
    rest("user1").change(locked, 403, internal_note="x")
    assert as_user("admin").post(f"/invoices/{locked}/unlock").status_code == 302
    assert "Locked" in as_user("admin").get(f"/invoices/{locked}?tab=history").text
    assert rest("manager1").change(locked, internal_note="x")["internal_note"] == "x"
    assert rest().delete(locked).status_code == 204


def test_whoever_may_edit_locks_but_stays_out_then(rest):
    api, other = rest("user1"), rest("manager1")
    made = api.make()
    assert other.post(f"{made['id']}/lock").status_code == 200
    other.change(made["id"], 403, internal_note="x")
    assert api.change(made["id"], internal_note="x")["locked"] is True
    assert rest("user1").post(f"{made['id']}/unlock").json["locked"] is False


def test_who_only_sees_an_invoice_neither_locks_nor_changes_it(rest, as_user):
    made = rest("manager1").make(company_id=3)
    assert rest("user1").post(f"{made['id']}/lock").status_code == 403
    rest("user1").change(made["id"], 403, internal_note="x")
    rest("user1").make(403, company_id=3)
    assert attach(as_user("user1"), made["id"]) == 403


def test_locked_can_be_read_but_not_set_and_a_draft_is_not_locked(rest):
    api = rest("user1")
    made = api.make()
    assert list(api.change(made["id"], 422, locked=True)["errors"]) == ["locked"]
    draft = api.make(status="draft")
    assert api.post(f"{draft['id']}/lock").status_code == 409


def test_only_superadmins_delete_invoices_but_whoever_may_edit_discards_a_draft(rest, as_user):
    api, manager = rest("user1"), rest("manager1")
    made, draft = api.make(), api.make(status="draft")
    assert manager.delete(made["id"]).status_code == 403
    assert as_user("manager1").post("/invoices/bulk/delete", data={"ids": [made["id"]]}).status_code in (302, 200)
    assert api.read(made["id"])["bill_id"] == "15/1000"
    assert api.delete(draft["id"]).status_code == 204
    assert rest().delete(made["id"]).status_code == 204


def test_neither_a_company_nor_a_contract_with_invoices_is_deleted(rest, as_user, record_factory):
    contract = record_factory("contracts.contract")(company_id=2)
    rest("user1").make(contract_id=contract.id)
    for path in ("/companies/2/delete", f"/contracts/{contract.id}/delete"):
        assert as_user("manager1").post(path).status_code == 409
        assert as_user("admin").post(path).status_code == 409


def test_only_a_pending_invoice_is_marked_as_paid(rest, as_user):
    api = rest("user1")
    pending, draft, canceled = api.make(), api.make(status="draft"), api.make(status="canceled")
    client = as_user("user1")
    assert client.post(f"/invoices/{pending['id']}/paid").status_code == 302
    assert api.read(pending["id"])["status"] == "paid"
    assert api.read(pending["id"])["invoice_payment_date"] is not None
    for other in (draft, canceled):
        assert client.post(f"/invoices/{other['id']}/paid").status_code == 409
        assert api.read(other["id"])["status"] == other["status"]


def test_moving_an_invoice_asks_for_e_on_both_companies(rest, record_factory):
    made = rest("manager1").make(company_id=3)
    rest("user1").change(made["id"], 403, company_id=2)
    own = rest("user1").make()
    rest("user1").change(own["id"], 403, company_id=3)
    contract = record_factory("contracts.contract")(company_id=2)
    with_contract = rest("manager1").make(contract_id=contract.id)
    assert list(rest("manager1").change(with_contract["id"], 422, company_id=3)["errors"]) == ["contract_id"]
    assert rest("manager1").change(with_contract["id"], company_id=3, contract_id=None)["company_id"] == 3


def test_a_line_that_is_only_seen_is_never_sent_to_the_page(rest, as_user):
    made = rest("manager1").make(company_id=3, lines=[line("<script>alert(1)</script>")])
    assert "<script>alert" not in as_user("user1").get(f"/invoices/{made['id']}").text
