"""The pipeline: filtered leads by stage, each column with its count, sum and first cards; few statements, whatever the size."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, union_all
from werkzeug.datastructures import MultiDict

from core import Actor, db, record_type
from core.access import allowed
from core.fields import Reading
from core.fields.references import labels
from core.records import query

from .driver import candidates
from .models import TAGGED, Lead, LeadTag
from .services import silent_since
from .stages import LOST, OPEN, WON, stage_name

CARDS = 50
ORDERS = {
    "estimated_sale": lambda m: (m.estimated_sale.desc(), m.id.desc()),
    "changed_at": lambda m: (m.changed_at.desc(), m.id.desc()),
    "estimated_close_date": lambda m: (m.estimated_close_date.is_(None), m.estimated_close_date, m.id),
}
IN_ORDER: dict[str, Any] = {
    "estimated_sale": lambda row: (-row.estimated_sale, -row.id),
    "changed_at": lambda row: (-row.changed_at.timestamp(), -row.id),
    "estimated_close_date": lambda row: (row.estimated_close_date is None, row.estimated_close_date, row.id),
}


@dataclass(frozen=True, kw_only=True)
class Column:
    """A stage: its figures, and the cards that are shown of it."""

    code: int
    name: str
    count: int
    total: Decimal
    share: float
    cards: Sequence[Any]

    @property
    def more(self) -> int:
        """How many cards are not shown."""
        return self.count - len(self.cards)


@dataclass(frozen=True, kw_only=True)
class Board:
    """The whole pipeline."""

    columns: Sequence[Column]
    count: int
    total: Decimal
    tags: dict[int, list[tuple[str, str]]]
    spec: query.ListSpec


def board(actor: Actor, args: Any, reading: Reading, *, closed: bool = False, order: str = "estimated_sale", cards: int = CARDS) -> Board:
    """The pipeline of the leads that `args` ask for. Raises Invalid for filters that can't be read.

    Closed stages on wish: unsuccessful ones of three months, won ones of a year.
    """
    rt = record_type("leads.lead")
    spec = query.parse_list(rt, actor, args, reading=reading, whole=True)
    codes = (*OPEN, *LOST, WON) if closed else OPEN
    base = [*query.base_conditions(spec), _recent()]
    columns = [
        Lead.id, Lead.progress, Lead.fullname, Lead.company, Lead.estimated_sale, Lead.estimated_close_date, Lead.changed_at, Lead.owner_id,
        allowed(rt, "edit", actor).label("may_edit"),
    ]  # fmt: skip
    few = candidates(actor)
    if few is not None:
        figures, rows = _of_few([Lead.id.in_(few), *base], columns, codes, order, cards)
    else:
        figures, rows = _of_many(base, columns, codes, order, cards)
    by_stage: dict[int, list[Any]] = {code: [] for code in codes}
    for row in rows:
        by_stage[row.progress].append(row)
    largest = max((f.total or Decimal(0) for f in figures.values()), default=Decimal(0))
    out = []
    for code in codes:
        found = figures.get(code)
        total = (found.total if found else None) or Decimal(0)
        out.append(
            Column(
                code=code,
                name=stage_name(code),
                count=found.n if found else 0,
                total=total,
                share=float(total / largest) if largest else 0.0,
                cards=by_stage[code],
            )
        )
    return Board(
        columns=out,
        count=sum(c.count for c in out if c.code in OPEN),
        total=sum((c.total for c in out if c.code in OPEN), Decimal(0)),
        tags=tags_of([row.id for row in rows]),
        spec=spec,
    )


Found = tuple[dict[int, Any], list[Any]]
"""Stage → its figures, and the cards that are shown, in order."""


def _of_few(conditions: Sequence[Any], columns: Sequence[Any], codes: Sequence[int], order: str, cards: int) -> Found:
    """One statement that ranks all leads within their stages: cheap while there are few."""
    sorted_by = [Lead.estimated_sale, Lead.changed_at, Lead.estimated_close_date]
    # By itself, or the planner reads all leads in the order of the ranking
    found = select(Lead.id, Lead.progress, *sorted_by).where(*conditions).cte("found").prefix_with("MATERIALIZED")
    f = found.c
    ranked = (
        select(
            f.id, func.count().over(partition_by=f.progress).label("n"),
            func.sum(f.estimated_sale).over(partition_by=f.progress).label("total"),
            func.row_number().over(partition_by=f.progress, order_by=ORDERS[order](f)).label("place"),
        )
        .where(f.progress.in_(codes)).subquery("ranked")
    )  # fmt: skip
    shown = select(*columns, ranked.c.n, ranked.c.total).join_from(ranked, Lead, Lead.id == ranked.c.id).where(ranked.c.place <= cards)
    rows = list(db.session.execute(shown.order_by(Lead.progress, ranked.c.place)))
    return {row.progress: row for row in rows}, rows


def _of_many(conditions: Sequence[Any], columns: Sequence[Any], codes: Sequence[int], order: str, cards: int) -> Found:
    """The figures by themselves, and the first cards of each stage by its index."""
    figures = _figures(conditions, codes)
    parts = []
    for code in codes:
        if code in figures:
            part = select(*columns).where(*conditions, Lead.progress == code).order_by(*ORDERS[order](Lead)).limit(cards)
            parts.append(select(part.subquery()))
    rows: list[Any] = list(db.session.execute(union_all(*parts))) if parts else []
    return figures, sorted(rows, key=IN_ORDER[order])  # a UNION keeps no order


def _recent() -> Any:
    """Open leads, unsuccessful ones of three months, won ones of a year."""
    lost = Lead.progress.in_(LOST) & (Lead.closed_at >= silent_since(92))
    return Lead.progress.in_(OPEN) | lost | (Lead.progress == WON) & (Lead.closed_at >= silent_since(366))


def _figures(conditions: Sequence[Any], codes: Sequence[int]) -> dict[int, Any]:
    """Stage → its count `n` and sum `total`, for stages that have any."""
    stmt = select(Lead.progress, func.count().label("n"), func.sum(Lead.estimated_sale).label("total"))
    stmt = stmt.where(*conditions, Lead.progress.in_(codes)).group_by(Lead.progress)
    return {row.progress: row for row in db.session.execute(stmt)}


def heads(actor: Actor, codes: Sequence[int], args: Any = None, reading: Reading | None = None) -> dict[int, dict[str, Any]]:
    """The figures of some columns of the board that `args` ask for, as after a card was moved: count, sum in words, share."""
    from core.web.jinja import money

    rt = record_type("leads.lead")
    spec = query.parse_list(rt, actor, MultiDict() if args is None else args, reading=reading or Reading(actor=actor), whole=True)
    found = _figures([*query.base_conditions(spec), _recent()], sorted({*codes, *OPEN}))
    totals = {code: (found[code].total if code in found else None) or Decimal(0) for code in sorted({*codes, *OPEN})}
    largest = max((*totals.values(), Decimal(1)))
    return {
        code: {
            "count": found[code].n if code in found else 0,
            "sum": money(totals[code], "", False),
            "share": float(totals[code] / largest),
        }
        for code in codes
    }


def tags_of(lead_ids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    """Lead id → its tags as (name, colour), in one statement."""
    out: dict[int, list[tuple[str, str]]] = {}
    if lead_ids:
        stmt = (
            select(TAGGED.c.lead_id, LeadTag.name, LeadTag.colour)
            .join(LeadTag, LeadTag.id == TAGGED.c.tag_id)
            .where(TAGGED.c.lead_id.in_(lead_ids))
            .order_by(LeadTag.name_key)
        )
        for lead_id, name, colour in db.session.execute(stmt):
            out.setdefault(lead_id, []).append((name, colour))
    return out


def owners(rows: Sequence[Any]) -> dict[int, str]:
    """The names of the cards' owners, in one statement."""
    return labels("core.user", {row.owner_id for row in rows if row.owner_id})


__all__ = ["ORDERS", "Board", "Column", "board", "owners", "tags_of"]
