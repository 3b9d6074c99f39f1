"""Who may do what to a company, in plain Python from the sentences of docs/access.md. Imports nothing of the product."""

from dataclasses import dataclass, field

LEVELS = ("-", "view", "edit", "delete")


@dataclass
class Person:
    """A user: what his profiles give, and the number of his own company."""

    permissions: set[str] = field(default_factory=set)
    company: int | None = None
    superadmin: bool = False
    disabled: bool = False


@dataclass
class Firm:
    """A company: the numbers of its manager, its parent, its associated users."""

    manager: int | None = None
    parent: int | None = None
    associates: set[int] = field(default_factory=set)
    trashed: bool = False


def level(people: dict[int, Person], firms: dict[int, Firm], person_id: int, firm_id: int) -> str:
    """The most that a person may do to a company: "-", "view", "edit" or "delete"."""
    u, c = people[person_id], firms[firm_id]
    if u.disabled or c.trashed:
        return "-"
    if u.superadmin:
        return "delete"
    if "CR" not in u.permissions:
        return "-"
    manages = c.manager == person_id
    manager = people.get(c.manager) if c.manager is not None else None
    mate = u.company is not None and manager is not None and manager.company == u.company
    assoc = person_id in c.associates or (u.company is not None and u.company == firm_id)
    sees = manages or (c.parent is not None and (mate or assoc))
    if not sees:
        return "-"
    edits = (manages and "CW" in u.permissions) or (mate and c.parent is not None and "CM" in u.permissions)
    if not edits:
        return "view"
    return "delete" if "CM" in u.permissions else "edit"
