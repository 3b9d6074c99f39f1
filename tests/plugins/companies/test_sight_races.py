"""Changes at the same time on PostgreSQL: whoever is first, sight is what it should be when both are through (docs/access.md)."""

import random
import threading

import pytest

from core.access import Actor
from core.access.actors import actors_of
from core.db import db, unit_of_work
from core.identity.services import find_user
from core.records.services import create_record, update_record
from plugins.companies import sight
from plugins.companies.models import Company
from plugins.companies.records import COMPANY
from plugins.companies.services import set_own_company, touch_companies

pytestmark = pytest.mark.postgres
SYSTEM = Actor.system()


def together(app, *tasks):
    """Run tasks in threads, each in its own unit of work, as nearly at once as can be; raises what one raised."""
    start, failures = threading.Barrier(len(tasks)), []

    def run(task):
        try:
            with app.app_context():
                start.wait(10)
                with unit_of_work():
                    task()
        except Exception as e:
            failures.append(e)

    threads = [threading.Thread(target=run, args=(task,)) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "they wait for each other"
    if failures:
        raise failures[0]


def change(company_id, **values):
    update_record(COMPANY, db.session.get(Company, company_id), values, SYSTEM, confirmed=True)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize("turn", range(6))
def test_a_new_manager_and_his_new_own_company_at_once_leave_no_stale_sight(app, world, turn):
    a, user2 = world.companies["Customer #A"], world.users["user2"]
    together(app, lambda: change(a, manager_id=user2), lambda: set_own_company(user2, world.companies["My Company"]))
    with app.app_context():
        assert sight.differences() == []
        assert actors_of([user2])[user2].facts["company_id"] == 1


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_many_changes_at_once_neither_wait_for_ever_nor_leave_stale_sight(app, world, work):
    with work("admin") as admin:
        ids = [create_record(COMPANY, {"name": f"Firm {n}", "parent_id": 1, "manager_id": 2 + n % 2}, admin).id for n in range(8)]

    def player(seed):
        dice = random.Random(seed)

        def play():
            what = dice.choice(["own", "own", "manager", "parent", "touch"])
            if what == "own":
                set_own_company(dice.choice([2, 3, 4]), dice.choice([1, 2, 3, None]))
            elif what == "manager":
                change(mine[seed], manager_id=dice.choice([2, 3, 4]))
            elif what == "parent":
                change(mine[seed], parent_id=dice.choice([1, None, 2]))
            else:
                touch_companies(dice.sample(ids, 3))

        return play

    mine = dict(enumerate(ids))
    for _ in range(6):
        together(app, *(player(seed) for seed in range(4)))
    with app.app_context():
        assert sight.differences() == []
        assert find_user("user1") is not None


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_two_moves_at_once_close_no_circle(app, world):
    a, b = world.companies["Customer #A"], world.companies["Customer #B"]
    from core.errors import Invalid

    with pytest.raises(Invalid, match="circle"):
        together(app, lambda: change(a, parent_id=b), lambda: change(b, parent_id=a))
