"""What the tests of contracts share."""

from types import SimpleNamespace

import pytest


@pytest.fixture
def rest(api_as):
    """`rest("user1")` calls REST as this person: `.make(…)`, `.change(id, …)`, `.read(id)`, `.get(id)`, `.ids(query)`, `.delete(id)`."""

    def as_person(login="admin"):
        client = api_as(login)

        def make(answer=201, /, **values):
            body = {"name": "Support", "company_id": 2, "date_begin": "2026-01-20", "date_end": "2027-01-19", **values}
            reply = client.post("/api/v1/contracts", json=body)
            assert reply.status_code == answer, reply.json
            return reply.json

        def change(contract_id, answer=200, /, **values):
            reply = client.patch(f"/api/v1/contracts/{contract_id}", json=values)
            assert reply.status_code == answer, reply.json
            return reply.json

        def ids(query=""):
            reply = client.get(f"/api/v1/contracts{query}")
            assert reply.status_code == 200, reply.json
            return [item["id"] for item in reply.json["items"]]

        return SimpleNamespace(
            make=make, change=change, ids=ids, get=lambda key: client.get(f"/api/v1/contracts/{key}"),
            read=lambda key: client.get(f"/api/v1/contracts/{key}").json, delete=lambda key: client.delete(f"/api/v1/contracts/{key}"),
        )  # fmt: skip

    return as_person
