"""Companies on pages, in REST and in files: what the engine makes of the declaration, where companies differ from others."""

import re
from pathlib import Path

import pytest

from core.db import db
from core.identity.services import disable_user, find_user
from core.records import why
from core.records.services import update_record
from plugins.companies.models import Company
from plugins.companies.records import COMPANY
from plugins.companies.services import associates_of

ROOT = Path(__file__).parents[3]
HEADER = (
    "name,address,fiscal_id,country,website,comments,id_company_role,id_parent,manager,last_update,payment_conditions,billing,"
    "Office Phone,General email"
)


def form_of(client, url):
    """The values that a form holds as it is opened."""
    page = client.get(url).get_data(as_text=True)
    form = page[page.index('<form method="post"') if '<form method="post"' in page else 0 :]
    values = dict(re.findall(r'<input type="(?:hidden|text|url|email|tel)"[^>]*?name="(\w+)"[^>]*?value="([^"]*)"', form))
    values |= dict.fromkeys(re.findall(r'<textarea[^>]*name="(\w+)"', form), "")
    for name, inside in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.findall(r'<option value="([^"]*)" selected', inside)
        values[name] = chosen if name == "associate_ids" else (chosen or [""])[0]
    return values


def test_the_manuals_header_comes_first_and_in_its_order(world, as_user):
    body = as_user("user1").get("/companies/export.csv").get_data(as_text=True)
    assert body.splitlines()[0] == HEADER
    assert re.search(r"Customer #A,,,,,,,1,user1,\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,30,0.00,,", body)


def test_the_menu_names_what_the_manual_names(world, as_user):
    page = as_user("manager1").get("/companies/").get_data(as_text=True)
    for label in ("Companies", "Company roles", "Company custom fields", "Company custom fields sections"):
        assert f">{label}<" in page, label


def test_a_disabled_manager_and_associate_survive_an_edit(world, work, as_user):
    with work("admin") as admin:
        update_record(COMPANY, db.session.get(Company, 2), {"associate_ids": [world.users["user2"]]}, admin, confirmed=True)
        disable_user(find_user("user1"))
        disable_user(find_user("user2"))
    client = as_user("manager1")
    values = form_of(client, "/companies/2/edit") | {"comments": "Seen"}
    assert (values["manager_id"], values["associate_ids"]) == (str(world.users["user1"]), [str(world.users["user2"])])
    answer = client.post("/companies/2/edit", data=values)
    assert answer.status_code == 302
    with work():
        assert db.session.get(Company, 2).manager_id == world.users["user1"]
        assert associates_of(2) == [world.users["user2"]]


def test_a_parent_out_of_sight_is_plain_text_and_survives_an_edit(world, as_user, record_factory):
    secret = record_factory("companies.company")(name="Hidden Holding", parent_id=None)
    firm = record_factory("companies.company")(name="Child", parent_id=secret.id, manager_id=world.users["user1"])
    client = as_user("user1")
    page = client.get(f"/companies/{firm.id}").get_data(as_text=True)
    assert "Hidden Holding" in page
    assert f'href="/companies/{secret.id}"' not in page
    values = form_of(client, f"/companies/{firm.id}/edit")
    assert values["parent_id"] == str(secret.id)
    answer = client.post(f"/companies/{firm.id}/edit", data=values | {"comments": "Seen"})
    assert answer.status_code == 302
    refused = client.post(f"/companies/{world.companies['Customer #A']}/edit", data=form_of(client, "/companies/2/edit") | {"parent_id": str(secret.id)})
    never = client.post(f"/companies/{world.companies['Customer #A']}/edit", data=form_of(client, "/companies/2/edit") | {"parent_id": "99999"})
    assert (refused.status_code, never.status_code) == (422, 422)
    same = [re.sub(f"99999|{secret.id}", "N", re.findall(r"“\d+” was not found", a.get_data(as_text=True))[0]) for a in (refused, never)]
    assert same[0] == same[1]


def test_the_form_says_who_loses_sight_before_it_happens(world, work, as_user):
    client = as_user("user1")
    values = form_of(client, "/companies/2/edit")
    asked = client.post("/companies/2/edit", data=values | {"parent_id": ""})
    assert asked.status_code == 409
    assert "No longer see this company: manager1" in asked.get_data(as_text=True)
    with work():
        assert db.session.get(Company, 2).parent_id == 1
    done = client.post("/companies/2/edit", data=values | {"parent_id": "", "confirm": "sight"})
    assert done.status_code == 302
    assert as_user("manager1").get("/companies/2").status_code == 404


def test_rest_answers_409_with_who_loses_sight_until_it_is_confirmed(world, api_as):
    api = api_as("admin")
    asked = api.patch("/api/v1/companies/2", json={"parent_id": None})
    assert asked.status_code == 409
    assert "manager1" in asked.get_data(as_text=True)
    assert api.patch("/api/v1/companies/2?confirm=sight", json={"parent_id": None}).status_code == 200


def test_rest_makes_companies_with_the_defaults_of_absent_keys(world, api_as):
    api = api_as("user1")
    made = api.post("/api/v1/companies", json={"name": "New", "website": "new.example"})
    assert made.status_code == 201
    item = made.json
    assert (item["parent_id"], item["payment_conditions"], item["website"]) == (1, 30, "https://new.example")
    assert api.post("/api/v1/companies", json={"name": "Alone", "parent_id": None}).json["parent_id"] is None
    assert api.post("/api/v1/companies", json={"name": "Bad", "payment_conditions": 366}).status_code == 422


def test_a_filter_by_what_is_out_of_sight_gives_no_row_and_no_error(world, as_user):
    client = as_user("user1")
    for query in ("manager_id=1", "parent_id=99999", "role_id=2"):
        assert client.get(f"/companies/export.csv?{query}").get_data(as_text=True).splitlines() == [HEADER], query


@pytest.mark.both_databases
@pytest.mark.parametrize("sort", ["name", "-last_update", "role_id", "-manager_id", "country", "billing", "-id", "fiscal_id"])
def test_lists_sort_by_each_column(world, as_user, sort):
    for login in ("admin", "manager1"):
        assert as_user(login).get(f"/companies/?sort={sort}").status_code == 200


@pytest.mark.both_databases
def test_a_city_is_found_in_its_own_column_by_way_of_the_indexed_text(world, as_user, record_factory, count_queries):
    malaga = record_factory(COMPANY)(name="Bodega Sur", city="Málaga")
    elsewhere = record_factory(COMPANY)(name="Malaga Freight", city="Porto")
    with count_queries() as asked:
        page = as_user("admin").get("/companies/?city=malaga").text
    assert f'data-id="{malaga.id}"' in page
    assert f'data-id="{elsewhere.id}"' not in page
    assert any("search_text" in statement for statement in asked.statements)  # alone, the column would be folded row by row


def test_what_several_statistics_tell_of_managers_is_asked_once(world, as_user, count_queries):
    client = as_user("user1")
    with count_queries() as asked:
        client.get("/companies/statistics")
    assert sum("GROUP BY companies_company.manager_id" in statement for statement in asked.statements) == 1


def test_the_tree_shows_parents_and_children_that_are_seen(world, as_user, record_factory):
    record_factory("companies.company")(name="Grandchild", parent_id=2, manager_id=world.users["user1"])
    record_factory("companies.company")(name="Nobody's", parent_id=2, manager_id=world.users["admin"])
    page = as_user("user1").get("/companies/2").get_data(as_text=True)
    tree = page[page.index('id="tree-h"') :].split("</section>")[0]
    assert "Grandchild" in tree
    assert "Nobody" not in tree
    assert "My Company" in tree


def test_why_tells_each_rule_in_words(world, as_user):
    page = as_user("user1").get("/companies/2/access?user=manager1").get_data(as_text=True)
    assert "Belongs to the manager&#39;s own company" in page
    assert as_user("user1").get("/companies/3/access").status_code == 403


def test_whose_rights_are_told_is_picked_among_all_who_are_active(world, as_user, record_factory, monkeypatch):
    monkeypatch.setattr(why, "MOST", 1)  # the person asked about may stand beyond those who are listed
    client = as_user("user1")
    page = client.get("/companies/2/access").text
    assert '<option value="user1" selected>' in page  # one asks about oneself first
    assert 'data-url="/companies/2/access/people"' in page
    offered = {one["value"]: one for one in client.get("/companies/2/access/people?q=1").json["items"]}
    assert {"user1", "manager1"} <= set(offered)
    assert "user2" not in offered
    for login, words in (("manager1", "sees and may change it"), ("user2", "does not see it")):
        page = client.get(f"/companies/2/access?user={login}").text
        assert f"{offered.get(login, {'text': 'user2'})['text']} {words}" in page
        assert f'<option value="{login}" selected>' in page
    assert client.get("/companies/2/access?user=nobody").status_code == 200
    assert as_user("user1").get("/companies/3/access/people?q=1").status_code == 403
    assert as_user("user2").get("/companies/2/access/people?q=1").status_code == 404


def test_the_offer_to_tell_who_sees_a_record_is_made_to_whoever_may_edit_it_as_the_readme_says(world, as_user):
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert "Each record tells whoever may edit it who sees it, and why." in readme
    offer = 'href="/companies/2/access"'
    assert (offer in as_user("user1").get("/companies/2").text) is True
    assert ('href="/companies/3/access"' in as_user("user1").get("/companies/3").text) is False


def test_the_address_of_a_user_has_his_own_company(world, as_user):
    page = as_user("admin").get(f"/setup/users/{world.users['user1']}").get_data(as_text=True)
    assert "Own company" in page
    assert "My Company" in page


def test_what_looks_wrong_is_said_beside_the_value_until_it_is_right_and_refuses_nothing(world, as_user, api_as):
    client, doubt = as_user("user1"), "the length or the check digit is wrong"
    values = form_of(client, "/companies/2/edit")
    assert client.post("/companies/2/edit", data=values | {"country": "ES", "fiscal_id": "B99000019"}).status_code == 302
    page = client.get("/companies/2").text
    assert page.count(doubt) == 2  # in a toast, once, and below the value
    for url in ("/companies/2", "/companies/2/edit"):
        page = client.get(url).text
        assert len(re.findall(rf'class="doubt"[^>]*>.*?{doubt}', page, re.S)) == page.count(doubt) == 1, url
    assert 'aria-describedby="f-fiscal_id_d' in client.get("/companies/2/edit").text
    reply = api_as("user1").patch("/api/v1/companies/2", json={"comments": "what was said is not said again"}).json
    assert not reply.get("warnings")
    refused = client.post("/companies/2/edit", data=form_of(client, "/companies/2/edit") | {"name": "", "fiscal_id": "B99000010"})
    assert (refused.status_code, doubt in refused.text) == (422, False)
    assert client.post("/companies/2/edit", data=form_of(client, "/companies/2/edit") | {"fiscal_id": "B99000010"}).status_code == 302
    assert doubt not in client.get("/companies/2").text + client.get("/companies/2/edit").text


def test_an_address_stands_once_on_the_page_and_whole_or_in_parts_in_the_form(world, as_user, record_factory):
    make = record_factory("companies.company")
    written = make(street="Calle Mayor 7", postcode="48240", city="Berriz", province="Bizkaia", parent_id=1)
    typed = make(address="Calle Nueva 1", parent_id=1)
    page = as_user("admin").get(f"/companies/{written.id}").text
    for part in ("Calle Mayor 7", "48240", "Berriz", "Bizkaia"):
        assert page.count(part) == 1, part
    assert as_user("admin").get(f"/companies/{typed.id}").text.count("Calle Nueva 1") == 1
    assert form_of(as_user("admin"), f"/companies/{written.id}/edit")["city"] == "Berriz"


def test_payment_conditions_are_days(world, as_user, work):
    with work("admin") as admin:
        update_record(COMPANY, db.session.get(Company, 2), {"payment_conditions": 1}, admin)
    assert "<dd>1 day</dd>" in as_user("admin").get("/companies/2").text
    assert "<dd>30 días</dd>" in as_user("admin").get("/companies/3", headers={"Accept-Language": "es"}).text
    assert form_of(as_user("admin"), "/companies/3/edit")["payment_conditions"] == "30"
