"""The chain of parents: it has no circle, it is drawn on the record, and it names nothing that the reader does not see."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, bindparam, literal, select

from core import Actor, db
from core.access import for_reader
from core.db import read

from .access import own_company, sees
from .models import Company

DEEPEST = 1000


def _up() -> Any:
    c, above = Company.__table__.c, Company.__table__.alias("above")
    start = select(c.id, c.name, c.parent_id).where(c.id == bindparam("company_id")).cte("chain", recursive=True)
    # UNION, not UNION ALL: were there a circle in the data, this would still end
    return start.union(select(above.c.id, above.c.name, above.c.parent_id).join_from(above, start, start.c.parent_id == above.c.id))


_UP = _up()
"""A company and all above it. Built once: building it takes longer than running it."""
_CHAIN = select(_UP.c.id, _UP.c.name, _UP.c.parent_id).limit(DEEPEST)


def _in_order(stmt: Any, company_id: int) -> list[Any]:
    by_id = {row.id: row for row in read(stmt, {"company_id": company_id})}
    out = []
    row = by_id.pop(company_id, None)
    while row is not None:
        out.append(row)
        row = by_id.pop(row.parent_id, None)
    return out


def chain(company_id: int) -> list[tuple[int, str]]:
    """(id, name) of a company and its parents, from the company up to the root."""
    return [(row.id, row.name) for row in _in_order(_CHAIN, company_id)]


def chain_in_sight(company_id: int, actor: Actor) -> list[tuple[int, str, bool]]:
    """The same, each with whether the actor sees it."""
    return [(row.id, row.name, bool(row.seen)) for row in _in_order(_chain_for(actor), company_id)]


@for_reader
def _chain_for(actor: Actor) -> Select[Any]:
    seen = literal(True) if actor.superadmin else sees(actor, _UP.c.id)
    return _CHAIN.add_columns(seen.label("seen"))


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
