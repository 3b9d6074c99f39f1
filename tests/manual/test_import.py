"""Import of companies and contracts by the manual's strict order, of contacts and leads likewise; what a person sees on the way."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from click.testing import CliRunner

from core.records.commands import file_commands
from core.testing.contracts.html import Page
from plugins.companies.services import set_own_company
from plugins.contracts.records import CONTRACT
from tests.core.records.imports import Desk
from tests.core.records.test_import_pages import uploaded

from .promises import promise

OURS, A, B = 1, 2, 3
COMPANIES = (
    "name,address,fiscal_id,country,website,comments,id_company_role,id_parent,manager,last_update,payment_conditions,billing,"
    "Office Phone,General email"
)
CONTRACTS = (
    "name,contract_number,description,date_begin,date_end,id_company,id_sla,id_group,private,status,id_contract_type,related_contract,"
    "manager,company,Licence type"
)
SAMPLE = "SAMPLE_CUSTOMER__2021,21/1001,Sample contract. ,2021-01-20,2022-01-20,3,,,0,1,2,,admin,Sample customer,Beta"
WHOLE = (
    "Acme,Calle Mayor 1,B12345674,Spain,acme.example,From the fair,1,1,user1,2024-05-06 07:08:09,60,1234.56,954 000 000,info@acme.example"
)
PAGE = "/companies/import"


@pytest.fixture
def desk(app, world, tmp_path):
    """Imports, in anybody's name."""
    return Desk(app, tmp_path)


@promise("Import of companies / Origin", "A file that the product exported is read in again, and nothing changes", page=PAGE)
def test_an_export_is_read_in_again_and_changes_nothing(desk):
    before = desk.export()
    desk.take(before, duplicates="update")
    assert desk.export() == before


@promise("Import of companies / Origin", "Or a file made by hand, with the columns in strict order and no header", page=PAGE)
def test_a_file_made_by_hand_is_read_in_strict_order(desk):
    desk.take(f"{WHOLE}\n")
    assert desk.records()["Acme"].fiscal_id == "B12345674"


@promise("Import of companies / Origin", "The same file with its header", page=PAGE)
def test_the_same_file_with_its_header_is_the_same(desk):
    desk.take(f"{COMPANIES}\n{WHOLE}\n")
    assert desk.records()["Acme"].fiscal_id == "B12345674"


@promise("Import of companies / Columns", "Only the name is required; all others may be empty", page=PAGE)
def test_only_the_name_is_required(desk):
    assert desk.say(f"{COMPANIES}\nAcme,,,,,,,,,,,,,\n").problems == []
    assert desk.say(f"{COMPANIES}\n,Calle Mayor 1,,,,,,,,,,,,\n").problems == [(2, "name", "missing")]


VALUES = {
    "name": ("name", "Acme"),
    "address": ("address", "Calle Mayor 1"),
    "fiscal id": ("fiscal_id", "B12345674"),
    "country, by its name or code": ("country", "ES"),
    "website": ("website", "https://acme.example"),
    "comments": ("comments", "From the fair"),
    "role, by its id": ("role_id", 1),
    "parent, by its id": ("parent_id", OURS),
    "manager, by login": ("manager_id", 2),
    "last update": ("last_update", datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)),
    "payment conditions, in days": ("payment_conditions", 60),
}


@promise("Import of companies / Columns", "Each column arrives where the manual says", page=PAGE)
def test_each_column_arrives(desk):
    desk.take(f"{COMPANIES}\n{WHOLE}\n")
    made = desk.records()["Acme"]
    assert {words: getattr(made, name) for words, (name, _value) in VALUES.items()} == {w: value for w, (_name, value) in VALUES.items()}


@promise("Import of companies / Columns", "Office phone and general e-mail, the last two, are custom fields of every installation", page=PAGE)
def test_office_phone_and_general_email_are_the_last_two(desk):
    desk.take(f"{COMPANIES}\n{WHOLE}\n")
    assert desk.records()["Acme"].custom == {"f1": "954 000 000", "f2": "info@acme.example"}


@promise("Import of companies / Columns", "The column billing is read over: it is what was invoiced", page=PAGE,
         differently="The header holds billing, the manual's list of fields leaves it out. Billing adds up invoices, so a file can't set it.")  # fmt: skip
def test_billing_is_read_over(desk):
    desk.take(f"{COMPANIES}\n{WHOLE}\n")
    assert desk.records()["Acme"].billing == 0


@promise("Import of companies / Columns", "A file in the shape of the manual's list of fields, which lacks billing, is recognised and said", page=PAGE,
         differently="The manual's list of fields and its header disagree by the column billing. Both are read; which of them a file without a header "
         "has is found out, said and can be changed.")  # fmt: skip
def test_a_file_in_the_shape_of_the_list_is_recognised(desk):
    row = WHOLE.replace("1234.56,", "")
    assert desk.say(f"{row}\n").matched.layout == "list"
    desk.take(f"{row}\n")
    assert desk.records()["Acme"].custom == {"f1": "954 000 000", "f2": "info@acme.example"}


@promise("Import of companies / Columns", "Role, parent and manager may be given by their names as well", page=PAGE)
def test_references_are_ids_or_names(desk):
    desk.take(f"{COMPANIES}\nAcme,,,,,,Customer,My Company,user1,,,,,\n")
    made = desk.records()["Acme"]
    assert (made.role_id, made.parent_id, made.manager_id) == (1, OURS, 2)


@promise("Import of companies / Columns", "The parent has to be registered before", page=PAGE,
         differently="It may also stand in another row of the same file, above or below: files of a whole group would else have to be cut in two.")  # fmt: skip
def test_the_parent_has_to_be_there_or_in_the_file(desk):
    assert desk.say(f"{COMPANIES}\nAcme,,,,,,,99,,,,,,\n").problems == [(2, "id_parent", "reference")]
    desk.take(f"{COMPANIES}\nBranch,,,,,,,Acme,,,,,,\nAcme,,,,,,,1,,,,,,\n")
    assert desk.records()["Branch"].parent_id == desk.records()["Acme"].id


@promise("Import of companies / Columns", "The manager has to be a registered user", page=PAGE)
def test_the_manager_has_to_be_a_user(desk):
    assert desk.say(f"{COMPANIES}\nAcme,,,,,,,,nobody,,,,,\n").problems == [(2, "manager", "reference")]


@promise("Import of companies / Custom fields", "They have to be there before, and come after the others in their order", page=PAGE)
def test_custom_fields_come_in_their_order(desk, custom):
    size, staff = custom("companies.company", label="Size", kind="combo", options="S,M"), custom("companies.company", label="Staff", kind="numeric")
    desk.take(f"{WHOLE},M,12\n")
    made = desk.records()["Acme"]
    assert (made.custom[size], made.custom[staff]) == ("M", "12")


@promise("Import of companies / Custom fields", "Each may hold a value or be left blank", page=PAGE)
def test_custom_fields_may_be_blank(desk, custom):
    size, staff = custom("companies.company", label="Size", kind="combo", options="S,M"), custom("companies.company", label="Staff", kind="numeric")
    desk.take(f"{WHOLE}, ,12\n")
    made = desk.records()["Acme"]
    assert (made.custom.get(size), made.custom[staff]) == (None, "12")


@promise("Import of companies / Custom fields", "A column that is no field is named, and can be matched by hand", page=PAGE)
def test_a_column_that_is_no_field_is_named(desk):
    said = desk.say(f"{COMPANIES},Fax\n{WHOLE},12\n")
    assert said.problems == []
    assert (1, "Fax", "unknown") in said.remarks


@promise("Import of companies / On the page", "Every problem is shown with its row and column, before anything is imported", page=PAGE)
def test_the_page_shows_problems_by_row_and_column(desk, as_user):
    client = as_user("manager1")
    where = uploaded(client, f"{COMPANIES}\nAcme,,,,,,,,nobody,,,,,\n{WHOLE.replace('Acme', 'Other')}\n")
    text = client.get(where).text
    assert 'name="cell-2-8"' in text
    assert "“nobody” was not found." in Page(text).text
    assert "Other" not in desk.records()


@promise("Import of companies / On the page", "All rows or none, unless one asks for the good ones; the others come back with a reason", page=PAGE)
def test_good_rows_go_in_and_the_others_come_back_with_a_reason(desk, as_user):
    client = as_user("manager1")
    where = uploaded(client, f"{COMPANIES}\nAcme,,,,,,,,nobody,,,,,\n{WHOLE.replace('Acme', 'Other')}\n")
    assert client.post(where, data={"mode": "good"}, follow_redirects=True).status_code == 200
    assert "Other" in desk.records()
    assert "Acme" not in desk.records()
    (address,) = {link for link in Page(client.get(where).text).links if link.startswith(where) and "problems" in link}
    (row,) = csv.DictReader(io.StringIO(client.get(address).data.decode("utf-8-sig")))
    assert row["name"] == "Acme"
    assert any("“nobody” was not found" in cell for cell in row.values())


@promise("Import of companies / On the page", "An import is taken back as a whole", page=PAGE)
def test_an_import_is_taken_back(desk, as_user):
    client = as_user("manager1")
    where = uploaded(client, f"{COMPANIES}\n{WHOLE}\n")
    client.post(where, data={"mode": "all"})
    assert "Acme" in desk.records()
    (asks,) = {link for link in Page(client.get(where).text).links if link.endswith("/undo")}
    (address,) = Page(client.get(asks).text).posts_to("/undo")
    assert client.post(address, follow_redirects=True).status_code == 200
    assert "Acme" not in desk.records()


@promise("Import of companies / By command", "`cartera import companies FILE --dry-run` says the same and changes nothing",
         page="cartera import companies FILE --dry-run")  # fmt: skip
def test_the_command_says_the_same_and_changes_nothing(app, desk, tmp_path):
    path = tmp_path / "companies.csv"
    path.write_text(f"{COMPANIES}\nAcme,,,,,,,,nobody,,,,,\n")
    command, _export = file_commands(lambda: app)
    result = CliRunner().invoke(command, ["companies", str(path), "--dry-run"])
    assert result.exit_code == 1
    assert "row 2, column manager: “nobody” was not found." in result.output
    assert "Acme" not in desk.records()


@promise("Import of contracts / Columns", "The manual's sample row, with its header", page="/contracts/import")
def test_the_sample_row_of_contracts(desk):
    desk.take(f"{CONTRACTS}\n{SAMPLE}\n", word="contracts.contract")
    made = desk.records("contracts.contract")["SAMPLE_CUSTOMER__2021"]
    assert (made.contract_number, made.description, made.date_begin.isoformat(), made.date_end.isoformat()) == (
        "21/1001", "Sample contract. ", "2021-01-20", "2022-01-20",
    )  # fmt: skip
    assert (made.company_id, made.private, made.status, made.type_id, made.manager_id) == (3, False, 1, 2, 1)
    assert list(made.custom.values()) == ["Beta"]


@promise("Import of contracts / Columns", "The sample row without a header: the strict order", page="/contracts/import")
def test_the_sample_row_without_a_header(desk):
    desk.take(f"{SAMPLE}\n", word="contracts.contract")
    assert list(desk.records("contracts.contract")["SAMPLE_CUSTOMER__2021"].custom.values()) == ["Beta"]


@promise("Import of contracts / Columns", "The order of the manual's list, which ends with type and custom fields", page="/contracts/import",
         differently="The list leaves out related contract, manager and company, which the header and the sample row hold. Both orders are read.")  # fmt: skip
def test_the_order_of_the_list_of_contracts(desk):
    row = "SAMPLE_CUSTOMER__2021,21/1001,Sample contract. ,2021-01-20,2022-01-20,3,,,0,1,2,Beta"
    assert desk.say(f"{row}\n", word="contracts.contract").matched.layout == "list"
    desk.take(f"{row}\n", word="contracts.contract")
    assert list(desk.records("contracts.contract")["SAMPLE_CUSTOMER__2021"].custom.values()) == ["Beta"]


@promise("Import of contracts / Columns", "SLA, group, number, description and end may be empty", page="/contracts/import")
def test_what_may_be_empty_in_contracts(desk):
    assert desk.say(f"{CONTRACTS}\nShort,,,2021-01-20,,3,,,,,,,,,\n", word="contracts.contract").problems == []
    said = desk.say(f"{CONTRACTS}\n,,,,,,,,,,,,,,Beta\n", word="contracts.contract").problems
    assert {column for _row, column, _kind in said} >= {"name", "date_begin", "id_company"}


@promise("Import of contracts / Columns", "The column company is for the reader; the id counts, and a contradiction is remarked", page="/contracts/import",
         differently="The manual's sample names a company beside its id without saying which counts. The id does.")  # fmt: skip
def test_the_id_of_the_company_counts(desk):
    said = desk.say(f"{CONTRACTS}\n{SAMPLE}\n", word="contracts.contract")
    assert said.problems == []
    assert any("Customer #B" in words for words in said.messages)


@promise("Import of contracts / Origin", "An export of contracts is read in again, and nothing changes", page="/contracts/import")
def test_an_export_of_contracts_is_read_in_again(desk):
    desk.take(f"{CONTRACTS}\n{SAMPLE}\n", word="contracts.contract")
    before = desk.export(word="contracts.contract")
    assert before.decode().splitlines()[0] == CONTRACTS
    assert CONTRACT.csv == tuple(CONTRACTS.split(","))[:-1]
    desk.take(before, word="contracts.contract", duplicates="update")
    assert desk.export(word="contracts.contract") == before


@promise("Import of contacts / Columns", "Contacts likewise, by the columns of their export", page="/contacts/import")
def test_contacts_are_imported_likewise(desk):
    head = "fullname,email,phone,mobile,position,description,disabled,id_company"
    desk.take(f"{head}\nAna Pérez,ana@example.com,,600 000 000,CEO,,0,Customer #A\n", word="contacts.contact")
    assert desk.records("contacts.contact")["Ana Pérez"].company_id == A
    before = desk.export(word="contacts.contact")
    desk.take(before, word="contacts.contact", duplicates="update")
    assert desk.export(word="contacts.contact") == before


@promise("Import of leads / Columns", "Leads likewise, by the columns of their export", page="/leads/import")
def test_leads_are_imported_likewise(desk):
    head = (
        "fullname,email,company,country,estimated_sale,progress,phone,mobile,position,owner,language,description,id_lead_type,id_company,"
        "id_campaign,tags"
    )
    desk.take(f"{head}\nEva Ruiz,eva@example.com,Acme,Spain,1000.50,20,,,CEO,user1,es,,1,1,,\n", word="leads.lead")
    made = desk.records("leads.lead")["Eva Ruiz"]
    assert (made.progress, made.owner_id, made.type_id, made.company_id, made.estimated_sale) == (20, 2, 1, OURS, Decimal("1000.50"))
    before = desk.export(word="leads.lead")
    desk.take(before, word="leads.lead", duplicates="update")
    assert desk.export(word="leads.lead") == before


@promise("Import of companies / Columns", "What was imported can be undone without touching what was there", page=PAGE)
def test_only_what_was_made_is_undone(desk, as_user):
    client = as_user("manager1")
    before = desk.export()
    where = uploaded(client, f"{COMPANIES}\n{WHOLE}\nCustomer #A,,,,,,,,,,,,,\n")
    client.post(where, data={"mode": "all"})
    client.post(Page(client.get(f"{where}/undo").text).posts_to("/undo")[0])
    assert desk.export() == before


MOVES = "name,manager,comments\nCustomer #A,manager1,\nCustomer #B,,Seen\n"


@promise("Import of companies / On the page", "A file that takes a company out of people's sight says whom, and does it once that is accepted", page=PAGE)
def test_a_file_says_who_loses_sight_and_waits(desk, world, work, as_user):
    with work():
        set_own_company(world.users["user1"], None)
    client = as_user("admin")
    where = uploaded(client, MOVES, duplicates="update")
    assert "No longer see this company: user1." in Page(client.get(where).text).text
    client.post(where, data={"mode": "good"})
    assert desk.records()["Customer #A"].manager_id == world.users["user1"]
    assert desk.records()["Customer #B"].comments == "Seen"
    where = uploaded(client, MOVES, duplicates="update")
    form = next(form for form in Page(client.get(where).text).forms if form.data.get("kind", "").startswith("sight"))
    client.post(form.action, data=form.data.to_dict() | {"fix": "sight"})
    assert "No longer see this company: user1." in Page(client.get(f"{where}?shown=changed").text).text
    client.post(where, data={"mode": "all"})
    assert desk.records()["Customer #A"].manager_id == world.users["manager1"]
    assert as_user("user1").get(f"/companies/{A}").status_code == 404


@promise("Import of companies / By command", "The command says who loses sight, too, and waits for `--confirm sight`",
         page="cartera import companies FILE --confirm sight")  # fmt: skip
def test_the_command_says_who_loses_sight_and_waits(app, desk, world, work, tmp_path):
    with work():
        set_own_company(world.users["user1"], None)
    path = tmp_path / "companies.csv"
    path.write_text(MOVES)
    command, _export = file_commands(lambda: app)
    asked = CliRunner().invoke(command, ["companies", str(path), "--duplicates", "update"])
    assert asked.exit_code == 1
    assert "row 2: No longer see this company: user1." in asked.output
    assert CliRunner().invoke(command, ["companies", str(path), "--duplicates", "update", "--confirm", "sight"]).exit_code == 0
    assert desk.records()["Customer #A"].manager_id == world.users["manager1"]
