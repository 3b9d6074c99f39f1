"""Contacts follow their company: who sees them, who changes them, where they stand in lists."""

from dataclasses import replace

import pytest
from werkzeug.datastructures import MultiDict

from core.access import Conflict, Forbidden, NotFound, load
from core.access.actors import actor_of
from core.db import db
from core.errors import Invalid
from core.fields import Reading
from core.identity.services import find_user
from core.records import list_spec, query
from core.records.services import create_record, delete_record, update_record
from plugins.companies.models import Company
from plugins.companies.records import COMPANY
from plugins.companies.services import set_own_company
from plugins.contacts.models import Contact
from plugins.contacts.records import CONTACT
from plugins.contacts.services import warns

PLAIN = replace(CONTACT, drive=None)


def contact(actor, company_id, name="Ana", **values):
    return create_record(CONTACT, {"fullname": name, "email": f"{name.lower()}@example.com", "company_id": company_id, **values}, actor)


@pytest.mark.both_databases
def test_a_contact_follows_its_company(work, world):
    a, b, house = (world.companies[n] for n in ("Customer #A", "Customer #B", "My Company"))
    with work("admin") as admin:
        ids = {name: contact(admin, company_id, name).id for name, company_id in (("Ana", a), ("Bea", b), ("Hal", house))}

    def may(login, name):
        actor = actor_of(world.users[login])
        out = []
        for action in ("view", "edit", "delete"):
            try:
                load(CONTACT, ids[name], actor, action)
                out.append(action)
            except (Forbidden, NotFound) as no:
                out.append(type(no).__name__)
        return out

    with work():
        assert may("user1", "Ana") == ["view", "edit", "delete"]
        assert may("user1", "Bea") == ["view", "Forbidden", "Forbidden"]
        assert may("user1", "Hal") == ["NotFound"] * 3
        assert may("manager1", "Ana") == ["view", "edit", "delete"]
        assert may("user2", "Ana") == ["NotFound"] * 3


def test_a_contact_is_created_only_where_the_company_may_be_edited(work, world):
    with work("user1") as user1:
        contact(user1, world.companies["Customer #A"])
    with work("user1") as user1, pytest.raises(Forbidden):
        contact(user1, world.companies["Customer #B"])
    with work("user1") as user1, pytest.raises(NotFound):
        contact(user1, world.companies["My Company"])


def test_moving_a_contact_asks_for_edit_on_both_companies(work, world):
    with work("user1") as user1:
        made = contact(user1, world.companies["Customer #A"])
        with pytest.raises(Forbidden):
            update_record(CONTACT, made, {"company_id": world.companies["Customer #B"]}, user1)
    with work("manager1") as manager1:
        made = contact(manager1, world.companies["Customer #A"], "Bea")
        update_record(CONTACT, made, {"company_id": world.companies["Customer #B"]}, manager1)
        assert made.company_id == world.companies["Customer #B"]


def test_name_mail_and_company_are_needed(work, world):
    with work("admin") as admin, pytest.raises(Invalid) as refused:
        create_record(CONTACT, {"fullname": "Ana"}, admin)
    assert sorted(refused.value.errors) == ["company_id", "email"]


def test_a_contact_is_activity_of_its_company_and_keeps_it_from_being_deleted(work, world):
    with work("admin") as admin:
        company = db.session.get(Company, world.companies["Customer #B"])
        update_record(COMPANY, company, {"last_update": company.last_update.replace(year=2020)}, admin)
        made = contact(admin, company.id)
        db.session.refresh(company)
        assert company.last_update.year > 2020
        with pytest.raises(Conflict, match="1 Contact"):
            delete_record(COMPANY, company, admin)
        delete_record(CONTACT, made, admin)
        delete_record(COMPANY, company, admin)


def test_the_same_mail_is_told_but_only_of_contacts_that_are_seen(work, world):
    with work("admin") as admin:
        contact(admin, world.companies["My Company"], "Hal")
        contact(admin, world.companies["Customer #A"], "Ana")
        rows = [({"email": "HAL@example.com"}, None), ({"email": "ana@example.com"}, None), ({"email": "new@example.com"}, None)]
        assert [len(found) for found in warns(rows, admin)] == [1, 1, 0]
    with work("user1") as user1:
        assert [len(found) for found in warns(rows, user1)] == [0, 1, 0]


def listed(rt, actor, **args):
    """All names in order, page by page, and back again; and the count."""
    reading = Reading(actor=actor)
    names, cursor = [], None
    while True:
        spec = list_spec.parse_list(rt, actor, MultiDict({"limit": 4, **args, **({"cursor": cursor} if cursor else {})}), reading=reading)
        page = query.fetch_page(spec, [Contact.fullname])
        if cursor is None:
            total = query.count(spec)
        names.append([row.fullname for row in page.rows])
        if page.next is None:
            break
        cursor = page.next
    before = []
    back = page.previous
    while back:
        spec = list_spec.parse_list(rt, actor, MultiDict({"limit": 4, **args, "cursor": back}), reading=reading)
        page = query.fetch_page(spec, [Contact.fullname])
        before.insert(0, [row.fullname for row in page.rows])
        back = page.previous
    assert before == names[:-1]
    return [name for part in names for name in part], total


@pytest.mark.both_databases
def test_lists_go_by_company_then_name_and_the_driver_agrees_with_the_plain_query(work, world):
    with work("admin") as admin:
        a, b = world.companies["Customer #A"], world.companies["Customer #B"]
        twin = create_record(COMPANY, {"name": "Customer #A", "parent_id": 1, "manager_id": world.users["user1"]}, admin).id
        for number, name in enumerate(("Zoe", "ana", "Álvaro", "Ñandú", "Nora", "10 Bis", "2 Bis", "Olga")):
            contact(admin, (a, b, twin)[number % 3], name, email=f"p{number}@example.com")
            contact(admin, world.companies["My Company"], f"{name} hidden", email=f"h{number}@example.com")
        set_own_company(find_user("manager1"), None)
        set_own_company(find_user("user1"), a)
        update_record(COMPANY, db.session.get(Company, b), {"associate_ids": [world.users["user1"]]}, admin, confirmed=True)
        user1 = actor_of(world.users["user1"])
        for actor in (user1, admin):
            for args in ({}, {"sort": "-company_id"}, {"sort": "fullname"}, {"q": "bis"}, {"q": "b"}, {"fullname": "n", "sort": "-company_id"}):
                assert listed(CONTACT, actor, **args) == listed(PLAIN, actor, **args), args
        by_company = {row.fullname: row.company_id for row in db.session.query(Contact)}
        assert [by_company[name] for name in listed(CONTACT, user1)[0]] == [a] * 3 + [twin] * 2 + [b] * 3


@pytest.mark.both_databases
def test_a_renamed_company_takes_its_contacts_along_in_lists(work, world):
    with work("admin") as admin:
        contact(admin, world.companies["Customer #A"], "Ana")
        contact(admin, world.companies["Customer #B"], "Bea")
        user1 = actor_of(world.users["user1"])
        assert listed(CONTACT, user1)[0] == ["Ana", "Bea"]
        update_record(COMPANY, db.session.get(Company, world.companies["Customer #A"]), {"name": "Zeta"}, admin)
        assert listed(CONTACT, user1)[0] == ["Bea", "Ana"]
        assert listed(CONTACT, admin)[0] == ["Bea", "Ana"]


def test_a_list_offers_statistics_only_where_some_are_declared(world, as_user):
    client = as_user("user1")
    assert "/contacts/statistics" not in client.get("/contacts/").text
    assert "/companies/statistics" in client.get("/companies/").text
