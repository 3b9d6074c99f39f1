"""From rules to SQL: `allowed` gives the condition, `select_records` is the only entrance to rows, `explain` tells which rule holds.

Editing and deleting always include seeing: what can't be seen can't be touched, whatever a grant says.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, literal, or_, select, true
from sqlalchemy.sql.elements import False_

from core.db import db

from .actor import Actor
from .kept import for_reader
from .rules import Access, Forbidden, NotFound, Rule


def _rules(rt: Any) -> tuple[Rule, ...]:
    return (*rt.access.rules, *rt.foreign_rules)


def allowed(rt: Any, action: str, actor: Actor, model: Any = None, *, seen: bool = False) -> ColumnElement[bool]:
    """The condition under which `actor` may do `action` to a row of `rt` (on `model`, or an alias of it).

    Superadmins: always true. Without the permission that the type asks for: always false. `seen` says that the statement gives only rows
    which he sees: whether he does is then not asked once more.
    """
    model = model or rt.model
    if actor.superadmin:
        return true()
    access: Access = rt.access
    if not actor.has(access.permission):
        return false()
    if action in access.combined:
        grants = [access.combined[action](actor, model)]
    else:
        grants = [r.predicate(actor, model) for r in _rules(rt) if r.action == action and r.effect == "grant"]
    limits = [r.predicate(actor, model) for r in _rules(rt) if r.action == action and r.effect == "restrict"]
    grants = [g for g in grants if not isinstance(g, False_)]
    if not grants:
        return false()
    condition = and_(or_(*grants), *limits)
    return condition if action == "view" or seen else and_(condition, allowed(rt, "view", actor, model))


def may_ever(rt: Any, action: str, actor: Actor) -> bool:
    """Whether there could be a row on which the actor may do `action`: what nobody like him ever may is not offered. Asks no database."""
    return not actor.read_only and _may_ever(actor, rt, action)


@for_reader
def _may_ever(actor: Actor, rt: Any, action: str) -> bool:
    return not isinstance(allowed(rt, action, actor), False_)


def select_records(rt: Any, actor: Actor, action: str = "view", *, trashed: bool = False) -> Select[Any]:
    """`SELECT model …` of the rows on which the actor may do `action`; rows in the trash only when asked for."""
    stmt = select(rt.model).where(allowed(rt, action, actor))
    return stmt.where(rt.model.trashed_at.is_not(None) if trashed else rt.model.trashed_at.is_(None))


def select_ids(rt: Any, actor: Actor, action: str = "view") -> Select[Any]:
    """`SELECT id …` of the rows on which the actor may do `action`: for `IN (…)` in another type's rule or count."""
    return select(rt.model.id).where(allowed(rt, action, actor), rt.model.trashed_at.is_(None))


def load(rt: Any, record_id: int, actor: Actor, action: str = "view") -> Any:
    """One record, found and authorised in one statement.

    In a unit of work that writes, PostgreSQL locks the row of what is about to change: writers take turns, and the second one sees what
    the first one saved (on SQLite they take turns anyway).

    Raises NotFound when the actor can't see it, Forbidden when he sees it but may not do `action`.
    """
    if not 0 < record_id < 2**31:
        raise NotFound
    session = db.session()
    lock = action != "view" and session.info.get("write") and session.get_bind().dialect.name == "postgresql"
    if lock:
        session.execute(select(rt.model.id).where(rt.model.id == record_id).with_for_update())
    may = literal(True) if action == "view" or actor.superadmin else allowed(rt, action, actor, seen=True)
    stmt = select_records(rt, actor).where(rt.model.id == record_id).add_columns(may.label("may"))
    row = session.execute(stmt.execution_options(populate_existing=bool(lock))).first()
    if row is None:
        raise NotFound
    if not row.may:
        raise Forbidden
    return row[0]


def is_allowed(rt: Any, record_id: int, actor: Actor, *actions: str) -> dict[str, bool]:
    """Which of `actions` the actor may do to one record, in one statement; all false for a record that is not there."""
    columns = [and_(true(), allowed(rt, action, actor)).label(action) for action in actions]
    row = db.session.execute(select(*columns).where(rt.model.id == record_id, rt.model.trashed_at.is_(None))).first()
    return {action: bool(row is not None and getattr(row, action)) for action in actions}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What "Why?" tells of one rule: its action, its words, and whether it holds for this actor and record."""

    action: str
    effect: str
    reason: Any
    name: str
    holds: bool


def explain(rt: Any, record_id: int, actor: Actor) -> list[Verdict]:
    """Each rule of the record type with its truth for one record and actor, read in one SELECT from the rules' own predicates."""
    if actor.superadmin or not actor.has(rt.access.permission):
        return []
    rules = _rules(rt)
    columns = [and_(true(), rule.predicate(actor, rt.model)).label(f"r{i}") for i, rule in enumerate(rules)]
    row = db.session.execute(select(*columns).where(rt.model.id == record_id)).first() if columns else None
    if row is None:
        return []
    return [Verdict(action=r.action, effect=r.effect, reason=r.reason, name=r.name, holds=bool(row[i])) for i, r in enumerate(rules)]
