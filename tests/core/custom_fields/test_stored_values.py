"""Values of custom fields of each kind, and what stays of them when the kind is changed: nothing that is stored breaks a page."""

import re

import pytest

from core.addons.runtime import runtime
from core.custom_fields.services import create_field
from core.testing.contracts.stage import steady

GOOD = {
    "checkbox": "1", "combo": "red", "linked": "top", "date": "2026-11-24", "numeric": "-1234.5", "text": "020", "textarea": "a\nb",
    "url": "https://example.com/", "email": "a@example.com", "user": "2", "company": "2",
}  # fmt: skip
OPTIONS = {"combo": "red,green", "linked": "top"}
ODD = (
    "abc", "²", "2026-13-45", "-", "--1", "1.2.3", "NaN", "1e400", "99999999999999999999", "-7.25", "5", 2, True, "2026-11-24", "'x\"%s$.f1",
)  # fmt: skip
"""Values that may lie under a field from when it was of another kind."""


@pytest.fixture
def fields(app, world, work):
    """The ids of custom fields of companies, one of each kind, by kind."""
    with work():
        known = runtime().parts["field_kinds"]
        assert set(GOOD) == set(known)
        return {
            kind: create_field(
                "companies.company",
                None,
                {"label": f"Of {kind}", "kind": kind, "options": OPTIONS.get(kind, ""), "searchable": "1", "show_in_list": "1"},
            ).id
            for kind in known
        }


def everything(client, api, fields, record_id, values):
    """Each way to see the values, and each filter and order: none may fail."""
    names = {kind: f"f{i}" for kind, i in fields.items()}
    pages = ["/companies/", f"/companies/{record_id}", f"/companies/{record_id}/edit", f"/companies/{record_id}?tab=history"]
    pages += ["/companies/export.csv", "/companies/export.csv?purpose=spreadsheet"]
    for kind, name in names.items():
        pages += [f"/companies/?sort={name}", f"/companies/?sort=-{name}", f"/companies/?columns={name},name"]
        pages += [f"/companies/?{name}=-"] if kind not in ("numeric", "date") else []
        value = values.get(name, "")
        pages += [f"/companies/?{name}={value}"] if kind in ("user", "company", "numeric", "date") else [f"/companies/?{name}=1"]
        if kind in ("numeric", "date"):
            pages += [f"/companies/?{name}_from={value}&{name}_to={value}"]
    bad = [(page, code) for page in pages if (code := status(client, page)) != 200]
    bad += [(page, code) for page in ("/api/v1/companies", f"/api/v1/companies/{record_id}") if (code := status(api, page)) != 200]
    assert bad == []


def status(client, page):
    with client.get(page) as answer:
        assert answer.data
        return answer.status_code


@pytest.mark.both_databases
def test_every_kind_is_listed_filtered_sorted_shown_and_exported(app, world, fields, as_user, api_as, record_factory):
    api, client = api_as("admin"), as_user("admin")
    values = {f"f{i}": GOOD[kind] for kind, i in fields.items()}
    sent = values | {f"f{fields['checkbox']}": True, f"f{fields['user']}": 2, f"f{fields['company']}": 2}
    made = api.post("/api/v1/companies", json={"name": "Kinds", **sent})
    assert made.status_code == 201, made.text
    everything(client, api, fields, made.json["id"], values)
    for kind in ("user", "company", "numeric", "date", "combo", "text"):
        name = f"f{fields[kind]}"
        found = api.get("/api/v1/companies", query_string={name: values[name]})
        assert [item["name"] for item in found.json["items"]] == ["Kinds"], kind
    page = client.get(f"/companies/{made.json['id']}").text
    assert "user1" in page
    assert "Customer #A" in page
    assert "24 Nov" in page


@pytest.mark.both_databases
def test_numbers_sort_and_filter_by_value_whatever_else_lies_under_the_field(app, world, fields, work, api_as, record_factory):
    make = record_factory("companies.company")
    name = f"f{fields['numeric']}"
    with work():
        for n, value in enumerate(["10", "9", "-2.5", *ODD]):
            make(name=f"No {n}", parent_id=1).custom = {name: value}
    api = api_as("admin")
    page = api.get("/api/v1/companies", query_string={"sort": name, "limit": 100}).json["items"]
    assert [str(item[name]) for item in page][:6] == ["-7.25", "-2.5", "2", "5", "9", "10"]
    found = api.get("/api/v1/companies", query_string={f"{name}_from": "9", "sort": name}).json["items"]
    assert [item[name] for item in found] == ["9", "10"]


@pytest.mark.both_databases
def test_values_that_do_not_fit_a_changed_kind_are_plain_text(app, world, fields, work, as_user, api_as, record_factory):
    make = record_factory("companies.company")
    with work():
        ids = []
        for n, odd in enumerate(ODD):
            record = make(name=f"Odd {n}", parent_id=1)
            record.custom = {f"f{i}": odd for i in fields.values()}
            ids.append(record.id)
    client, api = as_user("admin"), api_as("admin")
    for record_id, odd in zip(ids[:1], ODD[:1], strict=True):
        everything(client, api, fields, record_id, {f"f{fields[k]}": GOOD[k] for k in ("numeric", "date", "user", "company")})
        page = client.get(f"/companies/{record_id}").text
        assert page.count(odd) >= len(fields) - 1  # a checkbox says Yes
    bad = [i for i in ids for page in (f"/companies/{i}", f"/companies/{i}/edit") if status(client, page) != 200]
    assert bad == []
    listed = client.get("/companies/?limit=100").text
    assert listed.count("abc") >= len(fields) - 1


@pytest.mark.parametrize("odd", ["Old name", "77777777"])
def test_a_form_keeps_what_names_nothing_any_more(odd, app, world, fields, work, as_user, record_factory):
    names = [f"f{fields[kind]}" for kind in ("user", "company")]
    with work():
        record = record_factory("companies.company")(name="Kept", parent_id=1)
        record.custom = dict.fromkeys(names, odd)
        at = record.id
    client = as_user("admin")
    page = client.get(f"/companies/{at}/edit").text
    chosen = re.findall(r'<option value="([^"]*)" selected>[^<]*no longer offered', page)
    assert chosen == [odd, odd]
    version = re.search(r'name="version" value="(\d+)"', page)[1]
    saved = client.post(f"/companies/{at}/edit", data={"name": "Kept, renamed", "version": version, **dict.fromkeys(names, odd)})
    assert saved.status_code == 302
    page = client.get(f"/companies/{at}").text
    assert "Kept, renamed" in page
    assert page.count(odd) >= len(names)


def test_a_formula_under_a_number_is_neutralised_in_files(app, world, fields, work, as_user, record_factory):
    with work():
        record_factory("companies.company")(name="Calc", parent_id=1).custom = {f"f{i}": "=1+cmd|' /C calc'!A0" for i in fields.values()}
    with as_user("admin").get("/companies/export.csv") as answer:
        text = answer.text
    assert "=1+cmd" in text
    assert ",=1+cmd" not in text
    assert ',"=1+cmd' not in text


STORED = {"checkbox": True, "numeric": "-1234.5", "user": 2, "company": 2}
"""What records hold of GOOD, where that is not the text itself."""


@pytest.mark.parametrize("kind", GOOD)
@pytest.mark.both_databases
def test_a_default_of_each_kind_is_what_a_new_record_holds(kind, world, as_user, api_as):
    definition = {"label": "Given", "kind": kind, "options": OPTIONS.get(kind, ""), "default": GOOD[kind].replace("\n", " ")}
    admin, api = as_user("admin"), api_as("user1")
    assert admin.post("/companies/fields/new", data=definition).status_code == 302
    made = api.post("/api/v1/companies", json={"name": "New"}).json
    name = [n for n in made if n[0] == "f" and n[1:].isdigit()][-1]  # what is new stands after the others
    typed = {"name": "Typed", name: STORED.get(kind, definition["default"])}
    assert made[name] == api.post("/api/v1/companies", json=typed).json[name]
    field_id = name[1:]
    for more in ({}, {"kind": "text"}, {"kind": kind}):
        assert admin.post(f"/companies/fields/{field_id}/edit", data=definition | more | {"confirm": "values"}).status_code == 302
    refused = admin.post("/companies/fields/new", data=definition | {"label": "Other", "default": "no\\such"})
    assert refused.status_code == (302 if kind in ("text", "textarea") else 422)


@pytest.mark.both_databases
def test_a_default_that_refers_may_be_out_of_the_sight_of_who_makes_a_record_and_not_of_who_chooses_it(world, as_user, api_as):
    other, hidden = (api_as("admin").post("/api/v1/companies", json={"name": n, "parent_id": None}).json["id"] for n in ("Other", "Reserved"))
    definition = {"label": "Partner", "kind": "company", "default": "Reserved"}
    manager = as_user("manager1")
    assert manager.post("/companies/fields/new", data=definition).status_code == 422
    assert as_user("admin").post("/companies/fields/new", data=definition).status_code == 302
    field = as_user("admin").get("/companies/fields/").text
    field_id = re.search(r"/companies/fields/(\d+)/edit\">Partner<", field)[1]
    kept = definition | {"default": str(hidden), "label": "Partner, renamed"}
    assert manager.post(f"/companies/fields/{field_id}/edit", data=kept).status_code == 302
    page = as_user("user1").get("/companies/new").text
    assert f'value="{hidden}" selected' in page
    saved = as_user("user1").post("/companies/new", data={"name": "Typed", f"f{field_id}": str(hidden), "parent_id": "1"})
    assert saved.status_code == 302
    assert api_as("user1").post("/api/v1/companies", json={"name": "Sent"}).json[f"f{field_id}"] == hidden
    guessed = as_user("user1").post("/companies/new", data={"name": "Typed", f"f{field_id}": str(other), "parent_id": "1"})
    assert guessed.status_code == 422


@pytest.mark.both_databases
def test_asking_which_values_fit_asks_the_same_for_few_and_many(app, world, work, api_as, count_queries):
    from core.custom_fields.services import find_definition, values_that_do_not_fit

    with work():
        field = create_field("companies.company", None, {"label": "Noted", "kind": "text"}).id
    counts = []
    for number in (2, 20):
        for n in range(number):
            api_as("admin").post("/api/v1/companies", json={"name": f"No. {n}", f"f{field}": str(n + 1) if n % 2 else f"word {number} {n}"})
        with work():
            definition = find_definition("companies.company", field)
            new = {"label": "Noted", "kind": "company", "options": "", "parent_id": None}
            values_that_do_not_fit(definition, new)  # statements are built and kept the first time
            steady(app)
            with count_queries() as asked:
                lost = values_that_do_not_fit(definition, new)
            counts.append(asked.count)
            assert ("2", 1) not in lost
            assert [value for value, _n in lost if value.startswith("word")] != []
    assert counts[0] == counts[1]
