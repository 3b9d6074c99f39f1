"""How lists of contacts find their rows (ACCESS.md 7): few visible companies, or few hits of the text, are materialised and sorted.

Everybody else walks the list in its order and asks for each row whether its company is seen: most are.
"""

from typing import Any

from sqlalchemy import func, select

from core.access import allowed
from core.db import db
from core.records.query import TEXT_CAP, Driven, ListSpec, after_cursor, is_nullable, order_by, raw_key, text_condition
from plugins.companies.access import audiences
from plugins.companies.models import Sight

from .models import Contact

FEW_COMPANIES = 2_000


def drive(spec: ListSpec) -> Driven | None:
    """The rows of a list of contacts for its actor, or None to leave it to the engine."""
    mine = audiences(spec.actor)
    if spec.extra or any(applied.name == "company_id" for applied in spec.applied):
        return None  # one company's contacts: its index finds them
    text = any(len(term) >= 3 for term in spec.terms)
    candidates: dict[str, tuple[Any, int]] = {}
    if not spec.actor.superadmin:
        if not mine or not spec.actor.has("CR"):
            return None
        candidates["sight"] = (select(Sight.company_id.label("id")).where(Sight.audience.in_(mine)), FEW_COMPANIES)
    if text:
        hits = select(Contact.id.label("id")).where(*(text_condition(Contact, term) for term in spec.terms))
        candidates["text"] = (hits, TEXT_CAP)
    if not candidates:
        return None
    counts = spec.memo.get("contacts")
    if counts is None:
        capped = [
            select(func.count()).select_from(ids.limit(cap + 1).subquery()).scalar_subquery().label(name)
            for name, (ids, cap) in candidates.items()
        ]
        counts = spec.memo["contacts"] = dict(zip(candidates, db.session.execute(select(*capped)).one(), strict=True))
    few = [name for name, (_ids, cap) in candidates.items() if counts[name] <= cap]
    if few:
        driver = min(few, key=lambda name: counts[name])
        return _materialised(spec, driver, candidates[driver][0])
    return _walk(spec) if spec.terms else None


def _conditions(spec: ListSpec, *, without_text: bool) -> list[Any]:
    text = [] if without_text else [Contact.search_text.contains(term, autoescape=True) for term in spec.terms]
    return [allowed(spec.rt, "view", spec.actor), Contact.trashed_at.is_(None), *spec.extra, *(a.condition for a in spec.applied), *text]


def _materialised(spec: ListSpec, driver: str, ids: Any) -> Driven:
    found = ids.cte("found").prefix_with("MATERIALIZED")
    key, nullable = raw_key(spec), is_nullable(spec)
    inside = (Contact.id if driver == "text" else Contact.company_id).in_(select(found.c.id))
    rows = (
        select(Contact.id.label("id"), key.label("k"))
        .where(inside, *_conditions(spec, without_text=driver == "text"))
        .cte("rows_found").prefix_with("MATERIALIZED")
    )  # fmt: skip
    page = select(rows.c.id).where(*after_cursor(spec, rows.c.k, rows.c.id, nullable=nullable))
    page = page.order_by(*order_by(spec, rows.c.k, rows.c.id, nullable=nullable)).limit(spec.limit + 1)
    return Driven(ids=page, counted=select(rows.c.id))


def _walk(spec: ListSpec) -> Driven:
    key, nullable = raw_key(spec), is_nullable(spec)
    rows = select(Contact.id.label("id")).where(*_conditions(spec, without_text=False))
    page = rows.where(*after_cursor(spec, key, Contact.id, nullable=nullable))
    return Driven(ids=page.order_by(*order_by(spec, key, Contact.id, nullable=nullable)).limit(spec.limit + 1), counted=rows)
