"""Contacts: what they need, who sees them, their fields; they never sign in."""

import pytest

from core.testing.contracts.html import Page

from .promises import menu, promise

A, B = 2, 3


@pytest.fixture
def contact(world, as_user, make):
    """The address of a contact of Customer #A."""
    return make(as_user("user1"), "/contacts", fullname="Ana Pérez", email="ana@example.com", company_id=A)


@promise("Contacts / Menu", "CRM → Contacts → Contacts", page="/contacts/")
def test_the_menu_leads_to_contacts(world, as_user):
    client = as_user("user1")
    assert menu(client, menu(client, "/")["Contacts"])["Contacts"] == "/contacts/"


@promise("Contacts / Menu", "CRM → Contacts → Contact fields", page="/contacts/fields/")
def test_the_menu_leads_to_contact_fields(world, as_user):
    client = as_user("manager1")
    assert menu(client, "/contacts/")["Contact fields"] == "/contacts/fields/"
    assert "<h1>Contact fields" in client.get("/contacts/fields/").text


@promise("Contacts / Form", "Full name, e-mail and related company are required, and nothing else", page="/contacts/new")
def test_full_name_email_and_company_are_required_and_enough(world, as_user, send, contact):
    client = as_user("user1")
    refused = send(client, "/contacts/new", fullname="", email="", company_id="")
    assert refused.status_code == 422
    assert Page(refused.text).form().errors == {"fullname", "email", "company_id"}
    assert "Ana Pérez" in client.get(contact).text


@promise("Contacts / Form", "An e-mail that is none is refused beside its field, and what was typed stays", page="/contacts/new")
def test_a_wrong_email_is_refused_and_what_was_typed_stays(world, as_user, send):
    refused = send(as_user("user1"), "/contacts/new", fullname="Ana Pérez", email="ana at example", company_id=A)
    form = Page(refused.text).form()
    assert (refused.status_code, form.errors) == (422, {"email"})
    assert (form.data["fullname"], form.data["email"]) == ("Ana Pérez", "ana at example")


@promise("Contacts / Form", "A second contact with the same e-mail is told of, and made all the same", page="/contacts/new")
def test_the_same_email_again_is_told_and_taken(world, as_user, send, contact):
    client = as_user("user1")
    made = send(client, "/contacts/new", fullname="Ana P.", email="ANA@example.com", company_id=A)
    assert made.status_code == 302
    assert "Ana Pérez" in Page(client.get(made.headers["Location"]).text).text


@promise("Contacts / List", "Contacts stand by company and name, and are found by name, e-mail, phone and mobile", page="/contacts/")
def test_contacts_are_ordered_and_found(world, as_user, record_factory):
    make, client = record_factory("contacts.contact", by="manager1"), as_user("manager1")
    zoe = make(company_id=B, fullname="Zoe", email="zoe@b.example", phone="954 111 111", mobile="")
    ana = make(company_id=B, fullname="Ana", email="ana@b.example", phone="", mobile="600 222 222")
    with_a = record_factory("contacts.contact", by="user1")(company_id=A, fullname="Yago", email="yago@a.example")
    assert Page(client.get("/contacts/").text).rows == [with_a.id, ana.id, zoe.id]
    for words, found in (("zoe", zoe), ("ana@b", ana), ("954 111", zoe), ("600 222", ana)):
        assert Page(client.get("/contacts/", query_string={"q": words}).text).rows == [found.id], words


@promise("Contacts / Companies", "Contacts belong to companies: the company's page lists them", page="/companies/2?tab=contacts")
def test_a_companys_page_lists_its_contacts(world, as_user, contact):
    assert "Ana Pérez" in as_user("user1").get(f"/companies/{A}?tab=contacts").text


@promise("Contacts / Companies", "Whoever has access to a company sees its contacts, contracts and invoices", page="/companies/2?tab=contacts")
def test_whoever_sees_the_company_sees_contacts_contracts_and_invoices(world, as_user, contact, record_factory):
    contract = record_factory("contracts.contract", by="user1")(company_id=A)
    invoice = record_factory("invoices.invoice", by="user1")(company_id=A, status="draft")
    addresses = [contact, f"/contracts/{contract.id}", f"/invoices/{invoice.id}"]
    seen = {login: [as_user(login).get(address).status_code for address in addresses] for login in ("user1", "manager1", "admin")}
    assert seen == {login: [200, 200, 200] for login in seen}


@promise("Contacts / Companies", "Whoever has no access to the company sees none of them", page="/contacts/")
def test_whoever_does_not_see_the_company_sees_none_of_them(world, as_user, contact, record_factory):
    contract = record_factory("contracts.contract", by="user1")(company_id=A)
    invoice = record_factory("invoices.invoice", by="user1")(company_id=A, status="draft")
    client = as_user("user2")
    assert [client.get(x).status_code for x in (contact, f"/contracts/{contract.id}", f"/invoices/{invoice.id}")] == [404, 404, 404]


@promise("Contacts / No users", "A contact is information only: it can't sign in", page="/login")
def test_a_contact_never_signs_in(world, as_user, client, contact):
    answer = client.post("/login", data={"user": "ana@example.com", "password": world.password})
    assert answer.status_code != 302
    assert client.get("/companies/").status_code == 302
    assert "Ana Pérez" not in as_user("admin").get("/setup/users").text


@promise("Contacts / Contact fields", "Contacts get fields of one's own: dates, numbers, lists of options and others", page="/contacts/fields/new")
def test_contacts_get_fields_of_different_kinds(world, as_user, send, contact):
    manager = as_user("manager1")
    wanted = {"Birthday": ("date", ""), "Children": ("numeric", ""), "Level": ("combo", "Gold,Silver"), "Newsletter": ("checkbox", "")}
    for label, (kind, options) in wanted.items():
        assert send(manager, "/contacts/fields/new", label=label, kind=kind, options=options).status_code == 302, label
    form = Page(manager.get(f"{contact}/edit").text).form()
    names = sorted((n for n in form.controls if n[0] == "f" and n[1:].isdigit()), key=lambda n: int(n[1:]))
    assert len(names) == 4
    values = dict(zip(names, ("1980-02-29", "3", "Gold", "1"), strict=True))
    assert send(manager, f"{contact}/edit", **values).status_code == 302
    text = Page(manager.get(contact).text).text
    for words in ("Birthday", "1980", "Children", "Level", "Gold", "Newsletter", "Yes"):
        assert words in text, words


@promise("Contacts / Export to CSV", "Contacts are exported with their own fields, and read in again", page="/contacts/export.csv")
def test_contacts_are_exported_with_their_fields(world, as_user, contact, custom):
    custom("contacts.contact", label="Level", kind="combo", options="Gold,Silver")
    lines = as_user("user1").get("/contacts/export.csv").text.splitlines()
    assert lines[0] == "fullname,email,phone,mobile,position,description,disabled,id_company,Level"
    assert lines[1].startswith("Ana Pérez,ana@example.com,")
