"""What was invoiced to a company is kept up by every change of its invoices: issued, not cancelled, in the site's currency."""

import re

import pytest

from core.visibility import set_visibility

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


@pytest.fixture
def disabled(work, app):
    """Invoices disabled, as Setup → Plugins does it."""
    states = app.extensions["cartera"].addons.states
    with work():
        states.set_state("invoices", "disabled", None)
    yield
    with work():
        states.set_state("invoices", "enabled", None)


@pytest.fixture
def hidden(work):
    """Invoices hidden from all but superadmins, as Setup → Visibility does it."""
    with work():
        set_visibility("plugin:invoices", None, "hidden")


PAGES = ("/companies/", "/companies/?sort=-billing&columns=name,billing", "/companies/2", "/companies/statistics", "/")


@pytest.mark.parametrize("how", ["disabled", "hidden"])
def test_no_page_tells_of_billing_while_invoices_are_not_there(how, rest, request, as_user, billing):
    rest().make(lines=[line(price="4321")])
    client = as_user("user1")
    before = {address: client.get(address).text for address in PAGES}
    assert [address for address, page in before.items() if "4,321" not in page] == []
    assert "Language of invoices" in client.get("/companies/2/edit").text
    request.getfixturevalue(how)
    for address in PAGES:
        page = client.get(address).text
        assert "4,321" not in page, address
        assert "billing_from" not in page, address
        assert "sales" not in page or address != "/companies/statistics"
    head = re.search(r"<thead>.*?</thead>", client.get(PAGES[0]).text, re.S).group(0)
    assert "Billing" not in head
    assert "Language of invoices" not in client.get("/companies/2/edit").text
    assert billing() == "4321.00"  # files and REST, whose columns stay what they are


def test_a_form_without_the_language_of_invoices_leaves_it_as_it_is(as_user, api_as, disabled):
    api = api_as("user1")
    version = api.get("/api/v1/companies/2").json["version"]
    api.patch("/api/v1/companies/2", json={"language": "es", "version": version})
    client = as_user("user1")
    form = {"name": "Customer #A", "version": version + 1, "payment_conditions": "45"}
    assert client.post("/companies/2/edit", data=form).status_code == 302
    now = api.get("/api/v1/companies/2").json
    assert (now["payment_conditions"], now["language"]) == (45, "es")


@pytest.mark.parametrize("plugin", ["contracts", "invoices", "leads"])
def test_the_head_of_a_company_has_the_figures_of_plugins_that_are_there(plugin, app, monkeypatch, as_user, work):
    cartera = app.extensions["cartera"]
    with work():
        facts = {str(f.label): name for name, f in cartera.addons.declared("record_facts") if f.target == "companies.company"}
    mine = {label for label, name in facts.items() if name == plugin}
    for _name, f in cartera.addons.declared("record_facts"):  # each has something to say
        if f.target == "companies.company":
            monkeypatch.setitem(f.__dict__, "value", lambda record, actor: "4,321")

    def head():
        strip = re.search(r'<dl class="facts".*?</dl>', as_user("user1").get("/companies/2").text, re.S)
        return set(re.findall(r"<dt>(.*?)</dt>", strip.group(0))) if strip else set()

    assert head() == set(facts)
    shown = cartera.parts["shown"]
    monkeypatch.setitem(cartera.parts, "shown", lambda name, actor: name != plugin and shown(name, actor))
    assert head() == set(facts) - mine
