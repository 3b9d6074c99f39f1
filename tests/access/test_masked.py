"""References that pages mask, at every way out and in: who can't see a private contract learns neither its name nor its id.

The table is all record types' masked references, so that the next one is tested too.
"""

import csv
import io

import pytest

from core.fields.references import Ref
from core.testing.contracts.html import Page
from tests.core.records.imports import Desk

SECRET = "PRI-SECRET"
MASKED = {
    ("invoices.invoice", "contract_id"): {"invoice_create_date": "2026-01-15", "lines": [{"concept": "Service", "unit_price": "1"}]},
    ("contracts.contract", "related_contract_id"): {"name": "Renewed", "date_begin": "2026-01-20"},
}
"""Each masked reference, with what a record that has one is made of."""


@pytest.fixture(params=sorted(MASKED), ids=".".join)
def told(request, api_as, world):
    """A record that user1 edits, and its reference to a contract that went to another house and became private there."""
    name, field = request.param
    api, company = api_as("admin"), world.companies["Customer #A"]
    path = "/api/v1/" + name.split(".")[1] + "s"
    contract = {"company_id": company, "date_begin": "2026-01-20"}
    for title in ("One", "Two", "Three", SECRET):  # so that the secret's id is none that a page holds for another reason
        secret = api.post("/api/v1/contracts", json=contract | {"name": title}).json["id"]
    made = api.post(path, json=MASKED[request.param] | {"company_id": company, field: secret})
    assert made.status_code == 201, made.json
    house = api.post("/api/v1/companies", json={"name": "Reserved", "parent_id": None}).json["id"]
    assert api.patch(f"/api/v1/contracts/{secret}", json={"company_id": house, "private": True}).status_code == 200
    return name, field, path, made.json["id"], secret


def test_the_table_names_every_masked_reference(app):
    from core.addons.runtime import runtime

    with app.app_context():
        types = runtime().record_types.values()
        assert set(MASKED) == {(rt.name, f.name) for rt in types for f in rt.fields if isinstance(f.kind, Ref) and f.kind.masked}


@pytest.mark.both_databases
def test_rest_gives_a_reference_out_of_sight_as_empty(told, api_as):
    _name, field, path, record_id, secret = told
    for login, expected in (("admin", secret), ("user1", None)):
        api = api_as(login)
        assert api.get(f"{path}/{record_id}").json[field] == expected
        assert {item["id"]: item[field] for item in api.get(path).json["items"]}[record_id] == expected


@pytest.mark.both_databases
def test_files_leave_a_reference_out_of_sight_empty(told, as_user):
    _name, field, path, record_id, secret = told
    for login, expected in (("admin", str(secret)), ("user1", "")):
        for layout in ("manual", "full"):
            reply = as_user(login).get(f"{path.removeprefix('/api/v1')}/export.csv?layout={layout}")
            rows = list(csv.DictReader(io.StringIO(reply.text)))
            assert login == "admin" or SECRET not in reply.text
            for column in {field, field.removesuffix("_id")} & set(rows[0]) - {"contract"}:  # that one holds words
                assert expected in [row[column] for row in rows if layout == "manual" or row["id"] == str(record_id)]
                assert login == "admin" or {row[column] for row in rows} == {""}


@pytest.mark.both_databases
def test_nothing_is_found_by_a_reference_out_of_sight(told, as_user, api_as):
    name, field, path, record_id, secret = told
    if not next(f for f in _fields(as_user, name) if f.name == field).filter:
        assert api_as("user1").get(f"{path}?{field}={secret}").status_code == 400
        return
    for login, expected in (("admin", [record_id]), ("user1", [])):
        assert [item["id"] for item in api_as(login).get(f"{path}?{field}={secret}").json["items"]] == expected
        listed = as_user(login).get(f"{path.removeprefix('/api/v1')}/?{field}={secret}").text
        assert (f"/{record_id}\"" in listed) == (login == "admin")


@pytest.mark.both_databases
def test_what_is_sent_back_empty_or_guessed_leaves_a_reference_out_of_sight_as_it_is(told, api_as, as_user):
    _name, field, path, record_id, secret = told
    api, admin = api_as("user1"), api_as("admin")
    whole = api.get(f"{path}/{record_id}").json
    assert api.patch(f"{path}/{record_id}", json={field: whole[field], "description": "Seen"}).status_code == 200
    assert admin.get(f"{path}/{record_id}").json[field] == secret
    right, wrong = (api.patch(f"{path}/{record_id}", json={field: guess}) for guess in (secret, 999_999))
    assert right.status_code == wrong.status_code == 422
    assert right.json["errors"][field] == [wrong.json["errors"][field][0].replace("999999", str(secret))]
    assert admin.patch(f"{path}/{record_id}", json={field: None}).json[field] is None


def test_the_form_and_its_answers_tell_no_reference_out_of_sight(told, as_user, api_as):
    _name, field, path, record_id, secret = told
    page = f"{path.removeprefix('/api/v1')}/{record_id}/edit"
    client, admin = as_user("user1"), as_user("admin")
    assert f'value="{secret}" selected>{SECRET}' in admin.get(page).text
    form = client.get(page).text
    assert SECRET not in form
    assert f'value="{secret}"' not in form
    assert "private contract" in form
    version = api_as("user1").get(f"{path}/{record_id}").json["version"]
    assert client.post(page, data={field: "", "description": "Typed", "version": version}).status_code == 302
    record = api_as("admin").get(f"{path}/{record_id}").json
    assert (record[field], record["description"]) == (secret, "Typed")
    answers = [client.post(page, data={field: guess}) for guess in (str(secret), "999999")]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert SECRET not in answers[0].text


def test_putting_back_what_was_before_tells_no_reference_out_of_sight(told, as_user, api_as):
    _name, field, path, record_id, secret = told
    assert api_as("admin").patch(f"{path}/{record_id}", json={field: None}).status_code == 200
    for login in ("admin", "user1"):
        client = as_user(login)
        history = client.get(f"{path.removeprefix('/api/v1')}/{record_id}?tab=history").text
        form = client.get(next(link for link in Page(history).links if "back=" in link)).text
        assert [f'value="{secret}"' in form, SECRET in form] == [login == "admin"] * 2, login


def test_pages_lead_to_no_reference_out_of_sight(told, as_user):
    _name, field, path, record_id, secret = told
    home = path.removeprefix("/api/v1")
    assert "private contract" in as_user("user1").get(f"{home}/{record_id}").text
    for page in (f"{home}/{record_id}", f"{home}/{record_id}?tab=history", f"{home}/?columns={field}", "/companies/2"):
        text = as_user("user1").get(page).text
        assert f"/contracts/{secret}" not in text, page
        assert SECRET not in text, page


def test_a_conflict_tells_no_reference_out_of_sight(told, api_as, as_user):
    _name, field, path, record_id, secret = told
    admin, api = api_as("admin"), api_as("user1")
    seen = admin.post("/api/v1/contracts", json={"name": "Open", "company_id": 2, "date_begin": "2026-01-20"}).json["id"]
    assert admin.patch(f"{path}/{record_id}", json={field: None}).status_code == 200
    version = api.get(f"{path}/{record_id}").json["version"]
    assert admin.patch(f"/api/v1/contracts/{secret}", json={"company_id": 2}).status_code == 200
    assert admin.patch(f"{path}/{record_id}", json={field: secret}).status_code == 200
    house = next(c["id"] for c in admin.get("/api/v1/companies?q=Reserved").json["items"])
    assert admin.patch(f"/api/v1/contracts/{secret}", json={"company_id": house}).status_code == 200
    clash = api.patch(f"{path}/{record_id}", json={field: seen, "version": version})
    assert clash.status_code == 409
    (row,) = clash.json["fields"]
    assert row == {"field": field, "before": None, "theirs": None, "yours": seen}
    page = as_user("user1").post(f"{path.removeprefix('/api/v1')}/{record_id}/edit", data={field: str(seen), "version": version})
    assert page.status_code == 409
    assert SECRET not in page.text
    assert "private contract" in page.text


def test_an_import_neither_empties_a_reference_out_of_sight_nor_says_whether_a_guess_is_right(told, app, tmp_path, api_as):
    name, field, path, record_id, secret = told
    desk = Desk(app, tmp_path)
    with app.app_context():
        if not desk.rt(name).importable:
            return
    usual = {"word": name, "login": "user1", "duplicates": "update", "match": "name"}
    column = field.removesuffix("_id")
    desk.take(f"name,description,{column}\nRenewed,Imported,\n", erase=(column,), **usual)
    record = api_as("admin").get(f"{path}/{record_id}").json
    assert (record[field], record["description"]) == (secret, "Imported")
    said = [desk.say(f"name,{column}\nRenewed,{guess}\n", **usual) for guess in (secret, 999_999)]
    assert [(s.bad, s.problems) for s in said] == [(1, [(2, column, "reference")])] * 2


def _fields(as_user, name):
    from core.addons.runtime import runtime

    with as_user("admin").application.app_context():
        return runtime().record_types[name].fields
