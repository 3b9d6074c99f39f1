"""What a change of manager, parent, associates or own company does to who sees companies, told before it is done (docs/access.md)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import ColumnElement, Select, exists, func, or_, select

from core import Actor, Conflict, db
from core.access import actors_of, holders
from core.db import among
from core.identity import User

from .models import Company, Membership, Sight
from .services import associates_of, own_companies

MOST_NAMES = 20
MOST_COMPANIES = 5


@dataclass(frozen=True, kw_only=True)
class SightChange:
    """Who would see the company anew, and who no longer: the first names, in order, and how many there are."""

    gains: list[str]
    losses: list[str]
    gain_count: int
    loss_count: int


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
    changed = after - before, before - after
    (gains, gain_count), (losses, loss_count) = (_people(among(User.id, sorted(ids))) if ids else ([], 0) for ids in changed)
    return SightChange(gains=gains, losses=losses, gain_count=gain_count, loss_count=loss_count)


def _people(which: ColumnElement[bool]) -> tuple[list[str], int]:
    """The first names of these users, and how many there are, without superadmins and people without CRM View."""
    stmt = select(User.name, func.count().over()).where(which, User.id.in_(holders("CR")))
    rows = db.session.execute(stmt.order_by(User.name_key, User.id).limit(MOST_NAMES)).all()
    return [name for name, _n in rows], rows[0][1] if rows else 0


def _sight(change: SightChange) -> dict[str, Any]:
    """The change as details of its question: REST gives them, the pages ask for the consent by them."""
    return {"sight": asdict(change)}


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
    return Conflict(describe(change), details=_sight(change))


def describe(change: SightChange) -> str:
    """The change of sight in words."""
    lines = [_("No longer see this company: %(names)s.", names=_names(change.losses, change.loss_count))] if change.losses else []
    if change.gains:
        lines.append(_("See it from now on: %(names)s.", names=_names(change.gains, change.gain_count)))
    return " ".join(lines)


def _names(names: Sequence[str], n: int) -> str:
    """The first names of `n`, and how many more there are."""
    shown, more = ", ".join(names), n - len(names)
    return _("%(names)s and %(n)s more", names=shown, n=more) if more > 0 else shown


# --- own company ---


def asks_for_own_company(user: User, company_id: int | None) -> Conflict | None:
    """The question that another own company puts before it is done: who loses sight of what, until it is confirmed.

    He belongs to other people's colleagues then, and so do the companies that he manages.
    """
    before = own_companies([user.id]).get(user.id)
    if before is None or before == company_id:
        return None
    himself = actors_of([user.id]).get(user.id)
    sees = himself is not None and himself.has("CR") and not himself.superadmin
    lost, left = _companies(_seen_by_one_alone(user.id, before, company_id)) if sees else ([], 0), _colleagues(user.id, before)
    if not lost[1] and not left[1]:
        return None
    found = _companies(_seen_by_one_alone(user.id, company_id, before)) if sees and company_id else ([], 0)
    joined = _colleagues(user.id, company_id) if company_id else ([], 0)
    no_longer, from_now = _of_managed(user.name, left, joined)
    lines = []
    if lost[1]:
        names = _names(*lost)
        lines.append(ngettext("%(name)s no longer sees one company: %(names)s.", "%(name)s no longer sees %(num)s companies: %(names)s.",
                              lost[1], name=user.name, names=names))  # fmt: skip
    lines += no_longer
    if found[1]:
        names = _names(*found)
        lines.append(ngettext("%(name)s sees one more from now on: %(names)s.", "%(name)s sees %(num)s more from now on: %(names)s.",
                              found[1], name=user.name, names=names))  # fmt: skip
    lines += from_now
    himself_gains, himself_loses = bool(found[1]), bool(lost[1])
    change = SightChange(
        gains=[user.name] * himself_gains + joined[0], losses=[user.name] * himself_loses + left[0],
        gain_count=himself_gains + joined[1], loss_count=himself_loses + left[1],
    )  # fmt: skip
    return Conflict(" ".join(lines), details=_sight(change))


def asks_for_heir(user_id: int, heir_id: int | None) -> Conflict | None:
    """The question that an heir of another company puts before he manages what somebody managed who is disabled: who loses sight of it."""
    own = own_companies([user_id, heir_id]) if heir_id is not None else {}
    before, after = own.get(user_id), own.get(heir_id or 0)
    if before is None or before == after:
        return None
    losses, gains = _colleagues(user_id, before), _colleagues(user_id, after) if after else ([], 0)
    if not losses[1]:
        return None
    name = db.session.scalar(select(User.name).where(User.id == user_id))
    no_longer, from_now = _of_managed(name or "", losses, gains)
    change = SightChange(gains=gains[0], losses=losses[0], gain_count=gains[1], loss_count=losses[1])
    return Conflict(" ".join(no_longer + from_now), details=_sight(change))


def _of_managed(manager: str, losses: tuple[list[str], int], gains: tuple[list[str], int]) -> tuple[list[str], list[str]]:
    """Who sees what somebody manages no longer, and who from now on, in words: a line each, where there are any."""
    no_longer = [_("No longer see what %(name)s manages: %(names)s.", name=manager, names=_names(*losses))] if losses[1] else []
    from_now = [_("See what %(name)s manages from now on: %(names)s.", name=manager, names=_names(*gains))] if gains[1] else []
    return no_longer, from_now


def _seen_by_one_alone(user_id: int, one: int, other: int | None) -> Select[Any]:
    """The companies that somebody sees only by belonging to `one` company, and would not see by belonging to the `other`."""
    to_one = select(Sight.company_id).where(Sight.audience == -one)
    by_himself = exists().where(Sight.company_id == Company.id, Sight.audience.in_([user_id, *([-other] if other else [])]))
    by_belonging = (Company.id == one) & Company.parent_id.is_not(None)  # of a company to which nobody belongs there is no row yet
    stmt = select(Company.name, func.count().over()).where(or_(Company.id.in_(to_one), by_belonging), ~by_himself)
    stmt = stmt.where(Company.trashed_at.is_(None))
    return stmt if other is None else stmt.where(Company.id != other)


def _companies(stmt: Select[Any]) -> tuple[list[str], int]:
    """The first names of these companies, and how many there are."""
    rows = db.session.execute(stmt.order_by(Company.name_key, Company.id).limit(MOST_COMPANIES)).all()
    return [name for name, _n in rows], rows[0][1] if rows else 0


def _colleagues(user_id: int, company_id: int) -> tuple[list[str], int]:
    """The first names of those who belong to a company and see something that this user manages because he belongs there, or would, and
    how many they are."""
    seen = exists().where(Sight.company_id == Company.id, Sight.audience == Membership.user_id).correlate(Company, Membership)
    managed = [Company.manager_id == user_id, Company.parent_id.is_not(None), Company.trashed_at.is_(None), Company.id != company_id]
    stmt = select(Membership.user_id).where(Membership.company_id == company_id, Membership.user_id != user_id)
    stmt = stmt.where(exists().where(*managed, ~seen).correlate(Membership))
    return _people(User.id.in_(stmt))
