"""Who may see and change leads: owners, whoever sees the managing company or belongs to it, and managers of the CRM (docs/access.md)."""

from functools import lru_cache
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, false, or_, select, true

from core import Access, Actor, grant, shared_list
from core.identity import User
from plugins.companies.access import own_company, sees


@lru_cache(maxsize=64)
def has_owner(model: Any) -> ColumnElement[bool]:
    """The lead has an owner who is not disabled: a disabled one counts as none."""
    return select(User.id).where(User.id == model.owner_id, User.disabled.is_(False)).correlate_except(User).exists()


def owns(actor: Actor, model: Any) -> ColumnElement[bool]:
    """The actor is the lead's owner."""
    return model.owner_id == actor.user_id if actor.user_id is not None else false()  # type: ignore[no-any-return]


def sees_company(actor: Actor, model: Any) -> ColumnElement[bool]:
    """The actor sees the managing company."""
    return sees(actor, model.company_id)


def belongs_to_company(actor: Actor, model: Any) -> ColumnElement[bool]:
    """The managing company is the actor's own."""
    mine = own_company(actor)
    return model.company_id == mine if mine else false()  # type: ignore[no-any-return]


def nobodys(actor: Actor, model: Any) -> ColumnElement[bool]:
    """Neither owner nor managing company: for those with CM."""
    return and_(model.company_id.is_(None), ~has_owner(model)) if actor.has("CM") else false()


def _owner_writes(actor: Actor, model: Any) -> ColumnElement[bool]:
    return owns(actor, model) if actor.has("CW") else false()


def _manager(actor: Actor, model: Any) -> ColumnElement[bool]:
    return true() if actor.has("CM") else false()


def _creates(actor: Actor, model: Any) -> ColumnElement[bool]:
    return true() if actor.has("CW") else false()


def view(actor: Actor, model: Any) -> ColumnElement[bool]:
    """All ways of seeing a lead, as one condition."""
    return or_(owns(actor, model), belongs_to_company(actor, model), sees_company(actor, model), nobodys(actor, model))


LEAD_ACCESS = Access(
    rules=[
        grant("view", _l("Owner of the lead"), owns, name="owner"),
        grant("view", _l("Sees the company that manages the lead"), sees_company, name="company"),
        grant("view", _l("Belongs to the company that manages the lead"), belongs_to_company, name="belongs"),
        grant("view", _l("The lead has neither owner nor company, and CRM Manage sees those"), nobodys, name="nobodys"),
        grant("create", _l("CRM Write creates leads"), _creates, name="write"),
        grant("edit", _l("Owner of the lead, with CRM Write"), _owner_writes, name="owner-write"),
        grant("edit", _l("Sees the lead, with CRM Manage"), _manager, name="manage"),
        grant("delete", _l("Sees the lead, with CRM Manage"), _manager, name="manage-delete"),
    ],
)
SHARED = shared_list()
