"""The same table at every entrance: page, form, list, CSV, REST, global search. Each tells exactly what the rules say, and no more."""

import csv
import io
from pathlib import Path

import pytest

from core.db import db
from core.identity.services import disable_user, find_user

from .staging import COLUMNS, SYSTEM, Stage
from .table import HEAD, ROWS

pytestmark = pytest.mark.xdist_group("decision table")  # put on the stage by one worker
LEVELS = {"-": 0, "view": 1, "edit": 2, "delete": 3}
NOWHERE = 2_000_000


@pytest.mark.both_databases
def test_pages_lists_files_rest_and_search_agree_with_the_table(cells, as_user, bearer):
    wrong = []
    gone = {}
    for cell in cells:
        if cell.disabled:
            continue  # can't come in at all: tested below
        level, login, firm_id, name, column = LEVELS[cell.expected], cell.login, cell.firm_id, cell.firm_name, cell.column
        client = as_user(login)
        page = client.get(f"/companies/{firm_id}")
        missing = client.get(f"/companies/{NOWHERE}")
        said = {
            "page": page.status_code == 200,
            "edit": client.get(f"/companies/{firm_id}/edit").status_code,
            "list": f"/companies/{firm_id}\"" in client.get(f"/companies/?q={name.replace(' ', '+')}").get_data(as_text=True),
            "csv": name in names_of(client.get(f"/companies/export.csv?q={name.replace(' ', '+')}")),
            "search": name in client.get(f"/search.json?q={name.replace(' ', '+')}").get_data(as_text=True),
        }
        wanted = {
            "page": level > 0, "edit": {0: 404, 1: 403}.get(level, 200), "list": level > 0, "csv": level > 0, "search": level > 0,
        }  # fmt: skip
        if not level and page.status_code == 404:
            gone[column] = stripped(page) == stripped(missing)
        api = bearer(cell.key)
        answers = {
            "rest get": api.get(f"/api/v1/companies/{firm_id}").status_code,
            "rest patch": api.patch(f"/api/v1/companies/{firm_id}", json={"comments": "x"}).status_code,
            "rest list": any(item["id"] == firm_id for item in (api.get(f"/api/v1/companies?q={name.replace(' ', '+')}").json or {}).get("items", ())),
        }
        said |= answers
        wanted |= {"rest get": 200 if level else 404, "rest patch": {0: 404, 1: 403}.get(level, 200), "rest list": level > 0}
        wrong += [f"{cell.relation}/{column}: {what} says {said[what]}, not {wanted[what]}" for what in wanted if said[what] != wanted[what]]
    assert wrong == []
    assert all(gone.values()), "a company out of sight does not answer as one that never was"


def names_of(answer):
    """The names in a CSV answer; none when there is no file."""
    if answer.status_code != 200:
        return set()
    return {row["name"] for row in csv.DictReader(io.StringIO(answer.get_data(as_text=True)))}


def stripped(answer):
    """A page without what differs by request: nothing of a 404 may hang on the id."""
    return answer.get_data()


def test_who_is_disabled_is_out_at_once_by_session_and_token(world, work, as_user, api_as):
    """Case 118."""
    client, api = as_user("user1"), api_as("user1")
    assert (client.get("/companies/").status_code, api.get("/api/v1/companies").status_code) == (200, 200)
    with work("admin"):
        disable_user(find_user("user1"))
    assert client.get("/companies/").status_code == 302
    assert api.get("/api/v1/companies").status_code == 401


def test_the_manager_changes_and_rights_follow_in_the_next_request(world, work, as_user):
    """Case 120: rights are computed from three facts, none may be cached."""
    client = as_user("user1")
    a = world.companies["Customer #A"]
    assert client.get(f"/companies/{a}/edit").status_code == 200
    with work("admin"):
        stage = Stage()
        stage.change(db.session.get(stage.rt.model, a), manager_id=world.users["manager1"])
    assert client.get(f"/companies/{a}").status_code == 200
    assert client.get(f"/companies/{a}/edit").status_code == 403
    with work("admin"):
        from plugins.companies.services import set_own_company

        set_own_company(find_user("manager1"), None)
    assert client.get(f"/companies/{a}").status_code == 404


def test_two_people_without_own_company_share_none(world, work, as_user, record_factory):
    """Case 122: no company never equals no company."""
    from plugins.companies.services import set_own_company

    with work("admin"):
        stage = Stage()
        user3, user4 = stage.person("CW"), stage.person("CW")
        firm = record_factory("companies.company")(name="Filial Cinco", parent_id=1, manager_id=user4.id)
    assert as_user(user3.login).get(f"/companies/{firm.id}").status_code == 404
    assert "Filial" not in as_user(user3.login).get("/companies/").get_data(as_text=True)
    assert as_user(user4.login).get(f"/companies/{firm.id}").status_code == 200
    with work("admin"):
        set_own_company(user3.id, 1)
        set_own_company(user4.id, 1)
    assert as_user(user3.login).get(f"/companies/{firm.id}").status_code == 200


def test_statistics_count_only_what_is_seen(world, as_user, record_factory):
    """Case 114."""
    record_factory("companies.company")(name="Reservada SA", parent_id=None, manager_id=world.users["manager1"])
    page = as_user("user1").get("/companies/statistics").get_data(as_text=True)
    assert "Reservada" not in page
    rows = page[page.index('data-statistic="manager"') :].split("</table>")[0]
    assert ("user1" in rows, "manager1" in rows, "admin" in rows) == (True, True, False)


def test_the_parent_picker_offers_ones_own_company_and_nothing_else_unseen(world, as_user, record_factory):
    record_factory("companies.company")(name="My Secret", parent_id=None)
    items = as_user("user1").get("/companies/pick/parent_id?q=my").json["items"]
    assert [item["text"] for item in items] == ["My Company"]


def test_the_table_is_the_one_of_the_file():
    assert len(ROWS) == len([x for x in Path(__file__).with_name("companies.txt").read_text().splitlines() if x and x[0] not in "# "]) - 1
    assert set(HEAD) == set(COLUMNS)
    assert SYSTEM.superadmin
