"""Puts people and companies on the stage through the product's own verbs, and asks the product what they may do."""

from collections.abc import Iterable
from typing import Any

from core.access import Actor, is_allowed, select_ids
from core.access.actors import actors_of
from core.addons.runtime import runtime
from core.db import db
from core.identity.services import create_profile, create_user
from core.records.services import create_record, update_record
from plugins.companies.services import set_own_company

SYSTEM = Actor.system()
COLUMNS = {"none": (), "CR": ("CR",), "CW": ("CR", "CW"), "CM": ("CR", "CW", "CM"), "superadmin": ()}


class Stage:
    """Inside a unit of work: `person("CW")`, `firm(manager=…)`, `level(user, company)`."""

    def __init__(self) -> None:
        self.rt = runtime().record_types["companies.company"]
        self.profiles: dict[str, int] = {}
        self.number = 0

    def person(self, column: str, *, company: Any = None) -> Any:
        """A user with the permissions of a column of the table, and his own company."""
        self.number += 1
        if column not in self.profiles:
            self.profiles[column] = create_profile(f"Profile {column}", COLUMNS[column]).id
        user = create_user(
            f"person{self.number}", superadmin=column == "superadmin", profiles=[(self.profiles[column], None)] if COLUMNS[column] else []
        )
        if company is not None:
            set_own_company(user, company.id)
        return user

    def firm(self, *, manager: Any = None, parent: Any = None, associates: Iterable[Any] = ()) -> Any:
        """A company. Made by the system, which is nobody's manager and belongs nowhere."""
        self.number += 1
        values = {
            "name": f"Firm {self.number}", "manager_id": manager.id if manager else None, "parent_id": parent.id if parent else None,
            "associate_ids": [a.id for a in associates],
        }  # fmt: skip
        return create_record(self.rt, values, SYSTEM)

    def change(self, firm: Any, **values: Any) -> None:
        """Change a company as a superadmin does, whoever loses sight of it."""
        update_record(self.rt, firm, values, SYSTEM, confirmed=True)

    def actor(self, user: Any) -> Actor | None:
        """The actor that a request of this user would have now; None for a disabled one."""
        return actors_of([user.id]).get(user.id)

    def level(self, user: Any, firm: Any) -> str:
        """What the product lets a user do to a company; the single check and the list must agree."""
        db.session.flush()
        actor = self.actor(user)
        if actor is None:
            return "-"
        may = is_allowed(self.rt, firm.id, actor, "view", "edit", "delete")
        for action, allowed in may.items():
            listed = db.session.scalar(select_ids(self.rt, actor, action).where(self.rt.model.id == firm.id)) is not None
            assert listed == allowed, f"{action}: the list says {listed}, the record {allowed}"
        assert may["view"] >= may["edit"] >= may["delete"], may
        return "delete" if may["delete"] else "edit" if may["edit"] else "view" if may["view"] else "-"

    def levels(self, user: Any) -> dict[int, str]:
        """The same for all companies at once, as lists see it: company id → level, without those that he does not see."""
        db.session.flush()
        actor = self.actor(user)
        out: dict[int, str] = {}
        for action in ("view", "edit", "delete") if actor else ():
            out.update(dict.fromkeys(db.session.scalars(select_ids(self.rt, actor, action)), action))
        return out
