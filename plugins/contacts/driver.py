"""How lists of contacts find their rows (docs/access.md).

By company, then name: the companies that the reader sees come in order from `companies_sight`, each with its contacts, until a page is
full. In other orders few visible companies, or few hits of the text, are materialised and sorted; who sees many walks the list instead
and asks for each row whether its company is seen: most are.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, tuple_, union

from core import allowed, db
from core.records import COUNT_CAP, TEXT_CAP, Driven, ListSpec, after_cursor, is_nullable, order_by, raw_key, text_condition
from plugins.companies.access import audiences
from plugins.companies.models import Sight

from .models import Contact, company_part

FEW_COMPANIES = 2_000
ARMS = (Sight.__table__.alias("by_me"), Sight.__table__.alias("by_house"))


def drive(spec: ListSpec) -> Driven | None:
    """The rows of a list of contacts for its actor, or None to leave it to the engine. The page and its count share one answer."""
    asked = ("contacts", spec.cursor, spec.limit)
    if asked not in spec.memo:
        spec.memo[asked] = _choose(spec)
    return spec.memo[asked]  # type: ignore[no-any-return]


def _choose(spec: ListSpec) -> Driven | None:
    mine = audiences(spec.actor)
    if spec.extra or any(applied.name == "company_id" for applied in spec.applied):
        return None  # one company's contacts: its index finds them
    if not spec.actor.superadmin and (not mine or not spec.actor.has("CR")):
        return None
    by_company = spec.sort.name == "company_id" and not spec.actor.superadmin
    if by_company and not spec.terms:
        return _walk_sight(spec, mine)
    candidates = _candidates(spec, mine)
    if not candidates:
        return None
    counts = spec.memo.get("contacts counts")
    if counts is None:
        counts = spec.memo["contacts counts"] = _counts(candidates)
    few = [name for name, (_ids, cap) in candidates.items() if counts[name] <= cap]
    if few:
        driver = min(few, key=lambda name: counts[name])
        return _materialised(spec, driver, candidates[driver][0])
    if by_company:
        return _walk_sight(spec, mine)
    return _walk(spec) if spec.terms else None


def _candidates(spec: ListSpec, mine: Sequence[int]) -> dict[str, tuple[Any, int]]:
    """What could drive: name → (SELECT of ids, up to how many it is worth it)."""
    out: dict[str, tuple[Any, int]] = {}
    if not spec.actor.superadmin:
        out["sight"] = (select(Sight.company_id.label("id")).where(Sight.audience.in_(mine)), FEW_COMPANIES)
    if any(len(term) >= 3 for term in spec.terms):
        hits = select(Contact.id.label("id")).where(*(text_condition(Contact, term) for term in spec.terms))
        out["text"] = (hits, TEXT_CAP)
    return out


def _counts(candidates: dict[str, tuple[Any, int]]) -> dict[str, int]:
    capped = [
        select(func.count()).select_from(ids.limit(cap + 1).subquery()).scalar_subquery().label(name)
        for name, (ids, cap) in candidates.items()
    ]
    return dict(zip(candidates, db.session.execute(select(*capped)).one(), strict=True))


def _walk_sight(spec: ListSpec, mine: Sequence[int]) -> Driven:
    conditions = _conditions(spec, without_text=False, by_sight=True)
    contact = Contact.__table__.c
    down = spec.descending != bool(spec.cursor and spec.cursor.backward)
    pages, seen = [], []
    for alias, audience in zip(ARMS, mine, strict=False):
        s = alias.c
        stmt = (
            select(contact.order_key.label("k"), contact.id.label("id"))
            .join_from(alias, Contact.__table__, contact.company_id == s.company_id).where(s.audience == audience, *conditions)
        )  # fmt: skip
        seen.append(select(stmt.limit(COUNT_CAP + 1).subquery()))
        if spec.cursor is not None:
            name_key, company_id = company_part(spec.cursor.key)
            here, there = tuple_(s.name_key, s.company_id), tuple_(name_key, company_id)
            stmt = stmt.where(here <= there if down else here >= there, *after_cursor(spec, contact.order_key, contact.id, nullable=False))
        order = (s.name_key, s.company_id, contact.fullname_key, contact.id)
        pages.append(select(stmt.order_by(*(c.desc() if down else c.asc() for c in order)).limit(spec.limit + 1).subquery()))
    both, counted = union(*pages).subquery("both"), union(*seen).subquery("seen")
    ids = select(both.c.id).order_by(*order_by(spec, both.c.k, both.c.id, nullable=False)).limit(spec.limit + 1)
    return Driven(ids=ids, counted=select(counted.c.id))


def _conditions(spec: ListSpec, *, without_text: bool, by_sight: bool = False) -> list[Any]:
    """The filters, the trash and the rights; `by_sight` where sight itself drives, so that only others' restrictions are left of them."""
    text = [] if without_text else [Contact.search_text.contains(term, autoescape=True) for term in spec.terms]
    rights = (
        [rule.predicate(spec.actor, Contact) for rule in spec.rt.foreign_rules if rule.action == "view"]
        if by_sight
        else [allowed(spec.rt, "view", spec.actor)]
    )
    return [*rights, Contact.trashed_at.is_(None), *spec.extra, *spec.standing.values(), *(a.condition for a in spec.applied), *text]


def _materialised(spec: ListSpec, driver: str, ids: Any) -> Driven:
    found = ids.cte("found").prefix_with("MATERIALIZED")
    key, nullable = raw_key(spec), is_nullable(spec)
    inside = (Contact.id if driver == "text" else Contact.company_id).in_(select(found.c.id))
    rows = (
        select(Contact.id.label("id"), key.label("k"))
        .where(inside, *_conditions(spec, without_text=driver == "text", by_sight=driver == "sight"))
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
