"""Every cell of the decision table of docs/access.md by REST, and the search: what is out of sight shows no byte."""

import pytest

from .table import ROWS

pytestmark = pytest.mark.xdist_group("decision table")  # put on the stage by one worker
RANK = {"-": 0, "view": 1, "edit": 2, "delete": 3}


@pytest.mark.both_databases
@pytest.mark.parametrize(("relation", "parent"), [(row[0], row[1]) for row in ROWS], ids=[f"{row[0]}-{row[1]}-parent" for row in ROWS])
def test_rest_says_what_the_table_says(cells, bearer, relation, parent):
    for cell in cells:
        if (cell.relation, cell.parent) != (relation, parent):
            continue
        column, firm_id, name = cell.column, cell.firm_id, cell.firm_name
        client, where = bearer(cell.key), f"/api/v1/companies/{firm_id}"
        listed = client.get("/api/v1/companies", query_string={"q": name, "limit": 200})
        said = [client.get(where), client.patch(where, json={"comments": "x"}), client.delete(where)]
        codes = [answer.status_code for answer in said]
        if cell.disabled:
            assert codes == [401, 401, 401], column
            continue
        rank = RANK[cell.expected]
        refused = 403 if rank else 404
        gone = 409 if relation in ("belongs", "manages-child") else 204  # allowed, but in use
        wanted = [200 if rank else 404, 200 if rank >= 2 else refused, gone if rank == 3 else refused]
        assert codes == wanted, (column, codes)
        if column == "none":
            assert listed.status_code == 404
        else:
            assert (firm_id in [item["id"] for item in listed.json["items"]]) is (rank > 0), column
        if not rank:
            never = client.get("/api/v1/companies/999999")
            assert [answer.data for answer in said] == [never.data] * 3
            assert f'"{name}"' not in listed.text


@pytest.mark.both_databases
def test_global_search_shows_and_counts_nothing_that_is_out_of_sight(world, as_user, api_as):
    """Case 110."""
    manager = api_as("manager1")
    firm = manager.post("/api/v1/companies", json={"name": "Reservada SA", "parent_id": None}).json["id"]
    for plural, body in (
        ("contacts", {"fullname": "Zoe", "email": "zoe@example.net", "company_id": firm}),
        ("contracts", {"name": "RES-1", "date_begin": "2026-01-01", "company_id": firm}),
    ):
        assert manager.post(f"/api/v1/{plural}", json=body).status_code == 201

    def titles(login, q):
        answer = as_user(login).get("/search.json", query_string={"q": q})
        return (
            [item["title"] for group in answer.json["groups"] for item in group["items"]]
            if answer.status_code == 200
            else answer.status_code
        )

    assert titles("manager1", "Reservada") == ["Reservada SA"]
    assert titles("manager1", "zoe@example.net") == ["Zoe"]
    assert titles("manager1", "RES-1") == ["RES-1"]
    for q in ("Reservada", "zoe@example.net", "RES-1"):
        assert titles("user1", q) == titles("user1", "nothing of this") == []
        assert titles("user2", q) == 404


def test_a_loss_of_sight_is_announced_with_who_loses_it(world, api_as):
    where = "/api/v1/companies/2"
    asked = api_as("user1").patch(where, json={"parent_id": None})
    assert asked.status_code == 409
    assert asked.json["sight"]["losses"]
    assert api_as("manager1").get(where).status_code == 200
    done = api_as("user1").patch(f"{where}?confirm=sight", json={"parent_id": None})
    assert (done.status_code, done.json["parent_id"]) == (200, None)
    assert api_as("manager1").get(where).status_code == 404


def test_a_child_keeps_its_parent_that_the_writer_does_not_see(world, api_as):
    made = api_as("user1").get("/api/v1/companies/2").json
    answer = api_as("user1").patch("/api/v1/companies/2", json={"parent_id": made["parent_id"], "city": "Vigo"})
    assert (answer.status_code, answer.json["city"], answer.json["parent_id"]) == (200, "Vigo", 1)
