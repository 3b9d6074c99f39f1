"""Every cell of the decision table of docs/access.md, and the manual's case, against the product's predicates."""

from pathlib import Path

import pytest

from core.db import db
from core.identity.services import disable_user
from core.records.services import delete_record
from plugins.companies import sight
from plugins.companies.services import set_own_company

from .oracle import Firm, Person, level
from .staging import COLUMNS, SYSTEM, Stage

TABLE = [line.split() for line in Path(__file__).with_name("companies.txt").read_text().splitlines() if line.strip() and not line.startswith("#")]
HEAD, ROWS = TABLE[0][2:], TABLE[1:]


def arrange(stage: Stage, relation: str, has_parent: bool, column: str):
    """A person, a company, and between them what the row of the table says."""
    top = stage.firm()
    house, elsewhere = stage.firm(), stage.firm(parent=top)
    boss = stage.person("CM", company=house)
    parent = stage.firm(parent=top) if has_parent else None
    if relation in ("manager", "disabled-manager", "was-manager", "trashed-manager"):
        person = stage.person(column)
        firm = stage.firm(manager=person, parent=parent)
        if relation == "disabled-manager":
            if person.superadmin:
                stage.person("superadmin")
            disable_user(person)
        if relation == "was-manager":
            stage.change(firm, manager_id=boss.id)
        if relation == "trashed-manager":
            delete_record(stage.rt, firm, SYSTEM)
    elif relation in ("mate", "was-mate", "mate-of-disabled"):
        person = stage.person(column, company=house)
        firm = stage.firm(manager=boss, parent=parent)
        if relation == "was-mate":
            set_own_company(boss, elsewhere.id)
        if relation == "mate-of-disabled":
            disable_user(boss)
    elif relation in ("associate", "was-associate", "disabled-associate"):
        person = stage.person(column, company=elsewhere)
        firm = stage.firm(manager=boss, parent=parent, associates=[person])
        if relation == "was-associate":
            stage.change(firm, associate_ids=[])
        if relation == "disabled-associate":
            if person.superadmin:
                stage.person("superadmin")
            disable_user(person)
    elif relation == "belongs":
        firm = stage.firm(manager=boss, parent=parent)
        person = stage.person(column, company=firm)
    elif relation == "belongs-to-parent":
        firm = stage.firm(manager=boss, parent=parent)
        person = stage.person(column, company=parent)
    elif relation == "belongs-to-grandparent":
        firm = stage.firm(manager=boss, parent=parent)
        person = stage.person(column, company=top)
    elif relation == "manages-parent":
        person = stage.person(column)
        stage.change(parent, manager_id=person.id)
        firm = stage.firm(manager=boss, parent=parent)
    elif relation == "manages-child":
        person = stage.person(column)
        firm = stage.firm(manager=boss, parent=parent)
        stage.firm(manager=person, parent=firm)
    elif relation == "no-company-like-manager":
        person = stage.person(column)
        firm = stage.firm(manager=stage.person("CM"), parent=parent)
    elif relation == "nobody":
        person = stage.person(column, company=elsewhere)
        firm = stage.firm(manager=boss, parent=parent)
    else:
        raise AssertionError(f"the table has a relation that this test can't arrange: {relation}")
    return person, firm


@pytest.mark.both_databases
@pytest.mark.parametrize(("relation", "parent", "expected"), [(r[0], r[1], r[2:]) for r in ROWS], ids=[f"{r[0]}-{r[1]}-parent" for r in ROWS])
def test_the_decision_table_holds(work, relation, parent, expected):
    with work():
        stage = Stage()
        found = []
        for column in HEAD:
            person, firm = arrange(stage, relation, parent == "yes", column)
            found.append(stage.level(person, firm))
        assert found == expected
        assert sight.differences() == []


def test_the_table_has_a_column_for_each_kind_of_user():
    assert list(COLUMNS) == HEAD


@pytest.mark.both_databases
def test_the_manuals_case(work, world):
    with work():
        stage = Stage()
        from core.identity.services import find_user

        companies = {name: db.session.get(stage.rt.model, i) for name, i in world.companies.items()}
        said = {
            login: [stage.level(find_user(login), companies[name]) for name in ("My Company", "Customer #A", "Customer #B")]
            for login in ("admin", "user1", "manager1", "user2")
        }
    assert said == {
        "admin": ["delete", "delete", "delete"],
        "user1": ["-", "edit", "view"],
        "manager1": ["-", "delete", "delete"],
        "user2": ["-", "-", "-"],
    }


@pytest.mark.both_databases
def test_the_separating_case_goes_by_the_managers_company_not_by_the_parent(work):
    with work():
        stage = Stage()
        mine, other = stage.firm(), stage.firm()
        ours, theirs = stage.person("CR", company=mine), stage.person("CR", company=other)
        firm = stage.firm(manager=stage.person("CW", company=other), parent=mine)
        assert (stage.level(ours, firm), stage.level(theirs, firm)) == ("-", "view")


def test_the_oracle_says_the_table():
    people = {1: Person({"CR", "CW"}, company=7), 2: Person({"CR", "CW", "CM"}, company=7), 3: Person(set(), company=8)}
    firms = {7: Firm(), 8: Firm(manager=1, parent=7), 9: Firm(manager=2, parent=7)}
    assert [level(people, firms, 1, f) for f in (7, 8, 9)] == ["-", "edit", "view"]
    assert [level(people, firms, 2, f) for f in (7, 8, 9)] == ["-", "delete", "delete"]
    assert [level(people, firms, 3, f) for f in (7, 8, 9)] == ["-", "-", "-"]
