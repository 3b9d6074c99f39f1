"""What a change of manager, parent or associates does to who sees a company, told before it is done (docs/access.md)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from core import Actor, Conflict, db
from core.access import actors_of

from .models import Membership
from .services import associates_of

MOST_NAMES = 20


@dataclass(frozen=True, kw_only=True)
class SightChange:
    """Who would see the company anew, and who no longer: names, in order."""

    gains: list[str]
    losses: list[str]


def _people_of(company_id: int | None) -> set[int]:
    if company_id is None:
        return set()
    return set(db.session.scalars(select(Membership.user_id).where(Membership.company_id == company_id)))


def _viewers(company_id: int, manager_id: int | None, parent_id: int | None, associates: Iterable[int]) -> set[int]:
    """User ids with a reason to see a company that had these: V of docs/access.md, permissions apart."""
    seen = {manager_id} if manager_id is not None else set()
    if parent_id is None:
        return seen
    own = db.session.scalar(select(Membership.company_id).where(Membership.user_id == manager_id)) if manager_id is not None else None
    return seen | _people_of(own) | set(associates) | _people_of(company_id)


def sight_change(company: Any, new_manager: int | None, new_parent: int | None, new_associates: Iterable[int]) -> SightChange:
    """Who gains and who loses sight of `company` by these new values. Superadmins and people without CRM View are left out."""
    before = _viewers(company.id, company.manager_id, company.parent_id, associates_of(company.id))
    after = _viewers(company.id, new_manager, new_parent, new_associates)
    concerned = {i: a for i, a in actors_of(before ^ after).items() if a.has("CR") and not a.superadmin}
    named = sorted(((a.name.casefold(), a.name, i in after) for i, a in concerned.items()))
    return SightChange(gains=[name for _key, name, gained in named if gained], losses=[name for _key, name, gained in named if not gained])


def asks(values: Mapping[str, Any], record: Any, actor: Actor) -> Conflict | None:
    """The question that a change of sight puts before it is done: 409 with who loses it, until it is confirmed."""
    manager_id, parent_id = values.get("manager_id", record.manager_id), values.get("parent_id", record.parent_id)
    if manager_id == record.manager_id and parent_id == record.parent_id and "associate_ids" not in values:
        return None
    before = associates_of(record.id)
    associates = values["associate_ids"] or () if "associate_ids" in values else before
    if (manager_id, parent_id, sorted(associates)) == (record.manager_id, record.parent_id, before):
        return None
    change = sight_change(record, manager_id, parent_id, associates)
    if not change.losses:
        return None
    return Conflict(describe(change), details={"sight": {"gains": change.gains, "losses": change.losses}})


def describe(change: SightChange) -> str:
    """The change of sight in words."""
    lines = [_("No longer see this company: %(names)s.", names=_names(change.losses))] if change.losses else []
    if change.gains:
        lines.append(_("See it from now on: %(names)s.", names=_names(change.gains)))
    return " ".join(lines)


def _names(names: list[str]) -> str:
    if len(names) <= MOST_NAMES:
        return ", ".join(names)
    return _("%(names)s and %(n)s more", names=", ".join(names[:MOST_NAMES]), n=len(names) - MOST_NAMES)
