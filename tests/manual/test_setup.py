"""CRM setup: parameters of invoices, payment methods, parameters of leads, each used where it should be."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from core.db import db
from core.identity.models import User
from core.testing.contracts.html import Page
from plugins.companies.models import Company
from plugins.invoices.models import Invoice
from plugins.invoices.printed import make_snapshot, printed
from plugins.leads.models import Lead

from .promises import menu, promise

A = 2
INVOICES, LEADS = "/setup/crm/invoices", "/setup/crm/leads"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@pytest.fixture
def set_up(as_user):
    """`set_up(INVOICES, currency="USD")`: open a tab of CRM setup, change these values, save."""

    def set_up(tab, **values):
        admin = as_user("admin")
        opened = admin.get(tab, follow_redirects=True)
        form = next(form for form in Page(opened.text).forms if form.controls >= set(values))
        return admin.post(form.action or opened.request.path, data=form.data.to_dict(flat=False) | values, content_type="multipart/form-data")

    return set_up


@pytest.fixture
def draft(world, record_factory):
    """A draft of an invoice to Customer #A; it becomes no PDF."""
    return lambda **values: record_factory("invoices.invoice", by="user1")(company_id=A, status="draft", **values)


@promise("CRM setup / Menu", "Setup → Setup → CRM setup, with a tab for each part", page="/setup/crm")
def test_the_menu_leads_to_crm_setup_with_its_three_tabs(world, as_user):
    admin = as_user("admin")
    lines = menu(admin, menu(admin, "/")["Setup"])
    page = admin.get(lines["CRM setup"], follow_redirects=True)
    tabs = page.text.partition('<nav class="tabs"')[2].partition("</nav>")[0]
    assert [label in tabs for label in ("Invoices", "Payment methods", "Leads")] == [True, True, True]


@promise("CRM setup / Menu", "It is for superadmins", page="/setup/crm")
def test_crm_setup_is_for_superadmins(world, as_user):
    assert [as_user(login).get("/setup/crm").status_code for login in ("user1", "manager1", "user2")] == [404, 404, 404]


@promise("CRM setup / Invoices", "The pattern says what the next numbers are: the first stands in brackets", page=INVOICES)
def test_the_pattern_gives_the_next_number(set_up, draft, as_user, send):
    made = draft()
    assert set_up(INVOICES, invoice_id_pattern="F/[0007]-A").status_code == 302
    assert "F/0007-A, F/0008-A, F/0009-A" in as_user("admin").get(INVOICES, follow_redirects=True).text
    assert Page(as_user("user1").get(f"/invoices/new?company_id={A}").text).form().data["bill_id"] in ("", "F/0007-A")
    assert send(as_user("user1"), f"/invoices/{made.id}/edit", status="pending").status_code == 302
    assert "F/0007-A" in as_user("user1").get(f"/invoices/{made.id}").text


@promise("CRM setup / Invoices", "Exceptions are numbers that are passed over", page=INVOICES)
def test_exceptions_are_passed_over(set_up, world, as_user):
    assert set_up(INVOICES, invoice_id_pattern="[1]", invoice_id_exceptions="1, 2\n4").status_code == 302
    assert "Next: 3, 5, 6" in as_user("admin").get(INVOICES, follow_redirects=True).text


@promise("CRM setup / Invoices", "Automatic numbers can be switched off; then they are typed", page=INVOICES)
def test_without_automatic_numbers_they_are_typed(set_up, draft, as_user, send):
    made = draft()
    assert set_up(INVOICES, invoice_auto_id="").status_code == 302
    refused = send(as_user("user1"), f"/invoices/{made.id}/edit", status="pending", bill_id="")
    assert refused.status_code == 422
    assert "bill_id" in Page(refused.text).form().errors


@promise("CRM setup / Invoices", "Header, logo, footer and seller are set once and printed on every invoice", page=INVOICES)
def test_header_logo_footer_and_seller_are_printed(set_up, world, work):
    texts = {"invoice_header": "Tel. 954 000 000", "invoice_footer": "Registro Mercantil", "seller_name": "My Company, S.L.",
             "seller_fiscal_id": "B12345674", "seller_address": "Calle Mayor 1"}  # fmt: skip
    assert set_up(INVOICES, invoice_logo=(io.BytesIO(PNG), "logo.png"), **texts).status_code == 302
    with work():
        on_paper = make_snapshot(db.session.get(Company, A), {})
    assert (on_paper["header"], on_paper["footer"]) == ("Tel. 954 000 000", "Registro Mercantil")
    assert on_paper["seller"] == {"name": "My Company, S.L.", "fiscal_id": "B12345674", "address": "Calle Mayor 1"}
    assert on_paper["logo"]


@promise("CRM setup / Invoices", "The name of the tax is set once, with its rate, and new lines have it", page=INVOICES)
def test_the_tax_is_named_once_and_new_lines_have_it(set_up, draft, work):
    assert set_up(INVOICES, tax_name=["IGIC"], tax_rate=["7"], tax_category=["S"], tax_default=["0"]).status_code == 302
    made = draft()
    with work():
        invoice = db.session.get(Invoice, made.id)
        assert [(tax["name"], str(tax["amount"])) for tax in invoice.taxes] == [("IGIC", "7.00")]


@promise("CRM setup / Invoices", "The currency of new invoices and of all sums is set once", page=INVOICES)
def test_the_currency_is_set_once(set_up, world, as_user):
    assert set_up(INVOICES, currency="USD").status_code == 302
    assert Page(as_user("user1").get("/invoices/new").text).form().data["currency"] == "USD"


@promise("CRM setup / Invoices", "A value that can't be is refused beside its field, and nothing is saved", page=INVOICES)
def test_a_wrong_pattern_is_refused_beside_its_field(set_up, world, as_user):
    refused = set_up(INVOICES, invoice_id_pattern="no brackets", seller_name="Kept?")
    assert refused.status_code == 422
    assert "no brackets" in refused.text
    assert "Kept?" in refused.text
    assert "Kept?" not in as_user("admin").get(INVOICES, follow_redirects=True).text


@promise("CRM setup / Payment methods", "Payment methods are a list that is added to, changed and cut", page="/invoices/payment-methods/")
def test_payment_methods_are_added_edited_and_deleted(world, as_user, make, send):
    admin = as_user("admin")
    place = admin.get("/setup/crm/payment_methods", follow_redirects=True).request.path.rstrip("/")
    made = make(admin, place, name="Bank transfer")
    assert send(admin, f"{made}/edit", name="Transfer").status_code == 302
    assert "Transfer" in admin.get(f"{place}/").text
    assert admin.post(f"{made}/delete").status_code == 302
    assert admin.get(made).status_code == 404


@promise("CRM setup / Payment methods", "An invoice is paid by one of them, and prints it", page="/invoices/new")
def test_an_invoice_has_a_payment_method_and_prints_it(world, draft, work, as_user, record_factory, send):
    method = record_factory("invoices.payment_method")(name="Transfer", description="ES91 2100 0418 4502 0005 1332")
    made = draft()
    assert send(as_user("user1"), f"/invoices/{made.id}/edit", payment_method_id=method.id, status="pending").status_code == 302
    assert "Transfer" in as_user("user1").get(f"/invoices/{made.id}").text
    with work():
        assert printed(db.session.get(Invoice, made.id))["s"]["payment"] == {
            "name": "Transfer", "description": "ES91 2100 0418 4502 0005 1332",
        }  # fmt: skip


@promise("CRM setup / Leads", "The stages of leads have names of the team's own, used wherever a lead's progress is shown", page=LEADS)
def test_stages_are_called_as_the_team_calls_them(set_up, world, as_user, record_factory):
    lead = record_factory("leads.lead", by="user1")(progress=20)
    assert set_up(LEADS, progress_20="Cita concertada").status_code == 302
    client = as_user("user1")
    for address in (f"/leads/{lead.id}", "/leads/", "/leads/pipeline", "/leads/statistics"):
        assert "Cita concertada" in client.get(address).text, address


@promise("CRM setup / Leads", "The stages come in English, and another language of the reader's does not translate them", page=LEADS)
def test_stages_are_not_translated_by_themselves(world, work, as_user):
    with work():
        db.session.get(User, world.users["user1"]).language = "es"
    page = as_user("user1").get("/leads/pipeline").text
    assert '<html lang="es"' in page
    text = Page(page).text
    for name in ("Meeting arranged", "Needs discovered", "Proposal delivered", "Offer accepted"):
        assert name in text, name


@promise("CRM setup / Leads", "After so many days without a change a lead counts as silent", page=LEADS)
def test_a_lead_counts_as_silent_after_the_days_that_are_set(set_up, work, world, as_user, record_factory):
    lead = record_factory("leads.lead", by="user1")()
    with work():
        db.session.execute(update(Lead).where(Lead.id == lead.id).values(changed_at=datetime.now(UTC) - timedelta(days=5)))
    silent = []
    for days in ("3", "6"):
        assert set_up(LEADS, lead_warning_time=days).status_code == 302
        silent.append("5 d silent" in as_user("user1").get("/leads/pipeline").text)
    assert silent == [True, False]
