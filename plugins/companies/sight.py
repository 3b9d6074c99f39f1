"""Keeps `companies_sight`: a pure function of manager, parent, associates and own companies (docs/access.md).

Whoever changes one of those four, a name, a last activity or the trash calls `refresh` in the same transaction. Nothing else writes the
table, and `differences` says whether that holds.

PostgreSQL needs locks, or two changes that don't see each other leave stale rows: a change of somebody's own company locks the user, then
the companies that it concerns; any refresh locks its companies first. A new manager is safe by itself: his foreign key waits for that lock.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Select, delete, except_, func, insert, literal, or_, select, type_coerce, union_all

from core import UtcTime, db
from core.db import among
from core.identity import User

from .models import ASSOCIATE, ASSOCIATED, BELONGS, MANAGER, MATE, Company, Membership, Sight

CHUNK = 2_000
_COLUMNS = ("company_id", "audience", "why", "name_key", "last_update")


def _dialect() -> str:
    return str(db.session.get_bind().dialect.name)


def _is_postgresql() -> bool:
    return _dialect() == "postgresql"


def _computed(where: Any = None) -> Select[Any]:
    """The rows that should be there, of the companies that fit `where`."""
    c, m, a = Company.__table__.c, Membership.__table__.c, ASSOCIATE.c
    copied = (c.name_key, type_coerce(c.last_update, BigInteger).label("last_update"))
    there = [c.trashed_at.is_(None), *([] if where is None else [where])]
    child = [c.parent_id.is_not(None), *there]
    ways = union_all(
        select(c.id.label("company_id"), c.manager_id.label("audience"), literal(MANAGER).label("why"), *copied)
        .where(c.manager_id.is_not(None), *there),
        select(c.id, -m.company_id, literal(MATE), *copied)
        .join_from(Company.__table__, Membership.__table__, m.user_id == c.manager_id).where(*child),
        select(c.id, a.user_id, literal(ASSOCIATED), *copied)
        .join_from(Company.__table__, ASSOCIATE, a.company_id == c.id).where(*child),
        select(c.id, -c.id, literal(BELONGS), *copied)
        .where(c.id.in_(select(m.company_id)), *child),
    ).subquery("ways")  # fmt: skip
    w = ways.c
    return select(w.company_id, w.audience, func.sum(w.why).label("why"), w.name_key, w.last_update).group_by(
        w.company_id, w.audience, w.name_key, w.last_update
    )


def lock_managers(user_ids: Iterable[int | None]) -> None:
    """Before a company is written: a manager's own company stays as it is until we are through. Users go first, then companies."""
    session = db.session()
    transaction, held = session.info.get("companies_locked", (None, frozenset()))
    now = session.get_transaction()
    if transaction is None or transaction is not now:
        held = frozenset()
    new = {i for i in user_ids if i is not None and i not in held}
    if not new:  # an import asks for each row, mostly of the same people
        return
    if _is_postgresql():
        session.execute(select(User.id).where(User.id.in_(sorted(new))).order_by(User.id).with_for_update(read=True, key_share=True))
        now = session.get_transaction()
    session.info["companies_locked"] = (now, held | new)


def _lock(where: Any) -> Any:
    return select(Company.id).where(where).order_by(Company.id).with_for_update(key_share=True)


def _statements(where: Any) -> tuple[Any, ...]:
    """What makes the rows of the companies that fit `where` (a condition on the table) what they should be."""
    table, sight = Company.__table__, Sight.__table__
    old = delete(sight).where(sight.c.company_id.in_(select(table.c.id).where(where)))
    return (*([_lock(where)] if _is_postgresql() else []), old, insert(sight).from_select(_COLUMNS, _computed(where)))


@cache
def _statements_of_some(_dialect: str) -> tuple[Any, ...]:
    """Those of some companies by their `ids`. Built once: with each company that is saved they run."""
    return _statements(among(Company.__table__.c.id, "ids"))


def refresh(ids: Sequence[int]) -> None:
    """Compute the sight of these companies anew, in this transaction."""
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), CHUNK):
        for statement in _statements_of_some(_dialect()):
            db.session.execute(statement, {"ids": wanted[start : start + CHUNK]})


def refresh_all() -> None:
    """Compute everything anew: after a restore, or when `differences` found some."""
    db.session.execute(delete(Sight.__table__))
    db.session.execute(insert(Sight.__table__).from_select(_COLUMNS, _computed()))


def touch(ids: Iterable[int], when: datetime) -> None:
    """Only the last activity of these companies has moved: no row comes or goes."""
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), CHUNK):
        part = wanted[start : start + CHUNK]
        if _is_postgresql():
            db.session.execute(_lock(among(Company.id, part)))
        db.session.execute(Sight.__table__.update().where(among(Sight.company_id, part)).values(last_update=literal(when, UtcTime())))


def set_membership(user_id: int, company_id: int | None) -> None:
    """Set a user's own company, and the sight of all that he manages and of the companies that he leaves and joins."""
    if _is_postgresql():
        db.session.execute(select(User.id).where(User.id == user_id).with_for_update())
    before = db.session.scalar(select(Membership.company_id).where(Membership.user_id == user_id))
    if before == company_id:
        return
    table = Membership.__table__
    if company_id is None:
        db.session.execute(delete(table).where(table.c.user_id == user_id))
    elif before is None:
        db.session.execute(insert(table).values(user_id=user_id, company_id=company_id))
    else:
        db.session.execute(table.update().where(table.c.user_id == user_id).values(company_id=company_id))
    c = Company.__table__.c
    for statement in _statements(or_(c.manager_id == user_id, c.id.in_([i for i in (before, company_id) if i is not None]))):
        db.session.execute(statement)


def differences(limit: int = 20) -> list[tuple[int, int, str]]:
    """What `doctor` asks: (company, audience, "missing" | "superfluous") of rows that are not as they should be; empty when all is well."""
    s = Sight.__table__.c
    stored = select(s.company_id, s.audience, s.why, s.name_key, s.last_update)
    out = []
    for word, left, right in (("missing", _computed(), stored), ("superfluous", stored, _computed())):
        odd = except_(left, right).subquery()
        rows = db.session.execute(select(odd.c.company_id, odd.c.audience).limit(limit))
        out += [(row.company_id, row.audience, word) for row in rows]
    return out
