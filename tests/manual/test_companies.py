"""Companies: the form, manager, parent company, associated users, roles, filters, Export to CSV."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import literal

from core.activity.services import add_note
from core.db import Micros, db
from core.identity.models import User
from core.identity.profiles import find_profiles, set_profiles
from core.records.services import update_record
from core.testing.contracts.html import Page
from plugins.companies.models import Company
from plugins.companies.records import COMPANY
from plugins.companies.services import keep_activity, set_billing, set_own_company
from plugins.invoices.printed import make_snapshot
from tests.core.records.imports import Desk

from .promises import menu, promise

OURS, A, B = 1, 2, 3


def seen(client, query=""):
    """The ids of the companies that a list shows."""
    return sorted(Page(client.get(f"/companies/{query}").text).rows)


@promise("Companies / Menu", "CRM → Company → Companies leads to the companies", page="/companies/")
def test_the_menu_leads_to_companies(world, as_user):
    client = as_user("user1")
    lines = menu(client, "/")
    assert menu(client, lines["Company"])["Companies"] == "/companies/"
    assert seen(client) == [A, B]


@promise("Companies / Menu", "CRM → Company → Company roles", page="/companies/roles/")
def test_the_menu_leads_to_company_roles(world, as_user):
    assert menu(as_user("manager1"), "/companies/")["Company roles"] == "/companies/roles/"


@promise("Companies / Menu", "CRM → Company → Company custom fields, and their sections", page="/companies/fields/")
def test_the_menu_leads_to_custom_fields_and_their_sections(world, as_user):
    client = as_user("manager1")
    lines = menu(client, "/companies/")
    assert lines["Company custom fields"] == "/companies/fields/"
    assert lines["Company custom fields sections"] == "/companies/fields/sections/"
    assert [client.get(lines[f"Company custom fields{more}"]).status_code for more in ("", " sections")] == [200, 200]


@promise("Companies / Form", "A company is the first thing to define: one form with its basic data", page="/companies/new")
def test_the_form_has_the_basic_data_of_a_company(world, as_user, make):
    client = as_user("user1")
    made = make(
        client, "/companies", name="Acme", address="Calle Mayor 1\r\n28001 Madrid", fiscal_id="B12345674", country="ES",
        website="acme.example", comments="Met in Seville", role_id=world.roles["Customer"], payment_conditions="60",
    )  # fmt: skip
    page = Page(client.get(made).text).text
    for words in ("Acme", "Calle Mayor 1", "B12345674", "Spain", "acme.example", "Met in Seville", "Customer", "60"):
        assert words in page, words


@promise("Companies / Form", "Whoever creates a company is its manager until another is named", page="/companies/new")
def test_who_creates_a_company_is_its_manager(world, as_user, make):
    client = as_user("user1")
    made = make(client, "/companies", name="Acme")
    assert Page(client.get(f"{made}/edit").text).form().data["manager_id"] == str(world.users["user1"])


@promise("Companies / Manager", "The manager is the owner of a company: he sees and changes it", page="/companies/2/edit")
def test_the_manager_owns_the_company(world, as_user, send):
    assert send(as_user("user1"), f"/companies/{A}/edit", comments="Mine").status_code == 302
    assert "Mine" in as_user("user1").get(f"/companies/{A}").text


@promise("Companies / Manager", "A new manager owns it instead of the old one", page="/companies/3/edit")
def test_another_manager_takes_over(world, work, as_user, send):
    assert send(as_user("manager1"), f"/companies/{B}/edit", manager_id=world.users["user1"]).status_code == 302
    assert send(as_user("user1"), f"/companies/{B}/edit", comments="Mine now").status_code == 302


@promise("Companies / Parent company", "A company depends on its parent company, and both pages say so", page="/companies/2")
def test_the_parent_company_is_the_one_on_which_a_company_depends(world, as_user):
    admin = as_user("admin")
    assert f'href="/companies/{OURS}"' in admin.get(f"/companies/{A}").text
    assert f'href="/companies/{A}"' in admin.get(f"/companies/{OURS}").text


@promise("Companies / Parent company", "No company stands below itself, over whatever way round", page="/companies/1/edit")
def test_a_company_never_depends_on_itself(world, as_user, send):
    answer = send(as_user("admin"), f"/companies/{OURS}/edit", parent_id=A)
    assert answer.status_code == 422
    assert "parent_id" in Page(answer.text).form().errors


@promise("Companies / Parent company", "Without a parent only its manager and superadmins see a company", page="/companies/new")
def test_a_company_without_parent_is_seen_by_its_manager_and_superadmins_only(world, as_user, make):
    made = make(as_user("user1"), "/companies", name="Alone", parent_id="", associate_ids=[str(world.users["manager1"])])
    assert {login: as_user(login).get(made).status_code for login in ("user1", "admin", "manager1", "user2")} == {
        "user1": 200, "admin": 200, "manager1": 404, "user2": 404,
    }  # fmt: skip


@promise("Companies / Parent company", "With a parent its manager's colleagues see it as well", page="/companies/new")
def test_a_company_with_a_parent_is_seen_by_the_managers_colleagues(world, as_user, make):
    made = make(as_user("user1"), "/companies", name="Shared")
    assert as_user("manager1").get(made).status_code == 200


@promise("Companies / Parent company", "The usual first step: the parent company of all employees, which their user records name",
         page="/setup/users/2")  # fmt: skip
def test_the_users_record_names_the_company_he_belongs_to(world, as_user, send):
    address = f"/setup/users/{world.users['user1']}"
    admin = as_user("admin")
    form = next(f for f in Page(admin.get(address).text).forms if "company_id" in f.controls)
    assert form.data["company_id"] == str(OURS)


@promise("Companies / Parent company", "That company then is the parent of all others: new ones propose it", page="/companies/new")
def test_a_new_company_proposes_ones_own_as_its_parent(world, as_user):
    assert Page(as_user("user1").get("/companies/new").text).form().data["parent_id"] == str(OURS)


@promise("Companies / Associated users", "Another user gets access by being associated with the company", page="/companies/3/edit")
def test_an_associated_user_gets_access(world, work, as_user, send):
    with work():
        set_own_company(world.users["user1"], None)
    assert as_user("user1").get(f"/companies/{B}").status_code == 404
    assert send(as_user("manager1"), f"/companies/{B}/edit", associate_ids=[str(world.users["user1"])]).status_code == 302
    assert as_user("user1").get(f"/companies/{B}").status_code == 200


@promise("Companies / Associated users", "Who is no longer associated loses it again, and the form says so before", page="/companies/3/edit")
def test_who_is_no_longer_associated_is_out(world, work, as_user, send):
    with work():
        set_own_company(world.users["user1"], None)
    manager = as_user("manager1")
    assert send(manager, f"/companies/{B}/edit", associate_ids=[str(world.users["user1"])]).status_code == 302
    asked = send(manager, f"/companies/{B}/edit", associate_ids=[])
    assert asked.status_code == 409
    assert "user1" in Page(asked.text).text
    form = Page(asked.text).form()
    assert manager.post(f"/companies/{B}/edit", data=form.data).status_code == 302
    assert as_user("user1").get(f"/companies/{B}").status_code == 404


@promise("Companies / Roles", "Roles are added, edited and deleted", page="/companies/roles/")
def test_roles_are_added_edited_and_deleted(world, as_user, make, send):
    client = as_user("manager1")
    made = make(client, "/companies/roles", name="Partner", description="Sells for us")
    assert send(client, f"{made}/edit", name="Reseller").status_code == 302
    assert "Reseller" in client.get("/companies/roles/").text
    assert client.post(f"{made}/delete").status_code == 302
    assert client.get(made).status_code == 404
    assert "Reseller" not in client.get("/companies/new").text.partition("<main")[2].partition("</main>")[0]


@promise("Companies / Roles", "A role that companies have stays", page="/companies/roles/1/delete")
def test_a_role_in_use_is_not_deleted(world, as_user, send):
    client = as_user("manager1")
    role = world.roles["Customer"]
    assert send(client, f"/companies/{B}/edit", role_id=role).status_code == 302
    assert client.post(f"/companies/roles/{role}/delete").status_code == 409
    assert client.get(f"/companies/roles/{role}").status_code == 200


@promise("Companies / Roles", "The role is there to filter by", page="/companies/?role_id=1")
def test_the_list_is_filtered_by_role(world, as_user, send):
    client = as_user("manager1")
    send(client, f"/companies/{B}/edit", role_id=world.roles["Customer"])
    assert seen(client, f"?role_id={world.roles['Customer']}") == [B]


@promise("Companies / Invoices", "Fiscal ID, country and address are what invoices print", page="/companies/2/edit")
def test_fiscal_id_country_and_address_are_printed_on_invoices(world, work, as_user, send):
    send(as_user("user1"), f"/companies/{A}/edit", fiscal_id="B12345674", country="ES", address="Calle Mayor 1")
    with work():
        customer = make_snapshot(db.session.get(Company, A), {"language": "es"})["customer"]
    assert customer == {"name": "Customer #A", "fiscal_id": "B12345674", "address": "Calle Mayor 1", "country": "España"}


@promise("Companies / Invoices", "Payment conditions are the days after which a company's invoices are due", page="/companies/2/edit")
def test_payment_conditions_are_the_days_until_invoices_are_due(world, as_user, api_as, send):
    assert send(as_user("user1"), f"/companies/{A}/edit", payment_conditions="60").status_code == 302
    made = api_as("user1").post("/api/v1/invoices", json={"company_id": A, "status": "draft", "invoice_create_date": "2026-01-01"})
    assert (made.status_code, made.json["invoice_expiration_date"]) == (201, "2026-03-02")


FILTERS = {
    "text": ("q=customer+%23a", [A]),
    "manager": ("manager_id=2", [A]),
    "parent": ("parent_id=1", [A, B]),
    "country": ("country=PT", [B]),
    "last activity": ("last_update_from=2000-01-01&last_update_to=2000-12-31", [A]),
    "minimum billing": ("billing_from=50", [B]),
    "custom field": ("{field}=S", [B]),
}


@promise("Companies / Filters", "The list is filtered by text, manager, parent, country, last activity, billing and custom fields",
         page="/companies/?manager_id=2")  # fmt: skip
def test_the_list_is_filtered_in_each_way(world, work, as_user, send, custom):
    field = custom("companies.company", label="Size", kind="combo", options="S,M")
    assert world.users["user1"] == 2
    assert send(as_user("manager1"), f"/companies/{B}/edit", country="PT", **{field: "S"}).status_code == 302
    with work():
        set_billing(lambda company_id: literal(Decimal(60), Micros()), [B])
        keep_activity({A: datetime(2000, 5, 1, tzinfo=UTC)})
    client = as_user("manager1")
    offered = {control for form in Page(client.get("/companies/").text).forms for control in form.controls}
    for what, (query, found) in FILTERS.items():
        query = query.format(field=field)
        assert seen(client, f"?{query}") == found, what
        assert query.partition("=")[0] in offered | {"q"}, what


@promise("Companies / List", "The list shows role, manager, country, contracts, open leads, last activity and billing", page="/companies/")
def test_the_list_has_its_columns(world, as_user):
    text = as_user("manager1").get("/companies/").text
    head = Page(text[text.index("<thead>") : text.index("</thead>")]).text
    for label in ("Name", "No.", "Role", "Contracts", "Leads", "Est. sales", "Manager", "Country", "Last activity", "Billing"):
        assert label in head, label


@promise("Companies / Tabs", "A company's page leads to its activity, contacts, contracts, invoices, leads and files", page="/companies/2")
def test_a_companys_page_has_its_tabs(world, as_user):
    client = as_user("user1")
    links = Page(client.get(f"/companies/{A}").text).links
    for tab in ("activity", "contacts", "contracts", "invoices", "leads", "files"):
        assert any(f"tab={tab}" in link for link in links), tab
        assert client.get(f"/companies/{A}?tab={tab}").status_code == 200, tab


@promise("Companies / Tabs", "A company's activity tells its own notes and those of what hangs on it, as far as one sees that", page="/companies/2?tab=activity")
@pytest.mark.both_databases
def test_a_companys_activity_tells_its_own_and_its_contacts(world, work, as_user, record_factory):
    contact = record_factory("contacts.contact", by="user1")(company_id=A, fullname="Ana Pérez")
    secret = record_factory("contracts.contract", by="user1")(company_id=A, private=True, name="Secret")
    with work("user1") as actor:
        add_note("companies.company", A, "They want two more", actor.user_id)
        add_note("contacts.contact", contact.id, "Back on Monday", actor.user_id)
        add_note("contracts.contract", secret.id, "Half the price", actor.user_id)
        update_record(COMPANY, db.session.get(Company, A), {"associate_ids": [world.users["user2"]]}, actor)
        set_profiles(db.session.get(User, world.users["user2"]), [(found.id, None) for found in find_profiles(["Standard user"])])
    colleague, associate = (as_user(login).get(f"/companies/{A}?tab=activity").text for login in ("manager1", "user2"))
    for words in ("They want two more", "Back on Monday", f'href="/contacts/{contact.id}">Ana Pérez<'):
        assert words in colleague, words
        assert words in associate, words
    assert "Half the price" in colleague
    assert "Half the price" not in associate
    assert "Secret" not in associate


@promise("Companies / Export to CSV", "The button exports the companies that were found as a CSV file", page="/companies/export.csv")
def test_export_to_csv_holds_what_was_found(world, as_user):
    client = as_user("manager1")
    page = client.get("/companies/?q=customer+%23a")
    assert "Export to CSV" in page.text
    (address,) = [link for link in Page(page.text).links if "export.csv" in link and "spreadsheet" not in link and "layout" not in link]
    answer = client.get(address)
    assert answer.mimetype == "text/csv"
    assert [row["name"] for row in csv.DictReader(io.StringIO(answer.text))] == ["Customer #A"]


@promise("Companies / Export to CSV", "The file has the columns that an import reads, in its order", page="/companies/export.csv")
def test_the_export_has_the_columns_of_the_import(world, as_user):
    header = as_user("manager1").get("/companies/export.csv").text.splitlines()[0]
    assert header == (
        "name,address,fiscal_id,country,website,comments,id_company_role,id_parent,manager,last_update,payment_conditions,billing,"
        "Office Phone,General email"
    )


@promise("Companies / Export to CSV", "Another button exports every column, also those that the manual's file has not; that file is read in as well",
         page="/companies/export.csv?layout=full")  # fmt: skip
def test_every_column_is_exported_and_read_in(app, world, as_user, send, tmp_path):
    client, desk = as_user("manager1"), Desk(app, tmp_path)
    parts = {"street": "Calle Mayor 1", "postcode": "28001", "city": "Madrid", "province": "Madrid", "language": "es"}
    assert send(client, f"/companies/{B}/edit", **parts).status_code == 302
    (address,) = [link for link in Page(client.get("/companies/?q=customer+%23b").text).links if "layout=full" in link]
    file = client.get(address).text
    (row,) = csv.DictReader(io.StringIO(file, newline=""))
    assert row.items() >= {"id": str(B), "name": "Customer #B", **parts}.items()
    desk.take(file.replace("Customer #B", "Customer #C"), login="manager1")
    made = desk.records()["Customer #C"]
    assert {name: getattr(made, name) for name in parts} == parts


@promise("Companies / Tabs", "A company's history tells each change, and puts back what stood there before", page="/companies/3?tab=history")
def test_history_puts_back_what_stood_there_before(world, as_user, send, custom):
    top = custom("companies.company", label="Vehicle", kind="linked", options="CAR,MOTORBIKE")
    make = custom("companies.company", label="Make", kind="linked", options="CAR|Seat,MOTORBIKE|Honda", parent_id=top[1:])
    first = {"comments": "One", "country": "ES", "payment_conditions": "60", "associate_ids": [str(world.users["user2"])], top: "CAR", make: "Seat"}
    then = {"comments": "Two", "country": "", "payment_conditions": "30", "associate_ids": [], top: "MOTORBIKE", make: "Honda"}
    client = as_user("manager1")
    for values in (first, then, {"website": "b.example"}):
        assert send(client, f"/companies/{B}/edit", **values).status_code == 302
    links = [link for link in Page(client.get(f"/companies/{B}?tab=history").text).links if "back=" in link]
    assert [link for link in Page(as_user("user1").get(f"/companies/{B}?tab=history").text).links if "back=" in link] == []
    assert len(links) == 3
    form = Page(client.get(links[1]).text).form()
    assert client.post(links[1], data=form.data).status_code == 302
    now = Page(client.get(f"/companies/{B}/edit").text).form().data
    assert {name: now.getlist(name) if name == "associate_ids" else now[name] for name in first} == first
    assert now["website"] == "https://b.example"
    assert as_user("admin").get(f"/companies/{A}/edit?back={links[1].partition('=')[2]}").status_code == 404
