"""Invoices and contracts: the link, External code, Generate invoice, and private contracts that an invoice quotes."""

import csv
import io
from datetime import timedelta

import pytest

from core.fields.format import date_text

from .conftest import line

pytestmark = pytest.mark.usefixtures("world", "asked")


@pytest.fixture
def contract(record_factory):
    """Makes a contract, by default of Customer #A."""
    return lambda **values: record_factory("contracts.contract")(**{"company_id": 2, "name": "Support", **values})


def tab(client, contract_id):
    page = client.get(f"/contracts/{contract_id}?tab=invoices")
    assert page.status_code == 200
    return page.text


@pytest.mark.both_databases
def test_linked_invoices_are_those_that_name_the_contract_and_those_in_external_code(rest, contract, as_user):
    api = rest()
    numbered, foreign = api.make(), api.make(company_id=3)
    other = api.make(company_id=3, invoice_type="Received", bill_id="R-1")
    own = api.make(invoice_type="Received", bill_id="R-1")
    made = contract(contract_number=f" {numbered['bill_id']}, R-1,nonsense,,{foreign['bill_id']}")
    linked = api.make(contract_id=made.id, bill_id="LINK-1")
    admin = as_user("admin")
    page = tab(admin, made.id)
    for invoice, there in ((numbered, True), (foreign, True), (own, True), (linked, True), (other, False)):
        assert (f'data-id="{invoice["id"]}"' in page) is there, invoice["bill_id"]
    assert f'<a href="/contracts/{made.id}?tab=invoices">4</a>' in admin.get("/contracts/").text
    seen = tab(as_user("user1"), made.id)
    assert f'data-id="{numbered["id"]}"' in seen


def test_only_what_the_reader_sees_is_linked_and_counted(rest, contract, as_user, record_factory):
    hidden = record_factory("companies.company")(name="Reservada SA", parent_id=None, manager_id=3)
    secret = rest().make(company_id=hidden.id)
    made = contract(contract_number=secret["bill_id"])
    assert secret["bill_id"] in tab(as_user("admin"), made.id)
    assert f'data-id="{secret["id"]}"' not in tab(as_user("user1"), made.id)
    assert f"/contracts/{made.id}?tab=invoices" not in as_user("user1").get("/contracts/").text


def test_generate_invoice_fills_in_company_contract_currency_due_date_and_the_last_lines(rest, contract, as_user):
    from core.access import today

    made = contract(currency="USD", amount="1200")
    client = as_user("user1")
    first = client.get(f"/contracts/{made.id}/invoice", follow_redirects=True).text
    assert '<option value="USD" selected' in first
    assert 'value="1200"' in first
    assert "Made from this contract before" not in first
    rest().make(contract_id=made.id, lines=[line("Seats", "12.5", quantity="25")])
    page = client.get(f"/contracts/{made.id}/invoice", follow_redirects=True).text
    assert all(text in page for text in ('value="Seats"', 'value="12.5"', 'value="25"', "Customer #A", ">Support<"))
    assert "Made from this contract before" in page  # nobody bills a term twice without knowing
    with client.application.app_context():
        assert date_text(today() + timedelta(days=30), "en") in page
    assert client.get("/contracts/999/invoice").status_code == 404


def test_generate_invoice_asks_for_e_on_the_contracts_company(contract, as_user):
    made = contract(company_id=3)
    assert as_user("user1").get(f"/contracts/{made.id}/invoice").status_code == 403
    assert "Generate invoice" not in as_user("user1").get(f"/contracts/{made.id}").text
    assert "Generate invoice" in as_user("manager1").get(f"/contracts/{made.id}").text


@pytest.mark.both_databases
def test_an_invoice_that_quotes_a_private_contract_shows_neither_name_nor_number(rest, contract, as_user, work):
    """Who is only associated sees the invoice, not the private contract (docs/access.md)."""
    with work("admin") as admin:
        from core import create_record, record_type
        from core.identity.services import create_user, find_profiles

        (profile,) = find_profiles(["Standard user"])
        user = create_user("guest", password="a quiet meadow at noon", profiles=[(profile.id, None)])
        values = {"name": "Shared", "parent_id": 1, "manager_id": admin.user_id, "associate_ids": [user.id]}
        company = create_record(record_type("companies.company"), values, admin).id
    secret = contract(company_id=company, name="PRI-SECRET", contract_number="SECRET-NO", private=True)
    api = rest()
    made = api.make(company_id=company, contract_id=secret.id)
    api.change(made["id"], contract_id=None)
    api.change(made["id"], contract_id=secret.id)
    guest = as_user("guest")
    pages = [guest.get(f"/invoices/{made['id']}{tab}").text for tab in ("", "?tab=history", "?tab=files")]
    pages += [guest.get(path).text for path in (
        "/invoices/?columns=bill_id,contract_id", f"/invoices/?contract_id={secret.id}", "/invoices/export.csv",
        "/invoices/export.csv?layout=full", "/invoices/pick/contract_id?q=PRI", "/search?q=PRI-SECRET", "/contracts/",
        f"/companies/{company}?tab=contracts",
    )]  # fmt: skip
    for number, page in enumerate(pages):
        assert "SECRET-NO" not in page, number
        assert "PRI-SECRET" not in page.replace('value="PRI-SECRET"', "").replace("“PRI-SECRET”", ""), number
    assert "private contract" in pages[0]
    assert "private contract" in pages[1]
    (row,) = csv.DictReader(io.StringIO(pages[5]))
    assert row["contract"] == "private contract"
    assert "PRI-SECRET" in as_user("admin").get(f"/invoices/{made['id']}").text
    assert guest.get(f"/contracts/{secret.id}").status_code == 404


def test_a_filter_by_an_id_out_of_sight_names_nobody(contract, as_user, record_factory):
    hidden = record_factory("companies.company")(name="Reservada SA", parent_id=None, manager_id=3)
    for path in ("/invoices/", "/contracts/", "/contacts/", "/leads/", "/leads/pipeline"):
        page = as_user("user1").get(f"{path}?company_id={hidden.id}")
        assert page.status_code == 200
        assert "Reservada" not in page.text, path
        assert "Reservada" in as_user("manager1").get(f"{path}?company_id={hidden.id}").text, path
    refused = as_user("user1").post("/contracts/new", data={"name": "", "company_id": str(hidden.id)})
    assert refused.status_code == 422
    assert "Reservada" not in refused.text


def test_the_first_column_leads_to_the_company_and_the_number_to_the_invoice(rest, as_user):
    made = rest().make()
    page = as_user("user1").get("/invoices/").text
    assert f'href="/companies/2?tab=invoices&amp;invoice={made["id"]}"' in page
    assert f'href="/invoices/{made["id"]}">15/1000</a>' in page
    assert as_user("user1").get(f"/companies/2?tab=invoices&invoice={made['id']}").status_code == 200


@pytest.mark.both_databases
def test_a_late_invoice_says_for_how_many_days_in_list_and_page(rest, as_user, app):
    from core.access import today

    with app.app_context():
        day = today() - timedelta(days=64)
    made = rest().make(invoice_create_date=day.isoformat())
    client = as_user("admin")
    assert "34 d late" in client.get("/invoices/").text
    assert "34 d late" in client.get(f"/invoices/{made['id']}").text
    assert f'data-id="{made["id"]}"' in client.get("/invoices/?late=1").text
    rest().change(made["id"], status="paid")
    assert "34 d late" not in client.get("/invoices/").text
    assert f'data-id="{made["id"]}"' not in client.get("/invoices/?late=1").text


def test_the_lists_filters(rest, as_user, record_factory):
    record_factory("companies.company")
    api = rest()
    old = api.make(invoice_create_date="2020-01-15", description="Köln office", reference="PO 7")
    new = api.make(company_id=3, invoice_create_date="2026-11-20", status="paid")
    ids = lambda query: {i["id"] for i in api.get(query).json["items"]}  # noqa: E731
    assert ids("?q=koln") == {old["id"]}
    assert ids("?q=customer%20%23b") == {new["id"]}
    assert ids("?q=15/1001") == {new["id"]}
    assert ids("?status=paid") == {new["id"]}
    assert ids("?invoice_type=Received") == set()
    assert ids("?company_id=2") == {old["id"]}
    assert ids("?manager_id=2") == {old["id"]}
    assert ids("?last_days=3650") == {old["id"], new["id"]}
    assert ids("?invoice_create_date_from=2026-01-01&invoice_create_date_to=2026-12-31") == {new["id"]}


def test_an_invoice_is_saved_on_although_its_contract_went_to_another_company(rest, contract, api_as):
    made = contract()
    invoice = rest().make(contract_id=made.id)
    assert api_as("admin").patch(f"/api/v1/contracts/{made.id}", json={"company_id": 3}).status_code == 200
    assert rest().change(invoice["id"], company_id=2, contract_id=made.id, internal_note="x")["internal_note"] == "x"
    rest().make(422, contract_id=made.id)
