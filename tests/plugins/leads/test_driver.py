"""Lists of leads and the board give what the plain query gives, whichever way they find their rows."""

import random
from dataclasses import replace

import pytest
from werkzeug.datastructures import MultiDict

from core.addons.runtime import runtime
from core.db import db
from core.fields import Reading
from core.identity.services import find_user
from core.records import list_spec, query
from plugins.leads import driver, pipeline
from plugins.leads.models import Lead
from plugins.leads.records import LEAD

pytestmark = [pytest.mark.usefixtures("world", "people"), pytest.mark.both_databases]
PLAIN = replace(LEAD, drive=None)
PEOPLE = ["user1", "manager1", "user2", "colleague", "outsider"]
LISTS = [
    {}, {"sort": "-estimated_sale"}, {"sort": "estimated_close_date"}, {"sort": "owner_id"}, {"country": "ES"}, {"progress": ["0", "20"]},
    {"q": "ana"}, {"company_id": "2"},
]  # fmt: skip


@pytest.fixture
def crowd(work, people):
    """120 leads of all kinds of owners and companies, some of them nobody's."""
    dice = random.Random(3)
    with work():
        owners = [find_user(login).id for login in PEOPLE] + [None, None]
        for n in range(120):
            lead = Lead(
                fullname=f"{dice.choice(['Ana', 'Bea', 'Cid'])} {n}", email=f"l{n}@example.com", custom={}, owner_id=dice.choice(owners),
                company_id=dice.choice([1, 2, 3, None]), progress=dice.choice([0, 0, 20, 80]), country=dice.choice(["ES", "FR", None]),
                estimated_sale=dice.choice([0, 100, 250]),
            )  # fmt: skip
            db.session.add(lead)
        db.session.flush()


def pages(rt, actor, args):
    """The ids of all pages of a list, and its length as each page tells it."""
    ids, totals, cursor = [], set(), None
    while cursor is not None or not totals:
        asked = MultiDict({**args, "limit": 30, **({"cursor": cursor} if cursor else {})})
        found = query.fetch_page(list_spec.parse_list(rt, actor, asked, reading=Reading(actor=actor)), [Lead.fullname], counted=True)
        ids += [row.id for row in found.rows]
        totals.add(found.total)
        cursor = found.next
    return ids, totals


def test_a_list_is_the_same_from_what_somebody_sees_and_from_all_leads(work, crowd):
    for login in PEOPLE:
        with work(login) as actor:
            for args in LISTS:
                assert pages(LEAD, actor, args) == pages(PLAIN, actor, args), (login, args)


def test_the_board_is_the_same_of_few_and_of_many(work, crowd, monkeypatch):
    def boards(actor):
        out = {}
        for order in pipeline.ORDERS:
            found = pipeline.board(actor, MultiDict(), Reading(actor=actor), closed=True, order=order, cards=5)
            out[order] = [(c.code, c.count, c.total, [(card.id, card.may_edit) for card in c.cards]) for c in found.columns]
        return out

    for login in PEOPLE:
        with work(login) as actor:
            few = boards(actor)
            with monkeypatch.context() as many:
                many.setattr(driver, "COUNT_CAP", -1)
                runtime().parts["leads_few"].clear()  # else it is known for a minute
                assert not driver.sees_few(actor)
                assert boards(actor) == few, login
            runtime().parts["leads_few"].clear()


def test_a_superadmin_walks_all_leads(work):
    with work("admin") as actor:
        assert not driver.sees_few(actor)
