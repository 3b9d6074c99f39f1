"""Out of the trash again: only where the record still has its place."""

import pytest

from core.addons.runtime import runtime
from core.db import db
from core.errors import Conflict, Forbidden
from core.records.services import delete_record, restore_record


@pytest.fixture
def trashed(record_factory, work):
    """`trashed("leads.tag", name="x")`: the id of a record that was deleted."""

    def make(record_type, **values):
        record_id = record_factory(record_type)(**values).id
        throw(record_type, record_id)
        return record_id

    def throw(name, record_id):
        with work("admin") as actor:
            rt = runtime().record_types[name]
            delete_record(rt, db.session.get(rt.model, record_id), actor)

    make.throw = throw
    return make


def restore(work, name, record_id, **more):
    from dataclasses import replace

    with work("admin") as actor:
        rt = runtime().record_types[name]
        restore_record(rt, db.session.get(rt.model, record_id), replace(actor, **more))


@pytest.mark.both_databases
@pytest.mark.parametrize("name", ["companies.role", "leads.tag"])
def test_a_name_that_was_taken_meanwhile_keeps_a_record_in_the_trash(app, world, work, record_factory, trashed, name, as_user):
    record_id = trashed(name, name="Partner")
    record_factory(name)(name="Partner")
    with pytest.raises(Conflict):
        restore(work, name, record_id)
    with app.app_context():
        rt = runtime().record_types[name]
        assert db.session.get(rt.model, record_id).trashed_at is not None
        address = f"{rt.url}/{record_id}/restore"
    answer = as_user("admin").post(address)
    assert answer.status_code in (302, 409)
    with app.app_context():
        assert db.session.get(rt.model, record_id).trashed_at is not None


@pytest.mark.both_databases
def test_what_belongs_to_something_in_the_trash_comes_back_after_it(app, world, work, record_factory, trashed):
    company = record_factory("companies.company")(name="Gone", parent_id=1).id
    contact = trashed("contacts.contact", fullname="Ana", company_id=company)
    trashed.throw("companies.company", company)
    with pytest.raises(Conflict, match="Company"):
        restore(work, "contacts.contact", contact)
    restore(work, "companies.company", company)
    restore(work, "contacts.contact", contact)
    with app.app_context():
        assert db.session.get(runtime().record_types["contacts.contact"].model, contact).trashed_at is None


def test_who_may_only_look_restores_nothing(world, work, trashed):
    contact = trashed("contacts.contact", fullname="Ana", company_id=1)
    with pytest.raises(Forbidden):
        restore(work, "contacts.contact", contact, read_only=True)
