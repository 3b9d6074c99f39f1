"""How lists of companies find their rows: planners choose wrongly, so the smallest set drives (docs/access.md).

By name or last activity: one arm per audience walks `companies_sight` in order and stops after a page; filters are asked row by row on the
way. A filter, a text or a sight that is small is materialised instead, then sorted. What is left is the engine's own walk.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, column, func, select, table, union, union_all

from core import Actor, db
from core.access import for_reader
from core.custom_fields import is_custom
from core.records import COUNT_CAP, Driven, ListSpec, after_cursor, is_nullable, order_by, raw_key, text_condition

from .access import audiences, sees
from .models import Company, Sight

SIGHT_ORDERS = {"name": "name_key", "last_update": "last_update"}
ARMS = (Sight.__table__.alias("by_me"), Sight.__table__.alias("by_house"))
OVERLAP = Sight.__table__.alias("by_both")
FTS = table("companies_company_fts", column("rowid"), column("search_text"))
"""Made once: a list is read all day, and making aliases costs more than the query."""
INDEXED = {"country", "role_id", "manager_id", "parent_id", "last_update", "billing"}
"""Filters whose index can find the rows; custom fields have theirs too."""


def drive(spec: ListSpec) -> Driven | None:
    """The rows of a list of companies for its actor, or None to leave it to the engine. The page and its count share one answer."""
    asked = ("companies", spec.cursor, spec.limit)
    if asked not in spec.memo:
        spec.memo[asked] = _choose(spec)
    return spec.memo[asked]  # type: ignore[no-any-return]


def _choose(spec: ListSpec) -> Driven | None:
    actor = spec.actor
    mine = audiences(actor)
    if not actor.superadmin and (not mine or not actor.has("CR")):
        return None
    everybody = actor.superadmin
    if not spec.terms and not spec.applied and not spec.extra and not spec.standing:
        if everybody:
            return None
        if spec.sort.name in SIGHT_ORDERS:
            return _walk_sight(spec, mine)
    counts = spec.memo.get("companies counts")
    if counts is None:
        counts = spec.memo["companies counts"] = _counts(spec, [] if everybody else mine)
    smallest = min(counts, key=lambda name: counts[name], default="")
    small = bool(smallest) and counts[smallest] <= COUNT_CAP
    if small and not (smallest == "sight" and spec.sort.name in SIGHT_ORDERS):
        return _materialised(spec, smallest, mine)
    if not everybody and spec.sort.name in SIGHT_ORDERS:
        return _walk_sight(spec, mine, few=small)
    return _walk_companies(spec) if spec.terms else None


def _limits(spec: ListSpec) -> list[ColumnElement[bool]]:
    """What other plugins restrict."""
    if spec.actor.superadmin:
        return []
    return [rule.predicate(spec.actor, Company) for rule in spec.rt.foreign_rules if rule.action == "view"]


def _filters(spec: ListSpec, *, leave_out: str = "") -> list[ColumnElement[bool]]:
    """All conditions, the text as LIKE on the folded text; without the one that drives: of the text, what its index finds."""
    terms = [term for term in spec.terms if leave_out != "text" or len(term) < 3]
    text = [Company.search_text.contains(term, autoescape=True) for term in terms]
    return [*spec.extra, *spec.standing.values(), *(a.condition for a in spec.applied if a.name != leave_out), *text, *_limits(spec)]


def _candidates(spec: ListSpec, mine: Sequence[int]) -> dict[str, Select[Any]]:
    """What could drive: name → SELECT of company ids."""
    out = {}
    if mine:
        out["sight"] = select(Sight.company_id.label("id")).where(Sight.audience.in_(mine)).distinct()
    for applied in spec.applied:
        if applied.name in INDEXED or is_custom(applied.name):
            out[applied.name] = select(Company.id.label("id")).where(applied.condition, Company.trashed_at.is_(None))
    if any(len(term) >= 3 for term in spec.terms):
        out["text"] = _hits(spec)
    return out


def _hits(spec: ListSpec) -> Select[Any]:
    """The companies that hold the terms of three letters and more, in and out of the trash; SQLite streams them from the text's index."""
    terms = [term for term in spec.terms if len(term) >= 3]
    if db.session.get_bind().dialect.name != "sqlite":
        return select(Company.id.label("id")).where(*(text_condition(Company, term) for term in terms))
    phrase = " ".join('"' + term.replace('"', '""') + '"' for term in terms)
    return select(FTS.c.rowid.label("id")).where(FTS.c.search_text.op("MATCH")(phrase))


def _counts(spec: ListSpec, mine: Sequence[int]) -> dict[str, int]:
    """How many rows each candidate has, capped, in one statement. Rows in both of a person's audiences count twice here: no matter."""
    capped = {}
    for name, ids in _candidates(spec, mine).items():
        if name == "sight":
            ids = select(Sight.company_id.label("id")).where(Sight.audience.in_(mine))
        few = ids.limit(COUNT_CAP + 1).subquery()
        capped[name] = select(func.count()).select_from(few).scalar_subquery().label(f"n{len(capped)}")
    if not capped:
        return {}
    row = db.session.execute(select(*capped.values())).one()
    return dict(zip(capped, row, strict=True))


def _walk_sight(spec: ListSpec, mine: Sequence[int], *, few: bool = False) -> Driven:
    """`few` says that the actor sees few companies. The first page of the plain list is what is asked most: its statement is kept."""
    conditions = _filters(spec)
    if conditions or spec.cursor is not None:
        return _walk(spec, mine, conditions, few=few)
    first = _first_page(spec.actor, spec, len(mine))
    return replace(first, values={f"audience_{n}": audience for n, audience in enumerate(mine)})


@for_reader
def _first_page(actor: Actor, spec: ListSpec, audiences: int) -> Driven:
    return _walk(spec, [bindparam(f"audience_{n}", type_=Integer) for n in range(audiences)], [])


def _walk(spec: ListSpec, mine: Sequence[Any], conditions: list[Any], *, few: bool = False) -> Driven:
    arms = [_arm(spec, alias, audience, conditions) for alias, audience in zip(ARMS, mine, strict=False)]
    pages = []
    for key, company_id, stmt in arms:
        stmt = stmt.where(*after_cursor(spec, key, company_id, nullable=False))
        pages.append(stmt.order_by(*order_by(spec, key, company_id, nullable=False)).limit(spec.limit + 1))
    both = (pages[0] if len(pages) == 1 else union(*(select(page.subquery()) for page in pages))).subquery("both")
    ids = select(both.c.id).order_by(*order_by(spec, both.c.k, both.c.id, nullable=False)).limit(spec.limit + 1)
    return Driven(ids=ids, counted=_all_seen(arms, mine) if few or not conditions else _count_of_many(spec))


def _arm(spec: ListSpec, alias: Any, audience: Any, conditions: list[Any]) -> tuple[Any, Any, Select[Any]]:
    key = alias.c[SIGHT_ORDERS[spec.sort.name]]
    stmt = select(key.label("k"), alias.c.company_id.label("id")).where(alias.c.audience == audience)
    if conditions:  # a scalar subquery: no planner turns it into a join that begins at the wrong end
        stmt = stmt.where(_fits(alias.c.company_id, conditions))
    return key, alias.c.company_id, stmt


def _fits(company_id: Any, conditions: list[Any]) -> ColumnElement[bool]:
    return select(and_(*conditions)).where(Company.id == company_id).scalar_subquery().is_(True)


def _all_seen(arms: list[Any], mine: Sequence[Any]) -> Select[Any]:
    """The ids of all arms, for counting: who is seen as the house's is left out of one's own, so that nothing has to be sorted."""
    ids = [stmt.with_only_columns(company_id.label("id")) for _key, company_id, stmt in arms]
    if len(ids) == 1:
        return ids[0]
    me = ARMS[0]
    also = OVERLAP.c.audience == mine[1], OVERLAP.c.company_id == me.c.company_id
    only_mine = ids[0].where(~select(OVERLAP.c.company_id).where(*also).exists())
    return select(union_all(ids[1], only_mine).subquery("seen").c.id)


def _count_of_many(spec: ListSpec) -> Select[Any]:
    """The ids of a list whose parts are all large, for counting: no order is needed, so the text's index may stream them."""
    superadmin = spec.actor.superadmin
    conditions = _filters(spec, leave_out="text")
    if not any(len(term) >= 3 for term in spec.terms) or db.session.get_bind().dialect.name != "sqlite":
        seen = [] if superadmin else [sees(spec.actor, Company.id)]
        text = [text_condition(Company, term) for term in spec.terms]
        return select(Company.id.label("id")).where(*conditions, Company.trashed_at.is_(None), *seen, *text)
    if superadmin:
        conditions.append(Company.trashed_at.is_(None))
    seen = [] if superadmin else [sees(spec.actor, FTS.c.rowid)]  # who sees a company sees it outside of the trash
    if conditions:
        seen.append(_fits(FTS.c.rowid, conditions))
    return _hits(spec).where(*seen)


def _materialised(spec: ListSpec, driver: str, mine: Sequence[int]) -> Driven:
    found = _candidates(spec, mine)[driver].cte("found").prefix_with("MATERIALIZED")
    key, nullable = raw_key(spec), is_nullable(spec)
    seen = [] if spec.actor.superadmin or driver == "sight" else [sees(spec.actor, Company.id)]
    rows = (
        select(Company.id.label("id"), key.label("k"))
        .where(Company.id.in_(select(found.c.id)), Company.trashed_at.is_(None), *seen, *_filters(spec, leave_out=driver))
        .cte("rows_found").prefix_with("MATERIALIZED")
    )  # fmt: skip
    ids = (
        select(rows.c.id).where(*after_cursor(spec, rows.c.k, rows.c.id, nullable=nullable))
        .order_by(*order_by(spec, rows.c.k, rows.c.id, nullable=nullable)).limit(spec.limit + 1)
    )  # fmt: skip
    return Driven(ids=ids, counted=select(rows.c.id))


def _walk_companies(spec: ListSpec) -> Driven:
    """Frequent words: walk the list in its order and look at each row, rather than sort all that have the word."""
    key, nullable = raw_key(spec), is_nullable(spec)
    seen = [] if spec.actor.superadmin else [sees(spec.actor, Company.id)]
    rows = select(Company.id.label("id")).where(Company.trashed_at.is_(None), *seen, *_filters(spec))
    page = rows.where(*after_cursor(spec, key, Company.id, nullable=nullable))
    page = page.order_by(*order_by(spec, key, Company.id, nullable=nullable)).limit(spec.limit + 1)
    return Driven(ids=page, counted=_count_of_many(spec))
