"""A second record with the same e-mail is said to whoever makes it, whatever the case of the letters, in any script, and by an index."""

import pytest
from sqlalchemy import select, text

from core.addons.runtime import runtime
from core.db import db, sort_key

TYPES = {"contacts.contact": {"company_id": 2}, "leads.lead": {}}
"""Each record type that warns of it, with what its records need."""


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.both_databases
def test_a_second_record_of_an_address_is_said_whatever_its_case(name, world, api_as):
    api, path = api_as("admin"), f"/api/v1/{name.partition('.')[0]}"

    def warned(email):
        made = api.post(path, json={"fullname": "Ana", "email": email, **TYPES[name]})
        assert made.status_code == 201, made.json
        return [w["field"] for w in made.json.get("warnings", ())]

    assert warned("ñandú@example.com") == []
    assert warned("ÑANDÚ@Example.com") == ["email"]
    for other in ("nandu@example.com", "a1@example.com", "a01@example.com"):  # the key takes them for one
        assert warned(other) == [], other
    assert warned("A01@example.com") == ["email"]
    first = api.get(f"{path}?sort=id").json["items"][0]["id"] if name == "leads.lead" else 1
    changed = api.patch(f"{path}/{first}", json={"email": "ñandú@example.com"})
    assert [w["field"] for w in changed.json["warnings"]] == ["email"]
    hidden = api.post("/api/v1/companies", json={"name": "Reserved", "parent_id": None}).json["id"]
    assert api.post(path, json={"fullname": "Eva", "email": "out@example.com", "company_id": hidden}).status_code == 201
    own = api_as("user1").post(path, json={"fullname": "Eva", "email": "OUT@example.com", **TYPES[name]})
    assert own.json.get("warnings", []) == [] or name == "leads.lead"


@pytest.mark.parametrize("name", TYPES)
@pytest.mark.both_databases
def test_who_has_an_address_is_found_by_an_index(name, world, app, work):
    with work("admin"):
        model = runtime().record_types[name].model
        postgresql = db.session.get_bind().dialect.name == "postgresql"
        if postgresql:
            db.session.execute(text("SET LOCAL enable_seqscan = off"))
        stmt = select(model.id).where(model.email_key.in_([sort_key("a@example.com"), sort_key("b@example.com")]))
        sql = str(stmt.compile(db.engine, compile_kwargs={"literal_binds": True}))
        plan = " ".join(str(row) for row in db.session.execute(text(("EXPLAIN " if postgresql else "EXPLAIN QUERY PLAN ") + sql)))
        assert f"{model.__tablename__}_email" in plan


def test_leads_that_were_there_get_their_key_by_the_upgrade(world, record_factory, app):
    from importlib import import_module

    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    from plugins.leads.models import Lead

    emails = [record_factory("leads.lead")(email=f"Ñ{n}@example.com").email for n in range(3)]
    revision = import_module("plugins.leads.migrations.versions.leads_0002_key_of_email")
    with app.app_context(), db.engine.begin() as connection, Operations.context(MigrationContext.configure(connection)):
        revision.downgrade()
        revision.CHUNK = 2
        revision.upgrade()
        found = dict(connection.execute(select(Lead.__table__.c.email, Lead.__table__.c.email_key)).all())
    assert found == {email: sort_key(email) for email in emails}
