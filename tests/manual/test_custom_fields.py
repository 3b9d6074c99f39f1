"""Custom fields: seven kinds, in sections, on companies and contacts, and per type on contracts and leads."""

import csv
import io

import pytest
from sqlalchemy import select

from core.custom_fields import services
from core.db import db
from core.history import HistoryEntry
from core.testing.contracts.html import Page
from plugins.companies.models import Company
from plugins.contracts.macros import macro_values
from plugins.contracts.models import Contract, ContractTemplate
from tests.core.records.imports import Desk

from .promises import promise

OURS, A, B = 1, 2, 3
KINDS = {
    # kind: options, what is typed, what stands on pages, REST's value, CSV's cell
    "checkbox": ("", "1", "Yes", True, "1"),
    "combo": ("Gold,Silver", "Gold", "Gold", "Gold", "Gold"),
    "linked": ("CAR,MOTORBIKE", "CAR", "CAR", "CAR", "CAR"),
    "date": ("", "2020-02-29", "2020", "2020-02-29", "2020-02-29"),
    "numeric": ("", "12.5", "12.5", "12.5", "12.5"),
    "text": ("", "one line", "one line", "one line", "one line"),
    "textarea": ("", "two\r\nlines", "two lines", "two\nlines", "two\nlines"),
}
PLACES = {
    "companies": ("/companies/fields", {"name": "Acme"}),
    "contacts": ("/contacts/fields", {"fullname": "Ana Pérez", "email": "ana@example.com", "company_id": A}),
    "contracts": ("/contracts/types/1/fields", {"name": "Support 2026", "date_begin": "2026-01-01", "company_id": A, "type_id": "1"}),
    "leads": ("/leads/types/1/fields", {"fullname": "Eva Ruiz", "email": "eva@example.com", "type_id": "1"}),
}

TYPES = {"companies": "companies.company", "contacts": "contacts.contact", "contracts": "contracts.contract", "leads": "leads.lead"}


@pytest.fixture
def define(as_user, send):
    """`define("/companies/fields", "Size", "combo", options="S,M")`: a new field by its page; gives its name as forms have it."""

    def define(place, label, kind, **more):
        manager = as_user("manager1")
        answer = send(manager, f"{place}/new", label=label, kind=kind, **more)
        assert answer.status_code == 302, Page(answer.text).text
        edits = [link for link in Page(manager.get(f"{place}/").text).links if link.startswith(place) and link.endswith("/edit")]
        return "f" + max((link.split("/")[-2] for link in edits), key=int)

    return define


@promise("Custom fields / Kinds", "Each of the seven kinds, on companies, contacts, contracts and leads: typed, shown, listed, exported, by REST",
         page="/companies/fields/new")  # fmt: skip
@pytest.mark.parametrize("word", PLACES)
def test_each_kind_is_typed_shown_listed_exported_and_read_by_rest(world, as_user, api_as, send, define, word):
    place, values = PLACES[word]
    names = {kind: define(place, f"A {kind}", kind, options=options, show_in_list="1") for kind, (options, *_rest) in KINDS.items()}
    client = as_user("user1")
    typed = {name: KINDS[kind][1] for kind, name in names.items()}
    opened = client.get(f"/{word}/new", query_string={"type_id": "1"} if "type_id" in values else {})
    data = {**Page(opened.text).form().data.to_dict(flat=False), **{k: [str(v)] for k, v in (values | typed).items()}}
    answer = client.post(f"/{word}/new", data=data)
    assert answer.status_code == 302, Page(answer.text).text
    made = answer.headers["Location"]
    page, rows = Page(client.get(made).text).text, Page(client.get(f"/{word}/?sort={names['numeric']}").text).text
    item = api_as("user1").get(f"/api/v1{made}").json
    cells = [row for row in csv.DictReader(io.StringIO(client.get(f"/{word}/export.csv").text, newline="")) if row["A text"]]
    for kind, (_options, _typed, shown, value, cell) in KINDS.items():
        assert shown in page, (kind, "page")
        assert f"A {kind}" in rows, (kind, "column")
        assert item[names[kind]] == value, (kind, "rest")
        assert cells[0][f"A {kind}"] == cell, (kind, "csv")


OTHER = {
    # what REST takes for another record, and the filter that finds the first one alone
    "checkbox": (False, "{}=1"),
    "combo": ("Silver", "{}=Gold"),
    "linked": ("MOTORBIKE", "{}=CAR"),
    "date": ("2019-12-31", "{}_from=2020-01-01&{}_to=2020-12-31"),
    "numeric": ("9", "{}_from=12"),
    "text": ("another", "{}=ONE"),
    "textarea": ("no more\nthan that", "{}=lines"),
}


@pytest.fixture
def two(world, api_as, custom):
    """`two("companies")`: names of a field of each kind there, and the ids of two records whose values differ in each."""

    def two(word):
        values = {key: int(v) if key == "type_id" else v for key, v in PLACES[word][1].items()}
        names = {
            kind: custom(TYPES[word], values.get("type_id"), label=f"A {kind}", kind=kind, options=options, show_in_list="1")
            for kind, (options, *_rest) in KINDS.items()
        }
        title = "name" if "name" in values else "fullname"
        ids = []
        for name, held in (("First", {k: row[3] for k, row in KINDS.items()}), ("Second", {k: row[0] for k, row in OTHER.items()})):
            made = api_as("user1").post(f"/api/v1/{word}", json=values | {title: name} | {names[kind]: value for kind, value in held.items()})
            assert made.status_code == 201, made.text
            ids.append(made.json["id"])
        return names, ids

    return two


@promise("Custom fields / Kinds", "The lists of companies, contacts, contracts and leads are filtered and sorted by each of the seven kinds, by REST as well",
         page="/companies/")  # fmt: skip
@pytest.mark.parametrize("word", PLACES)
def test_lists_are_filtered_and_sorted_by_each_kind(as_user, api_as, two, word):
    names, (first, second) = two(word)
    client, api = as_user("user1"), api_as("user1")
    controls = {control for form in Page(client.get(f"/{word}/").text).forms for control in form.controls}
    for kind, (_other, query) in OTHER.items():
        asked = query.format(names[kind], names[kind])
        assert {part.partition("=")[0] for part in asked.split("&")} <= controls, kind
        assert Page(client.get(f"/{word}/?{asked}").text).rows == [first], kind
        assert [item["id"] for item in api.get(f"/api/v1/{word}?{asked}").json["items"]] == [first], kind
        sorts = [[item["id"] for item in api.get(f"/api/v1/{word}?sort={sign}{names[kind]}").json["items"]] for sign in ("", "-")]
        orders = [[i for i in ids if i in (first, second)] for ids in sorts]
        up = [second, first] if kind in ("date", "numeric", "text", "textarea") else [first, second]
        assert orders == [up, up if kind == "checkbox" else up[::-1]], kind  # what is not ticked is empty, and empty values come last


@promise("Custom fields / Kinds", "A file brings values of each of the seven kinds, with its header or in strict order", page="/companies/import")
@pytest.mark.parametrize("word", PLACES)
def test_a_file_brings_values_of_each_kind(app, tmp_path, two, word):
    names, _ids = two(word)
    desk, rt = Desk(app, tmp_path), TYPES[word]
    head, *rows = csv.reader(io.StringIO(desk.export(word=rt).decode(), newline=""))
    row = next(row for row in rows if "First" in row)
    for title, lines in (("Third", [head]), ("Fourth", [])):
        copy = [title if cell == "First" else f"{title}@example.com" if "@" in cell else cell for cell in row]
        out = io.StringIO()
        csv.writer(out).writerows([*lines, copy])
        desk.take(out.getvalue(), word=rt)
        made = desk.records(rt)[title].custom
        assert {kind: made[name] for kind, name in names.items()} == {kind: row[3] for kind, row in KINDS.items()}, title


@promise("Custom fields / Macros", "Each of the seven kinds of a contract's type stands in its documents by `_custom_XX_`", page="/contracts/templates/")
def test_macros_stand_for_each_kind(work, two, record_factory):
    names, (first, _second) = two("contracts")
    template = record_factory("contracts.template", by="manager1")(name="T", body="_custom_1_")
    with work():
        values = macro_values(db.session.get(Contract, first), db.session.get(ContractTemplate, template.id))
    assert {kind: values[f"custom_{name[1:]}"] for kind, name in names.items()} == {
        "checkbox": "1", "combo": "Gold", "linked": "CAR", "date": "2020-02-29", "numeric": "12.5", "text": "one line", "textarea": "two\nlines",
    }  # fmt: skip


@promise("Custom fields / Kinds", "A combo is a list of options separated by commas", page="/companies/fields/new")
def test_a_combo_takes_only_its_options(world, as_user, send, define):
    name = define("/companies/fields", "Level", "combo", options="Gold, Silver")
    client = as_user("user1")
    form = client.get(f"/companies/{A}/edit").text
    assert '<option value="Gold"' in form
    assert '<option value="Silver"' in form
    assert send(client, f"/companies/{A}/edit", **{name: "Bronze"}).status_code == 422


@promise("Custom fields / Kinds", "A linked list shows the options that belong to the choice above it", page="/companies/fields/new")
def test_a_linked_list_follows_the_one_above(world, as_user, send, define):
    top = define("/companies/fields", "Vehicle", "linked", options="CAR,MOTORBIKE")
    below = define("/companies/fields", "Make", "linked", options="CAR|Seat,CAR|Ford,MOTORBIKE|Honda", parent_id=top[1:])
    last = define("/companies/fields", "Model", "linked", options="Seat|Ibiza,Honda|Goldwing", parent_id=below[1:])
    client = as_user("user1")
    assert send(client, f"/companies/{A}/edit", **{top: "CAR", below: "Honda"}).status_code == 422
    assert send(client, f"/companies/{A}/edit", **{top: "CAR", below: "Seat", last: "Ibiza"}).status_code == 302
    text = Page(client.get(f"/companies/{A}").text).text
    assert [words in text for words in ("CAR", "Seat", "Ibiza")] == [True, True, True]


@promise("Custom fields / Kinds", "Another choice above empties what was chosen below it", page="/companies/2/edit")
def test_another_choice_above_empties_what_is_below(world, as_user, api_as, define):
    top = define("/companies/fields", "Vehicle", "linked", options="CAR,MOTORBIKE")
    below = define("/companies/fields", "Make", "linked", options="CAR|Seat,MOTORBIKE|Honda", parent_id=top[1:])
    api = api_as("user1")
    assert api.patch(f"/api/v1/companies/{A}", json={top: "CAR", below: "Seat"}).status_code == 200
    changed = api.patch(f"/api/v1/companies/{A}", json={top: "MOTORBIKE"}).json
    assert (changed[top], changed[below]) == ("MOTORBIKE", None)


@promise("Custom fields / Kinds", "Numbers and dates take nothing else", page="/companies/2/edit")
def test_numbers_and_dates_take_nothing_else(world, as_user, send, define):
    number, day = define("/companies/fields", "Staff", "numeric"), define("/companies/fields", "Founded", "date")
    refused = send(as_user("user1"), f"/companies/{A}/edit", **{number: "many", day: "2026-02-30"})
    assert refused.status_code == 422
    assert Page(refused.text).form().errors == {number, day}


@promise("Custom fields / Sections", "Fields are grouped in sections, which are made, renamed and removed", page="/companies/fields/sections/")
def test_sections_are_made_renamed_and_removed(world, as_user):
    manager = as_user("manager1")
    place = "/companies/fields/sections/"
    assert manager.post(place, data={"name": "Fleet"}).status_code == 302
    (address,) = Page(manager.get(place).text).posts_to(place + "1")
    assert manager.post(address, data={"name": "Vehicles", "position": "2"}).status_code == 302
    assert 'value="Vehicles"' in manager.get(place).text
    assert manager.post(address, data={"delete": "1"}).status_code == 302
    assert 'value="Vehicles"' not in manager.get(place).text


@promise("Custom fields / Sections", "Each section is a block of its own, on the form and on the company's page", page="/companies/2")
def test_a_section_is_a_block_on_form_and_page(world, as_user, send, define):
    as_user("manager1").post("/companies/fields/sections/", data={"name": "Fleet"})
    name = define("/companies/fields", "Vehicles", "numeric", section_id="1")
    client = as_user("user1")
    assert send(client, f"/companies/{A}/edit", **{name: "12"}).status_code == 302
    for address in (f"/companies/{A}", f"/companies/{A}/edit"):
        text = client.get(address).text
        block = text[text.rindex(">Fleet<") :]
        assert "Vehicles" in block.partition("</section>")[0], address


@promise("Custom fields / Definition", "A required field is asked for when a person saves the form", page="/companies/2/edit")
def test_a_required_field_is_asked_for(world, as_user, send, define):
    name = define("/companies/fields", "Sector", "text", required="1")
    refused = send(as_user("user1"), f"/companies/{A}/edit", comments="x")
    assert (refused.status_code, Page(refused.text).form().errors) == (422, {name})


@promise("Custom fields / Definition", "A default value stands in new forms", page="/companies/new")
def test_a_default_stands_in_new_forms(world, as_user, define):
    name = define("/companies/fields", "Sector", "combo", options="Trade,Health", default="Health")
    assert Page(as_user("user1").get("/companies/new").text).form().data[name] == "Health"


@promise("Custom fields / Definition", "Fields stand in the order that their positions give", page="/companies/new")
def test_fields_stand_in_their_order(world, as_user, define):
    last = define("/companies/fields", "Later", "text", position="9")
    first = define("/companies/fields", "Sooner", "text", position="8")
    text = as_user("user1").get("/companies/new").text
    assert text.index(f'name="{first}"') < text.index(f'name="{last}"')


@promise("Custom fields / Definition", "A field may be shown as a column of the list, or not", page="/companies/")
def test_a_field_may_be_a_column_of_the_list(world, as_user, define):
    define("/companies/fields", "In the list", "text", show_in_list="1")
    define("/companies/fields", "Not there", "text")
    text = as_user("user1").get("/companies/").text
    head = text[text.index("<thead>") : text.index("</thead>")]
    assert ("In the list" in head, "Not there" in head) == (True, False)


@promise("Custom fields / Definition", "The list is filtered by a field, and sorted by it", page="/companies/")
def test_the_list_is_filtered_and_sorted_by_a_field(world, as_user, send, define):
    name = define("/companies/fields", "Staff", "numeric", show_in_list="1", searchable="1")
    client = as_user("manager1")
    for company, number in ((A, "100"), (B, "9")):
        assert send(client, f"/companies/{company}/edit", **{name: number}).status_code == 302
    assert Page(client.get(f"/companies/?{name}_from=50").text).rows == [A]
    assert Page(client.get(f"/companies/?sort={name}").text).rows == [B, A]


@promise("Custom fields / Types", "Types of contract and of lead have fields of their own; others don't have them", page="/contracts/types/1/fields/")
def test_types_have_fields_of_their_own(world, as_user, api_as, define):
    name = define("/contracts/types/1/fields", "Hours", "numeric")
    api = api_as("user1")
    body = {"name": "C", "date_begin": "2026-01-01", "company_id": A, name: "8"}
    assert api.post("/api/v1/contracts", json=body | {"type_id": 1}).status_code == 201
    assert api.post("/api/v1/contracts", json=body | {"type_id": 2}).status_code == 422


@promise("Custom fields / Definition", "A field that is taken away keeps its values", page="/companies/fields/")
def test_a_field_that_is_taken_away_keeps_its_values(world, work, as_user, send, define):
    name = define("/companies/fields", "Sector", "text")
    assert send(as_user("user1"), f"/companies/{A}/edit", **{name: "Trade"}).status_code == 302
    assert as_user("manager1").post(f"/companies/fields/{name[1:]}/retire").status_code == 302
    assert f'name="{name}"' not in as_user("user1").get(f"/companies/{A}/edit").text
    with work():
        assert db.session.get(Company, A).custom[name] == "Trade"


@pytest.fixture
def gone(world, as_user, send, define):
    """The name of a field with a value on Customer #A that was taken away."""
    name = define("/companies/fields", "Sector", "text")
    assert send(as_user("user1"), f"/companies/{A}/edit", **{name: "Trade"}).status_code == 302
    as_user("manager1").post(f"/companies/fields/{name[1:]}/retire")
    return name


@promise("Custom fields / Definition", "A field that was taken away is brought back with its values", page="/companies/fields/")
def test_a_field_that_was_taken_away_is_brought_back(gone, as_user):
    manager, address = as_user("manager1"), f"/companies/fields/{gone[1:]}/restore"
    page = Page(manager.get("/companies/fields/").text)
    assert "Sector" in page.text.partition("Taken away")[2]
    assert address in page.posts_to("/restore")
    assert as_user("user1").post(address).status_code == 403
    assert manager.post(address).status_code == 302
    assert "Trade" in as_user("user1").get(f"/companies/{A}").text
    assert "Taken away" not in manager.get("/companies/fields/").text


@promise("Custom fields / Definition", "A field that was taken away is deleted for good with its values, which history keeps", page="/companies/fields/")
@pytest.mark.both_databases
def test_a_field_that_was_taken_away_is_deleted_for_good(gone, work, as_user):
    admin, address = as_user("admin"), f"/companies/fields/{gone[1:]}/purge"
    asked = Page(admin.get(f"/companies/fields/?asked={gone[1:]}").text)
    assert "The value of 1 record goes with it." in asked.text
    assert address in asked.posts_to("/purge")
    assert as_user("user1").post(address).status_code == 403
    assert admin.post(address).status_code == 302
    assert "Taken away" not in admin.get(f"/companies/fields/?asked={gone[1:]}").text
    with work():
        assert gone not in db.session.get(Company, A).custom
    history = Page(as_user("user1").get(f"/companies/{A}?tab=history").text).text
    assert "Administrator changed: Sector Trade → –" in history
    assert "user1 changed: Sector – → Trade" in history


@promise("Custom fields / Definition", "While records hold values in a field that was taken away, superadmins alone delete it for good", page="/companies/fields/")
def test_superadmins_alone_delete_a_field_with_values(gone, work, as_user, define):
    manager, place = as_user("manager1"), "/companies/fields"
    refusal = "Records hold values in “Sector”. Only a superadmin deletes it for good; ask one, or bring it back."
    asked = Page(manager.get(f"{place}/?asked={gone[1:]}").text)
    assert (refusal in asked.text, asked.posts_to("/purge")) == (True, [])
    refused = manager.post(f"{place}/{gone[1:]}/purge")
    assert (refused.status_code, refusal in Page(refused.text).text) == (403, True)
    with work():
        assert db.session.get(Company, A).custom[gone] == "Trade"
    empty = define(place, "Never filled", "text")
    manager.post(f"{place}/{empty[1:]}/retire")
    assert f"{place}/{empty[1:]}/purge" in Page(manager.get(f"{place}/?asked={empty[1:]}").text).posts_to("/purge")
    assert manager.post(f"{place}/{empty[1:]}/purge").status_code == 302
    assert Page(manager.get(f"{place}/").text).posts_to("/restore") == [f"{place}/{gone[1:]}/restore"]


@promise("Custom fields / Definition", "How many records hold a value is said before a field is deleted for good; above 1,000 not exactly", page="/companies/fields/")
def test_values_are_counted_only_before_a_field_is_deleted_and_only_so_far(gone, as_user, count_queries, monkeypatch):
    client, place = as_user("admin"), "/companies/fields/"

    def looks(address):
        with count_queries() as seen:
            assert client.get(address).status_code == 200
        return [s for s in seen.statements if f"'{gone}'" in s or f"'$.{gone}'" in s]

    assert looks(place) == []
    assert ["LIMIT" in s for s in looks(f"{place}?asked={gone[1:]}")] == [True]
    monkeypatch.setattr(services, "MOST_COUNTED", 0)
    assert "The values of more than 0 records go with it." in Page(client.get(f"{place}?asked={gone[1:]}").text).text


@promise("Custom fields / Definition", "Where another kind writes a value anew, the record's history keeps the old one", page="/companies/fields/")
@pytest.mark.parametrize(("kind", "typed", "change"), [("text", "007", ["007", "7"]), ("checkbox", "1", [True, "1"])])
def test_history_keeps_what_another_kind_wrote_anew(world, work, as_user, send, define, kind, typed, change):
    name = define("/companies/fields", "Staff", kind)
    assert send(as_user("user1"), f"/companies/{A}/edit", **{name: typed}).status_code == 302
    manager = as_user("manager1")
    answer = send(manager, f"/companies/fields/{name[1:]}/edit", kind="numeric")
    assert answer.status_code == 302, Page(answer.text).text
    assert "manager1 changed: Staff" in Page(manager.get(f"/companies/{A}?tab=history").text).text
    with work():
        told = select(HistoryEntry.changes).where(HistoryEntry.record_type == "companies.company", HistoryEntry.record_id == A)
        assert db.session.scalars(told.order_by(HistoryEntry.id.desc()).limit(1)).one() == {name: change}


@promise("Custom fields / Definition", "A list that others depend on stays until they are gone, and comes back before them", page="/companies/fields/")
def test_what_stands_in_the_way_of_a_field_is_said(world, as_user, define):
    manager, place = as_user("manager1"), "/companies/fields"

    def says(field, verb):
        return Page(manager.post(f"{place}/{field[1:]}/{verb}", follow_redirects=True).text).text

    top = define(place, "Vehicle", "linked", options="CAR,MOTORBIKE")
    below = define(place, "Make", "linked", options="CAR|Seat,MOTORBIKE|Honda", parent_id=top[1:])
    assert "Lists depend on it: Make. Remove those first." in says(top, "retire")
    for field in (below, top):
        assert "is gone from forms and lists" in says(field, "retire")
    assert "Lists depend on it: Make. Remove those first." in says(top, "purge")
    assert "It depends on “Vehicle”. Bring that back first." in says(below, "restore")
    define(place, "Vehicle", "text")
    assert "Give that one another label first." in says(top, "restore")


@promise("Custom fields / Definition", "Everybody with the CRM reads the definitions; CRM Manage changes them", page="/companies/fields/")
def test_definitions_are_changed_with_crm_manage(world, as_user):
    client = as_user("user1")
    assert client.get("/companies/fields/").status_code == 200
    assert client.get("/companies/fields/new").status_code == 403
    assert client.post("/companies/fields/new", data={"label": "X", "kind": "text"}).status_code == 403
