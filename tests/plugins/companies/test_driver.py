"""The driver of the company list gives what the engine's own query gives: same rows, same order, same pages, same count."""

import random
from dataclasses import replace

import pytest
from werkzeug.datastructures import MultiDict

from core.access.actors import actor_of
from core.db import db
from core.fields import Reading
from core.identity.services import create_user, find_profiles, find_user
from core.records import list_spec, query
from plugins.companies import driver, sight
from plugins.companies.models import ASSOCIATE, Company, Membership, Role
from plugins.companies.records import COMPANY

PLAIN = replace(COMPANY, drive=None)
LISTS = [
    {}, {"sort": "-name"}, {"sort": "last_update"}, {"sort": "-last_update"}, {"sort": "country"}, {"sort": "-billing"}, {"sort": "manager_id"},
    {"sort": "role_id"}, {"sort": "id"}, {"country": "ES"}, {"country": ["ES", "-"], "sort": "-last_update"}, {"q": "sur"},
    {"q": "al su"}, {"q": "alba su"}, {"q": "sur", "name": "al"}, {"city": "por", "q": "no"}, {"q": "sur", "country": "ES", "sort": "-name"}, {"q": "100%"}, {"role_id": "1", "sort": "billing"},
    {"billing_from": "500", "sort": "last_update"}, {"parent_id": "1"}, {"name": "alba"}, {"q": "nothing at all"},
]  # fmt: skip


@pytest.fixture
def crowd(work):
    """150 companies of five managers in three houses; gives the unit of work with the logins to ask as."""
    dice = random.Random(5)
    with work():
        (writer,) = find_profiles(["Standard user"])
        users = [create_user(f"seller{n}", profiles=[(writer.id, None)]) for n in range(6)]
        db.session.add_all([Role(name="Customer", custom={}), Role(name="Provider", custom={})])
        db.session.flush()
        words = ["Alba", "Sur", "Ñandú", "Norte", "100%", "Árbol", "2 Hermanos", "10 Hermanos", "_x_"]
        companies = []
        for n in range(150):
            companies.append(
                Company(
                    name=" ".join(dice.sample(words, 2)) if n > 2 else f"House {n}", custom={}, country=dice.choice(["ES", "FR", None]),
                    role_id=dice.choice([1, 2, None]), manager_id=dice.choice([u.id for u in users[:5]]), billing=dice.choice([0, 400, 600]),
                )
            )
        db.session.add_all(companies)
        db.session.flush()
        for company in companies[3:]:
            company.parent_id = dice.choice([1, 1, 1, 4, None])
        db.session.flush()
        rows = [{"user_id": u.id, "company_id": 1 + n % 3} for n, u in enumerate(users[:5])]
        db.session.execute(Membership.__table__.insert(), rows)
        links = {(dice.randint(4, 150), users[5].id) for _ in range(40)} | {(dice.randint(4, 150), users[0].id) for _ in range(40)}
        db.session.execute(ASSOCIATE.insert(), [{"company_id": c, "user_id": u} for c, u in sorted(links)])
        db.session.execute(Membership.__table__.insert(), [{"user_id": users[5].id, "company_id": 9}])
        sight.refresh_all()
        companies[20].trashed_at = companies[21].trashed_at = companies[0].created_at
        db.session.flush()
        sight.refresh([21, 22])
        assert sight.differences() == []
        yield ["seller0", "seller1", "seller5", "admin"]


def pages(rt, actor, args, limit=40):
    """All pages by following the cursors forward, then back; and the count."""
    reading = Reading(actor=actor)

    def page(cursor):
        spec = list_spec.parse_list(rt, actor, MultiDict({**args, "limit": limit, **({"cursor": cursor} if cursor else {})}), reading=reading)
        return query.fetch_page(spec, [Company.name]), spec

    found, spec = page(None)
    count = query.count(spec)
    rows, last = [list(found.rows)], found
    while last.next:
        last, _spec = page(last.next)
        rows.append(list(last.rows))
    back = []
    while last.previous:
        last, _spec = page(last.previous)
        back.insert(0, [row.id for row in last.rows])
    forward = [[row.id for row in part] for part in rows]
    assert back == forward[:-1]
    return [i for part in forward for i in part], count


def strategies(monkeypatch):
    """The driver as it chooses by itself, and forced to take everything for large, and for small."""
    yield "as it is"
    monkeypatch.setattr(driver, "COUNT_CAP", 5)
    yield "everything is large"


@pytest.mark.both_databases
def test_the_driver_finds_what_the_plain_query_finds(crowd, monkeypatch):
    expected = {}
    for login in crowd:
        actor = actor_of(find_user(login).id)
        for number, args in enumerate(LISTS):
            expected[login, number] = pages(PLAIN, actor, args)
    assert len({tuple(ids) for ids, _n in expected.values()}) > 40
    for how in strategies(monkeypatch):
        for login in crowd:
            actor = actor_of(find_user(login).id)
            for number, args in enumerate(LISTS):
                ids, count = pages(COMPANY, actor, args)
                wanted, total = expected[login, number]
                assert ids == wanted, (how, login, args)
                assert count == total or how != "as it is", (how, login, args)


@pytest.mark.both_databases
def test_a_list_asks_two_statements_and_a_filtered_one_three(crowd, count_queries):
    actor = actor_of(find_user("seller0").id)
    for args, wanted in (({}, 2), ({"country": "ES"}, 3), ({"q": "sur", "sort": "-billing"}, 3)):
        with count_queries() as q:
            spec = list_spec.parse_list(COMPANY, actor, MultiDict(args), reading=Reading(actor=actor))
            query.fetch_page(spec, [Company.name])
            query.count(spec)
        assert len([text for text in q.statements if "companies_" in text]) == wanted, q


def test_who_has_no_right_to_the_crm_gets_nothing(crowd):
    user = create_user("outsider")
    actor = actor_of(user.id)
    assert pages(COMPANY, actor, {}) == ([], 0)
