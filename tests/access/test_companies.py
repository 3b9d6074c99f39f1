"""Every cell of the decision table of docs/access.md, and the manual's case, against the product's predicates."""

import pytest

from core.db import db
from core.identity.models import User

from .oracle import Firm, Person, level
from .staging import COLUMNS, Stage
from .table import HEAD, ROWS

pytestmark = pytest.mark.xdist_group("decision table")  # put on the stage by one worker


@pytest.mark.both_databases
@pytest.mark.parametrize(("relation", "parent"), [row[:2] for row in ROWS], ids=[f"{row[0]}-{row[1]}-parent" for row in ROWS])
def test_the_decision_table_holds(work, cells, relation, parent):
    mine = [cell for cell in cells if (cell.relation, cell.parent) == (relation, parent)]
    with work():
        stage = Stage()
        found = {c.column: stage.level(db.session.get(User, c.person_id), db.session.get(stage.rt.model, c.firm_id)) for c in mine}
    assert found == {cell.column: cell.expected for cell in mine}


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
