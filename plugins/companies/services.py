"""The verbs of companies, and what others may do to them: they flush, never commit.

Other plugins use `touch_companies`, `set_billing`, `require_edit`, `managers_of` and `own_companies`; the rest serves the record type.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, func, literal, select, text, true, update

from core import Actor, Forbidden, Invalid, Micros, NotFound, allowed, db, record_type
from core.db import among, read
from core.history import reassign
from core.identity import User
from core.records import answer

from . import sight
from .access import own_company
from .models import ASSOCIATE, Company, Membership, now
from .parents import check_parent

PARTS = ("street", "postcode", "city", "province")


# --- what is checked and completed before a company is written ---------------------------------------------------------------------


def prepare(values: dict[str, Any], record: Any, actor: Actor) -> dict[str, Any]:
    """Complete and check a company before it is written. Raises Invalid with messages by field."""
    out = dict(values)
    errors: dict[str, Any] = {}
    if record is None:
        _complete_new(out, actor, errors)
    elif "parent_id" in out and out["parent_id"] != record.parent_id:
        if out["parent_id"] is None and not (actor.superadmin or record.manager_id == actor.user_id):
            errors["parent_id"] = _l("Only its manager or a superadmin takes a company's parent away.")
        elif out["parent_id"] is not None:
            check_parent(record, out["parent_id"], actor, errors)
    if out.get("payment_conditions", 0) is None:
        out["payment_conditions"] = 30
    if "last_update" in out and out["last_update"] is None:
        del out["last_update"]
    _write_address(out, record)
    if errors:
        raise Invalid(errors)
    sight.lock_managers([out.get("manager_id"), getattr(record, "manager_id", None)])
    return out


def _complete_new(out: dict[str, Any], actor: Actor, errors: dict[str, Any]) -> None:
    if out.get("manager_id") is None:
        out["manager_id"] = actor.user_id
    elif out["manager_id"] != actor.user_id and not actor.has("CM"):
        errors["manager_id"] = _l("Only with CRM Manage you name somebody else as manager. Leave it empty to be it yourself.")
    if "parent_id" not in out:
        out["parent_id"] = own_company(actor)


def _write_address(out: dict[str, Any], record: Any) -> None:
    """The address as it stands on invoices, written from its parts when one of them is given."""
    if out.keys().isdisjoint(PARTS):
        return
    before = {name: getattr(record, name, None) for name in PARTS}
    after = {name: out.get(name, before[name]) for name in PARTS}
    if after == before or not any(after.values()):
        return
    place = " ".join(part for part in (after["postcode"], after["city"]) if part)
    out["address"] = "\n".join(line for line in (after["street"], place, after["province"]) if line)


def written(ids: Sequence[int], actor: Actor) -> None:
    """After companies were written, one or a thousand: who sees them."""
    sight.refresh(ids)


def prepare_role(values: dict[str, Any], record: Any, actor: Actor) -> dict[str, Any]:
    """A role's name is its own, whatever its case and spaces."""
    from .models import Role, same_name, same_role

    if name := values.get("name"):
        taken = select(Role.id).where(Role.same_key == same_name(name), Role.trashed_at.is_(None), Role.id != getattr(record, "id", 0))
        if db.session.scalar(taken.limit(1)):
            raise Invalid({"name": same_role(name)})
    return values


# --- for other plugins -------------------------------------------------------------------------------------------------------------


def require_edit(company_id: int | None, actor: Actor) -> None:
    """Creating and moving what hangs on a company asks for E on it (docs/access.md). Raises NotFound where it is not even seen."""
    if actor.superadmin or company_id is None:
        return
    may = answer(editable, company_id, actor)
    if not may:
        raise NotFound if may is None else Forbidden


def editable(ids: Collection[int], actor: Actor) -> dict[int, bool]:
    """Of companies, those that the actor sees, each with whether he may edit it: what `require_edit` asks, for many at once."""
    rt = record_type("companies.company")
    may = and_(true(), allowed(rt, "edit", actor))
    stmt = select(Company.id, may).where(among(Company.id, ids), allowed(rt, "view", actor), Company.trashed_at.is_(None))
    return {row[0]: bool(row[1]) for row in db.session.execute(stmt)}


def managers_of(ids: Collection[int], _actor: Actor) -> dict[int, int | None]:
    """The managers of companies."""
    return dict(db.session.execute(select(Company.id, Company.manager_id).where(among(Company.id, ids))).all())


def touch_companies(ids: Iterable[int | None]) -> None:
    """Something happened on these companies (a note, a contact, a contract, an invoice): their last activity is now.

    Raises no `version`, so that nobody's open form is out of date because of it.
    """
    wanted = sorted({i for i in ids if i is not None})
    when = now()
    for start in range(0, len(wanted), sight.CHUNK):
        part = wanted[start : start + sight.CHUNK]
        db.session.execute(
            update(Company.__table__).where(among(Company.id, part)).values(last_update=when, updated_at=Company.__table__.c.updated_at)
        )
    sight.touch(wanted, when)


def keep_activity(moments: Mapping[int, datetime]) -> None:
    """Put companies' last activity (company id → moment) back to what it was: for work that is no activity, as filling in a demo."""
    table = Company.__table__
    for company_id, moment in moments.items():
        values = {"last_update": moment, "updated_at": table.c.updated_at}
        db.session.execute(update(table).where(table.c.id == company_id).values(**values))
    sight.refresh(list(moments))


def set_billing(sums: Callable[[Any], Any], company_ids: Iterable[int] | None = None) -> None:
    """Write what was invoiced to some companies, or to all, in the site's currency, by one statement; version and last activity stay.

    `sums(company_id)` gives the amount in SQL, for a column of company ids; NULL is none.
    """
    table = Company.__table__
    amount = func.coalesce(sums(table.c.id), literal(Decimal(0), Micros()))
    which = table.c.billing != amount if company_ids is None else table.c.id.in_(sorted(company_ids))
    kept = {"updated_at": table.c.updated_at, "last_update": table.c.last_update}
    db.session.execute(update(table).where(which).values(billing=amount, **kept))


_OWN = select(*Membership.__table__.c["user_id", "company_id"]).where(among(Membership.__table__.c.user_id, "user_ids"))
"""Built once: it runs in each request."""


def own_companies(user_ids: Sequence[int]) -> dict[int, int]:
    """User id → own company, of those who have one."""
    if not user_ids:
        return {}
    return dict(read(_OWN, {"user_ids": list(user_ids)}).all())


def set_own_company(user: Any, company_id: int | None) -> None:
    """Set a user's own company (a grant: superadmins only). Raises Invalid for a company that is not there."""
    user_id = user if isinstance(user, int) else user.id
    if company_id is not None:
        company_id = int(company_id)
        if db.session.scalar(select(Company.id).where(Company.id == company_id, Company.trashed_at.is_(None))) is None:
            raise Invalid({"company_id": _l("“%(value)s” was not found.", value=company_id)})
    sight.set_membership(user_id, company_id)


def associates_of(company_id: int) -> list[int]:
    """The associated users of a company, by id."""
    stmt = select(ASSOCIATE.c.user_id).where(ASSOCIATE.c.company_id == company_id).order_by(ASSOCIATE.c.user_id)
    return list(db.session.scalars(stmt))


def hand_over(user_id: int, heir_id: int | None) -> None:
    """A user is disabled: his heir manages his companies. Without an heir he stays their manager and defines the mates (docs/access.md)."""
    if heir_id is None:
        return
    sight.lock_managers([user_id, heir_id])
    sight.refresh(reassign(Company, "manager_id", user_id, heir_id, keep=("last_update",)))


def names_of(user_ids: Iterable[int]) -> list[str]:
    """The names of users, in their order."""
    wanted = sorted(set(user_ids))
    return list(db.session.scalars(select(User.name).where(User.id.in_(wanted)).order_by(User.name_key, User.id))) if wanted else []


def lock_chain() -> None:
    """Two moves at once could close a circle that neither sees: on PostgreSQL they take turns."""
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": 0x434F4D50})
