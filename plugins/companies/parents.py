"""The chain of parents: it has no circle, it is drawn on the record, and it names nothing that the reader does not see."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import aliased

from core.access import Actor
from core.db import db

from .access import own_company, sees
from .models import Company

DEEPEST = 1000


def pickable(actor: Actor, model: Any) -> ColumnElement[bool]:
    """What may be chosen as a parent: companies that the actor sees, and his own, which he often does not (ACCESS.md 2)."""
    there = model.trashed_at.is_(None)
    if actor.superadmin:
        return there  # type: ignore[no-any-return]
    return there & or_(sees(actor, model.id), model.id == (own_company(actor) or 0))


def chain(company_id: int) -> list[tuple[int, str]]:
    """(id, name) of a company and its parents, from the company up to the root."""
    start = select(Company.id, Company.name, Company.parent_id).where(Company.id == company_id).cte("chain", recursive=True)
    up = aliased(Company)
    # UNION, not UNION ALL: were there a circle in the data, this would still end
    whole = start.union(select(up.id, up.name, up.parent_id).join(start, start.c.parent_id == up.id))
    by_id = {row.id: row for row in db.session.execute(select(whole.c.id, whole.c.name, whole.c.parent_id).limit(DEEPEST))}
    out: list[tuple[int, str]] = []
    row = by_id.pop(company_id, None)
    while row is not None:
        out.append((row.id, row.name))
        row = by_id.pop(row.parent_id, None)
    return out


def visible_ids(ids: list[int], actor: Actor) -> set[int]:
    """Which of these companies the actor sees."""
    if actor.superadmin:
        return set(ids)
    return set(db.session.scalars(select(Company.id).where(Company.id.in_(ids), sees(actor, Company.id))))


def check_parent(record: Any, parent_id: int, actor: Actor, errors: dict[str, Any]) -> None:
    """Refuse a parent that is the company itself or lies below it; the refusal names the chain as far as the actor sees it."""
    from .services import lock_chain

    lock_chain()
    up = chain(parent_id)
    if record.id not in {company_id for company_id, _name in up}:
        return
    circle = up[: next(n for n, (company_id, _name) in enumerate(up) if company_id == record.id) + 1]
    seen = visible_ids([company_id for company_id, _name in circle], actor) | {record.id, own_company(actor)}
    names = [name if company_id in seen else "…" for company_id, name in circle]
    errors["parent_id"] = _l(
        "That would be a circle: %(chain)s. A company can't be below itself.", chain=" → ".join([record.name, *names])
    )
