"""How lists of leads and the pipeline find their rows (docs/access.md): whoever sees few leads begins at those, not at all of them.

The ways of seeing a lead are joined by OR, which no index answers. Each by itself has one; together they give the leads among which all
are that the actor sees. What he may see is still asked of each row, by the rules themselves.
"""

import time
from typing import Any

from sqlalchemy import CompoundSelect, Select, func, literal, select, union_all
from sqlalchemy.orm import aliased

from core import Actor, runtime
from core.access import for_reader
from core.db import read
from core.records import COUNT_CAP, Driven, ListSpec, after_cursor, base_conditions, is_nullable, order_by, raw_key
from plugins.companies.access import audiences, own_company
from plugins.companies.models import Sight

from .access import nobodys
from .models import Lead

KNOWN_FOR, MOST_KNOWN = 60.0, 1000
"""Seconds for which it is known who sees few companies, and of how many people."""
ONE = aliased(Lead)
"""A candidate: under a name of its own, or it would be taken for the lead of the statement around it."""


def candidates(actor: Actor) -> CompoundSelect[Any]:
    """SELECT the ids of leads among which are all that the actor sees. For those who `sees_few`."""
    ways: list[Any] = [select(ONE.id).where(ONE.owner_id == actor.user_id)]
    for audience in audiences(actor):
        ways.append(select(ONE.id).join(Sight, ONE.company_id == Sight.company_id).where(Sight.audience == audience))
    if house := own_company(actor):
        ways.append(select(ONE.id).where(ONE.company_id == house))
    if actor.has("CM"):
        ways.append(select(ONE.id).where(nobodys(actor, ONE)))
    return union_all(*ways)


def sees_few(actor: Actor) -> bool:
    """Whether the actor sees few companies, so that his leads are found through those: no superadmin, and nobody who sees many.

    Counted up to a cap, at most once a minute: either way finds the same leads. A company that is in both of a person's audiences counts
    twice: no matter.
    """
    if actor.superadmin or not audiences(actor):
        return False
    known = runtime().parts.setdefault("leads_few", {})
    few, until = known.get(actor.rights, (False, 0.0))
    if time.monotonic() >= until:
        if len(known) >= MOST_KNOWN:
            known.clear()
        few = int(read(_companies_seen(actor)).scalar() or 0) <= COUNT_CAP
        known[actor.rights] = few, time.monotonic() + KNOWN_FOR
    return few


@for_reader
def _companies_seen(actor: Actor) -> Select[Any]:
    few = select(literal(1)).where(Sight.audience.in_(audiences(actor))).limit(COUNT_CAP + 1).subquery()
    return select(func.count()).select_from(few)


def drive(spec: ListSpec) -> Driven | None:
    """The rows of a list of leads for its actor, or None to leave it to the engine. The page and its count share one answer."""
    asked = ("leads", spec.cursor, spec.limit)
    if asked not in spec.memo:
        spec.memo[asked] = _drive(spec)
    return spec.memo[asked]  # type: ignore[no-any-return]


def _drive(spec: ListSpec) -> Driven | None:
    if spec.terms or spec.extra or any(a.name == "company_id" for a in spec.applied):
        return None  # a word, or one company's leads: their indexes find them
    if not sees_few(spec.actor):
        return None
    ids = candidates(spec.actor)
    key, nullable = raw_key(spec), is_nullable(spec)
    rows = select(Lead.id.label("id"), key.label("k")).where(Lead.id.in_(ids), *base_conditions(spec))
    found = rows.cte("rows_found").prefix_with("MATERIALIZED")
    page = select(found.c.id).where(*after_cursor(spec, found.c.k, found.c.id, nullable=nullable))
    page = page.order_by(*order_by(spec, found.c.k, found.c.id, nullable=nullable)).limit(spec.limit + 1)
    return Driven(ids=page, counted=select(found.c.id))
