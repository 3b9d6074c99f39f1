"""Random people, companies and changes: after each, the product and the oracle agree on every pair, and sight is what it should be."""

import random

import pytest

from core.db import db
from core.identity.services import disable_user
from core.records.services import delete_record, restore_record
from plugins.companies import sight
from plugins.companies.services import hand_over, set_own_company, touch_companies

from .oracle import Firm, Person, level
from .staging import COLUMNS, SYSTEM, Stage

PEOPLE, FIRMS, STEPS = 8, 8, 25


class Play:
    """The product and the oracle's picture of it, changed side by side."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.stage = Stage()
        self.people: dict[int, Person] = {}
        self.firms: dict[int, Firm] = {}
        columns = [c for c in COLUMNS if c != "superadmin"]
        self.users = {}
        for _ in range(PEOPLE):
            column = self.dice.choice(columns)
            user = self.stage.person(column)
            self.users[user.id] = user
            self.people[user.id] = Person(set(COLUMNS[column]))
        self.companies = {}
        for _ in range(FIRMS):
            firm = self.stage.firm()
            self.companies[firm.id] = firm
            self.firms[firm.id] = Firm()

    def step(self) -> str:
        """One change, told for the failure message."""
        d = self.dice
        firm_id, user_id = d.choice(list(self.firms)), d.choice(list(self.people))
        firm, company, person = self.firms[firm_id], self.companies[firm_id], self.people[user_id]
        what = d.choice(["manager", "manager", "parent", "parent", "associates", "own", "own", "own", "trash", "name", "touch", "hand over"])
        if what == "own":
            target = d.choice([None, *(i for i, f in self.firms.items() if not f.trashed)])
            set_own_company(self.users[user_id], target)
            person.company = target
        elif what == "hand over" and d.random() < 0.3:
            heir = d.choice([i for i in self.people if i != user_id])
            hand_over(user_id, heir)
            db.session.expire_all()
            for f in self.firms.values():
                f.manager = heir if f.manager == user_id else f.manager
        elif what == "touch":
            touch_companies([firm_id])
        elif what == "trash":
            if firm.trashed:
                restore_record(self.stage.rt, company, SYSTEM)
                firm.trashed = False
            elif not any(f.parent == firm_id for f in self.firms.values()) and all(p.company != firm_id for p in self.people.values()):
                delete_record(self.stage.rt, company, SYSTEM)
                firm.trashed = True
        elif firm.trashed:
            return "nothing"
        elif what == "manager":
            firm.manager = d.choice([None, *self.people])
            self.stage.change(company, manager_id=firm.manager)
        elif what == "parent":
            above = {firm_id} | {i for i in self.firms if firm_id in self.chain(i)}
            firm.parent = d.choice([None, *(i for i, f in self.firms.items() if i not in above and not f.trashed)])
            self.stage.change(company, parent_id=firm.parent)
        elif what == "associates":
            firm.associates = set(d.sample(list(self.people), d.randint(0, 3)))
            self.stage.change(company, associate_ids=sorted(firm.associates))
        else:
            self.stage.change(company, name=f"Renamed {d.random()}")
        return f"{what} of firm {firm_id} / person {user_id}"

    def chain(self, firm_id: int) -> set[int]:
        """The parents of a company."""
        found: set[int] = set()
        parent = self.firms[firm_id].parent
        while parent is not None and parent not in found:
            found.add(parent)
            parent = self.firms[parent].parent
        return found

    def compare(self) -> list[str]:
        """What the two disagree on."""
        wrong = []
        for user_id, user in self.users.items():
            levels = self.stage.levels(user)
            for firm_id in self.firms:
                expected, said = level(self.people, self.firms, user_id, firm_id), levels.get(firm_id, "-")
                if expected != said:
                    wrong.append(f"person {user_id}, firm {firm_id}: {said} instead of {expected}")
        return wrong


@pytest.mark.both_databases
@pytest.mark.parametrize("seed", range(3))
def test_after_any_changes_product_and_oracle_agree(work, seed):
    with work():
        play = Play(seed)
        told = []
        for number in range(STEPS):
            told.append(play.step())
            db.session.flush()
            assert sight.differences() == [], told
            if number % 5 == 4:
                assert play.compare() == [], told
        user = next(iter(play.users.values()))
        play.stage.person("superadmin")
        disable_user(user)
        play.people[user.id].disabled = True
        assert play.compare() == []
        assert play.stage.firm() is not None
