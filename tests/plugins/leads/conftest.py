"""What the tests of leads share."""

from types import SimpleNamespace

import pytest


@pytest.fixture
def rest(api_as):
    """`rest("user1")` calls REST as this person: `.make(…)`, `.change(id, …)`, `.read(id)`, `.ids(query)`, `.post`, `.delete`."""

    def as_person(login="admin"):
        client = api_as(login)

        def make(answer=201, /, **values):
            reply = client.post("/api/v1/leads", json={"fullname": "Ana Prueba", "email": "ana@example.com", **values})
            assert reply.status_code == answer, reply.json
            return reply.json

        def change(lead_id, answer=200, /, **values):
            reply = client.patch(f"/api/v1/leads/{lead_id}", json=values)
            assert reply.status_code == answer, reply.json
            return reply.json

        def ids(query=""):
            reply = client.get(f"/api/v1/leads{query}")
            assert reply.status_code == 200, reply.json
            return [lead["id"] for lead in reply.json["items"]]

        return SimpleNamespace(
            make=make, change=change, ids=ids, read=lambda lead_id: client.get(f"/api/v1/leads/{lead_id}").json,
            get=lambda lead_id: client.get(f"/api/v1/leads/{lead_id}"),
            post=lambda path, **more: client.post(f"/api/v1/leads/{path}", **more),
            delete=lambda lead_id: client.delete(f"/api/v1/leads/{lead_id}"),
        )  # fmt: skip

    return as_person


@pytest.fixture
def people(work):
    """Two more people: `colleague` (CR, CW, of My Company) and `outsider` (CR, CW, CM, without own company); their ids by login."""
    from core.identity.services import create_user, find_profiles
    from plugins.companies.services import set_own_company

    with work():
        made = {}
        for login, profile, company in (("colleague", "Standard user", 1), ("outsider", "CRM manager", None)):
            (found,) = find_profiles([profile])
            user = create_user(login, password="a quiet meadow at noon", profiles=[(found.id, None)])
            set_own_company(user.id, company)
            made[login] = user.id
    return made


@pytest.fixture
def disable(work):
    """`disable("user1", heir="manager1")`."""

    def go(login, heir=None):
        from core.identity.services import disable_user, find_user

        with work():
            disable_user(find_user(login), heir=find_user(heir) if heir else None)

    return go
