"""Who may see and change companies, and what hangs on them (docs/access.md).

Every answer comes from `companies_sight`: a person's audiences are himself and the people of his own company. Predicates are pure SQL and
take a model or an alias of it. Superadmins never reach them: `allowed()` lets them through.
"""

from collections.abc import Callable, Sequence
from typing import Any, Literal

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, false, or_

from core import Access, Actor, Rule, grant

from .models import ASSOCIATED, BELONGS, MANAGER, MATE
from .sight_row import ANY, SightRow

Towards = Literal["view", "edit", "delete"]
"""What somebody may do to a company: V, E and D of docs/access.md."""


def own_company(actor: Actor) -> int | None:
    """The actor's own company: to "no company" nobody belongs, not even others without one."""
    value = actor.facts.get("company_id")
    return int(value) if value else None


def audiences(actor: Actor) -> list[int]:
    """The audiences that the actor is part of: himself, and the people of his own company."""
    company_id = own_company(actor)
    return [a for a in (actor.user_id, -company_id if company_id else None) if a is not None]


def manages(actor: Actor, key: Any) -> ColumnElement[bool]:
    """The actor is the manager of the company whose id is `key` (a column or a number)."""
    return SightRow(key, [(actor.user_id, MANAGER)]) if actor.user_id is not None else false()


def is_mate(actor: Actor, key: Any) -> ColumnElement[bool]:
    """The company has a parent, and its manager belongs to the actor's own company."""
    company_id = own_company(actor)
    return SightRow(key, [(-company_id, MATE)]) if company_id else false()


def is_associated(actor: Actor, key: Any) -> ColumnElement[bool]:
    """The company has a parent, and the actor is one of its associated users."""
    return SightRow(key, [(actor.user_id, ASSOCIATED)]) if actor.user_id is not None else false()


def belongs(actor: Actor, key: Any) -> ColumnElement[bool]:
    """The company has a parent and is the actor's own."""
    company_id = own_company(actor)
    return SightRow(key, [(-company_id, BELONGS)]) if company_id else false()


def sees(actor: Actor, key: Any) -> ColumnElement[bool]:
    """V: any reason will do, so one look-up of the actor's audiences answers."""
    mine = audiences(actor)
    if not mine or not actor.has("CR"):
        return false()
    return SightRow(key, [(audience, ANY) for audience in mine])


def may_edit(actor: Actor, key: Any) -> ColumnElement[bool]:
    """E: the manager with CW, and his mates with CM."""
    ways = [(actor.user_id, MANAGER)] if actor.user_id is not None and actor.has("CW") else []
    company_id = own_company(actor)
    if company_id and actor.has("CM"):
        ways.append((-company_id, MATE))
    return SightRow(key, ways) if ways else false()


def may_delete(actor: Actor, key: Any) -> ColumnElement[bool]:
    """D: E, with CM."""
    return may_edit(actor, key) if actor.has("CM") else false()


def insider(actor: Actor, key: Any) -> ColumnElement[bool]:
    """The manager of the company or one of his mates: who sees its private contracts (docs/access.md)."""
    ways = [(actor.user_id, MANAGER)] if actor.user_id is not None else []
    if company_id := own_company(actor):
        ways.append((-company_id, MATE))
    return SightRow(key, ways) if ways else false()


_TOWARDS: dict[str, Callable[[Actor, Any], ColumnElement[bool]]] = {"view": sees, "edit": may_edit, "delete": may_delete}
_CODES = {"edit": {MANAGER: "CW", MATE: "CM"}, "delete": {MANAGER: "CM", MATE: "CM"}}
_WAYS = {MANAGER: manages, MATE: is_mate, ASSOCIATED: is_associated, BELONGS: belongs}
_NAMES = {MANAGER: "manager", MATE: "mate", ASSOCIATED: "associate", BELONGS: "belongs"}
_OF_COMPANY = {
    ("view", MANAGER): _l("Manager of the company"),
    ("view", MATE): _l("Belongs to the manager's own company, and the company has a parent"),
    ("view", ASSOCIATED): _l("Associated user, and the company has a parent"),
    ("view", BELONGS): _l("Belongs to this company, which has a parent"),
    ("edit", MANAGER): _l("Manager of the company, with CRM Write"),
    ("edit", MATE): _l("Belongs to the manager's own company, with CRM Manage"),
    ("delete", MANAGER): _l("Manager of the company, with CRM Manage"),
    ("delete", MATE): _l("Belongs to the manager's own company, with CRM Manage"),
}
_OF_OTHERS = {
    ("view", MANAGER): _l("Manager of its company"),
    ("view", MATE): _l("Belongs to the own company of its company's manager, and its company has a parent"),
    ("view", ASSOCIATED): _l("Associated with its company, which has a parent"),
    ("view", BELONGS): _l("Belongs to its company, which has a parent"),
    ("edit", MANAGER): _l("Manager of its company, with CRM Write"),
    ("edit", MATE): _l("Belongs to the own company of its company's manager, with CRM Manage"),
    ("delete", MANAGER): _l("Manager of its company, with CRM Manage"),
    ("delete", MATE): _l("Belongs to the own company of its company's manager, with CRM Manage"),
}


def _rules(action: str, towards: str, attribute: str, reasons: dict[tuple[str, int], Any]) -> list[Rule]:
    """The rules by which an action follows from V, E or D towards the company: one per way in, each with its reason."""
    bits = _CODES.get(towards) or dict.fromkeys(_WAYS, "CR")
    return [
        grant(action, reasons[towards, bit], _way(_WAYS[bit], code, attribute), name=f"{_NAMES[bit]}-{towards}")
        for bit, code in bits.items()
    ]


def _way(way: Any, code: str, attribute: str) -> Any:
    return lambda actor, model: way(actor, getattr(model, attribute)) if actor.has(code) else false()


def _towards(towards: str, attribute: str) -> Any:
    return lambda actor, model: _TOWARDS[towards](actor, getattr(model, attribute))


def follows_company(
    attribute: str = "company_id",
    *,
    view: Towards = "view",
    create: Towards = "edit",
    edit: Towards | None = "edit",
    delete: Towards | None = "edit",
    more: Sequence[Rule] = (),
) -> Access:
    """The access of what hangs on a company by the foreign key `attribute`: view it by V, create, edit and delete it by E (docs/access.md).

    Each action names what it asks towards the company; None leaves it to superadmins. `more` are restrictions of one's own.
    """
    asked = {"view": view, "create": create, "edit": edit, "delete": delete}
    rules = [rule for action, towards in asked.items() if towards for rule in _rules(action, towards, attribute, _OF_OTHERS)]
    combined = {action: _towards(towards, attribute) for action, towards in asked.items() if towards}
    return Access(rules=(*rules, *more), combined=combined)


COMPANY_ACCESS = Access(
    rules=[rule for action in ("view", "edit", "delete") for rule in _rules(action, action, "id", _OF_COMPANY)],
    combined={action: _towards(action, "id") for action in ("view", "edit", "delete")},
)

def pickable(actor: Actor, model: Any) -> ColumnElement[bool]:
    """What may be chosen as a parent: companies that the actor sees, and his own, which he often does not (docs/access.md)."""
    there = model.trashed_at.is_(None)
    if actor.superadmin:
        return there  # type: ignore[no-any-return]
    return there & or_(sees(actor, model.id), model.id == (own_company(actor) or 0))
