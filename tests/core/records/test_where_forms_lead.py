"""A new record that was begun on another's page: its form knows where it came from, and the tab says what to do when it is empty."""

import pytest

from core.testing.contracts.html import Page

pytestmark = pytest.mark.usefixtures("world")
KINDS = ("contacts", "contracts", "invoices")


def discard(text):
    """Where the form's "Discard" leads."""
    return text.split(" data-discard", 1)[0].rsplit('href="', 1)[1].split('"', 1)[0]


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_tab_offers_to_add_what_it_would_show(as_user, kind):
    tab = as_user("user1").get(f"/companies/2?tab={kind}").text
    assert f"No {kind} yet." in tab
    assert f"/{kind}/new?company_id=2&tab={kind}" in Page(tab).links


def test_who_may_not_change_the_company_is_offered_nothing(as_user):
    tab = as_user("user1").get("/companies/3?tab=contacts").text
    assert "No contacts yet." in tab
    assert not [link for link in Page(tab).links if link.startswith("/contacts/new?")]


@pytest.mark.parametrize("kind", KINDS)
def test_discarding_leads_back_to_the_company_and_the_tab_where_it_was_begun(as_user, kind):
    client = as_user("user1")
    assert discard(client.get(f"/{kind}/new?company_id=2").text) == "/companies/2"
    assert discard(client.get(f"/{kind}/new?company_id=2&tab={kind}").text) == f"/companies/2?tab={kind}"
    assert discard(client.get(f"/{kind}/new").text) == f"/{kind}/"


def test_a_refused_form_still_knows_where_it_was_begun(as_user):
    client = as_user("user1")
    form = Page(client.get("/contacts/new?company_id=2&tab=contacts").text).form()
    refused = client.post(form.action, data=form.data)
    assert refused.status_code == 422
    assert discard(refused.text) == "/companies/2?tab=contacts"


def test_an_invoice_generated_from_a_contract_is_discarded_to_the_contract(as_user, record_factory):
    contract = record_factory("contracts.contract")(name="Support 2026", company_id=2)
    page = as_user("admin").get(f"/contracts/{contract.id}/invoice", follow_redirects=True).text
    assert discard(page) == f"/contracts/{contract.id}"
