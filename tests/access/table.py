"""The decision table of companies.txt on the stage: for each of its cells a person, a company, and what lies between them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.db import get_option, set_option, unit_of_work
from core.identity.services import create_token, disable_user
from core.records.services import delete_record
from plugins.companies import sight
from plugins.companies.services import set_own_company

from .staging import SYSTEM, Stage

TABLE = [line.split() for line in Path(__file__).with_name("companies.txt").read_text().splitlines() if line.strip() and not line.startswith("#")]
HEAD, ROWS = TABLE[0][2:], TABLE[1:]
_KEPT = "tests.cells"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A cell of the table: who he is to the company, and the level that he is to have."""

    relation: str
    parent: str
    column: str
    expected: str
    person_id: int
    login: str
    key: str
    """A token of the person's, for REST."""
    disabled: bool
    firm_id: int
    firm_name: str


def arrange_table(app: Any) -> None:
    """Put all cells on the stage. What companies keep about sight must be right after each row."""
    cells = []
    with app.app_context(), unit_of_work():
        stage = Stage()
        for relation, parent, *levels in ROWS:
            for column, expected in zip(HEAD, levels, strict=True):
                person, firm = arrange(stage, relation, parent == "yes", column)
                disabled, person.disabled = person.disabled, False  # else he would get no token
                key = create_token(person, "test", scopes=("read", "write")).key
                person.disabled = disabled
                cell = Cell(
                    relation=relation, parent=parent, column=column, expected=expected, person_id=person.id, login=person.login, key=key,
                    disabled=disabled, firm_id=firm.id, firm_name=firm.name,
                )  # fmt: skip
                cells.append(asdict(cell))
            assert sight.differences() == [], (relation, parent)
        set_option(_KEPT, cells)


def arranged_cells(app: Any) -> Sequence[Cell]:
    """The cells as `arrange_table` left them in this app's database."""
    with app.app_context():
        return [Cell(**cell) for cell in get_option(_KEPT)]


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
