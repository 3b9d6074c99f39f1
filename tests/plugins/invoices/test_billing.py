"""What was invoiced to a company is kept up by every change of its invoices: issued, not cancelled, in the site's currency."""

import pytest

from .conftest import line

pytestmark = pytest.mark.usefixtures("world", "asked")


@pytest.fixture
def billing(api_as):
    """`billing(2)`: what was invoiced to a company."""
    client = api_as("admin")
    return lambda company_id=2: client.get(f"/api/v1/companies/{company_id}").json["billing"]


@pytest.mark.both_databases
def test_each_change_of_an_invoice_is_followed(rest, billing, as_user):
    api = rest()
    made = api.make()
    api.make(lines=[line(price="50.50")])
    assert billing() == "150.50"
    api.change(made["id"], lines=[line(price="10")])
    assert billing() == "60.50"
    api.change(made["id"], status="canceled")
    assert billing() == "50.50"
    api.change(made["id"], status="paid")
    assert billing() == "60.50"
    api.change(made["id"], company_id=3)
    assert (billing(2), billing(3)) == ("50.50", "10.00")
    api.delete(made["id"])
    assert billing(3) == "0.00"
    as_user("admin").post(f"/invoices/{made['id']}/restore")
    assert billing(3) == "10.00"


def test_drafts_received_ones_and_other_currencies_do_not_count(rest, billing):
    api = rest()
    draft = api.make(status="draft")
    api.make(invoice_type="Received", bill_id="1")
    api.make(currency="USD")
    assert billing() == "0.00"
    api.change(draft["id"], status="pending")
    assert billing() == "100.00"


def test_a_credit_note_takes_it_back_and_a_zero_invoice_changes_nothing(rest, billing):
    api = rest()
    api.make(lines=[line(price="100.50")])
    api.make(lines=[line(price="-100.50")])
    api.make(lines=[line(price="45"), line(price="-45"), line(price="0")])
    assert billing() == "0.00"


def test_another_currency_of_the_site_adds_up_anew(rest, billing, as_user):
    api = rest()
    api.make()
    api.make(currency="USD", lines=[line(price="7")])
    saved = as_user("admin").post("/invoices/setup", data={"currency": "USD", "invoice_id_pattern": "15/[1000]", "invoice_auto_id": "1"})
    assert saved.status_code == 302
    assert billing() == "7.00"


def test_a_written_invoice_is_activity_of_its_company_without_raising_its_version(rest, api_as):
    before = api_as("admin").get("/api/v1/companies/2").json
    rest("user1").make()
    after = api_as("admin").get("/api/v1/companies/2").json
    assert after["last_update"] >= before["last_update"]
    assert after["version"] == before["version"]


@pytest.mark.both_databases
def test_the_foot_of_the_list_adds_up_what_is_seen_per_currency(rest, as_user, record_factory):
    """Case 114: nothing that the reader can't see is in a sum."""
    hidden = record_factory("companies.company")(name="Reservada SA", parent_id=None, manager_id=3)
    api = rest()
    api.make(company_id=2)
    api.make(company_id=3, lines=[line(price="200")])
    api.make(company_id=hidden.id, lines=[line(price="400")])
    api.make(company_id=2, currency="USD", lines=[line(price="5")])
    api.make(company_id=2, status="canceled", lines=[line(price="900")])
    api.make(company_id=2, invoice_type="Received", bill_id="1", lines=[line(price="33")])
    page = as_user("user1").get("/invoices/").text
    foot = page[page.index('<div class="foot">') :]
    assert 'data-sum="Submitted EUR">Total <b>€300.00</b>' in foot
    assert 'data-sum="Submitted USD">Total <b>$5.00</b>' in foot
    assert 'data-sum="Received EUR">Received <b>€33.00</b>' in foot
    assert "700" not in page
    assert "€200.00" in as_user("user1").get("/invoices/?company_id=3").text.split('<div class="foot">')[1]
    statistics = as_user("user1").get("/invoices/statistics").text
    assert "300.00" in statistics
    assert "700.00" not in statistics
    assert "Reservada" not in statistics + page


def test_what_was_invoiced_stands_on_a_companys_head_while_there_are_invoices(rest, as_user, app, work):
    rest().make()
    admin = as_user("admin")

    def shown():
        return "€100.00" in admin.get("/companies/2").text

    assert shown()
    for state, expected in (("disabled", False), ("enabled", True)):
        assert admin.post("/setup/plugins/invoices", data={"state": state}).status_code == 302
        assert shown() is expected, state
    assert admin.post("/setup/plugins/invoices", data={"state": "hidden"}).status_code == 302
    assert "€100.00" not in as_user("user1").get("/companies/2").text
