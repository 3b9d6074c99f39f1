"""The pipeline: filtered leads by stage, each column with its count, sum and first cards; few statements, whatever the size."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import CompoundSelect, Select, and_, bindparam, func, select, true, union_all
from werkzeug.datastructures import MultiDict

from core import Actor, allowed, record_type
from core.access import for_reader
from core.db import among, read
from core.fields import Reading
from core.records import ListSpec, parse_list

from .driver import candidates, sees_few
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
    spec: ListSpec


def board(actor: Actor, args: Any, reading: Reading, *, closed: bool = False, order: str = "estimated_sale", cards: int = CARDS) -> Board:
    """The pipeline of the leads that `args` ask for. Raises Invalid for filters that can't be read.

    Closed stages on wish: unsuccessful ones of three months, won ones of a year.
    """
    rt = record_type("leads.lead")
    spec = parse_list(rt, actor, args, reading=reading, whole=True)
    codes = (*OPEN, *LOST, WON) if closed else OPEN
    if sees_few(actor):
        rows = list(read(_of_few(actor, spec, codes, order, cards), _since()))
        figures = {row.progress: row for row in rows}
    else:
        figures, rows = _of_many(actor, spec, codes, order, cards)
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


def _conditions(spec: ListSpec) -> list[Any]:
    """The rights and filters; open leads, unsuccessful and won ones only of late (`_since`)."""
    lost = Lead.progress.in_(LOST) & (Lead.closed_at >= bindparam("lost_since"))
    won = (Lead.progress == WON) & (Lead.closed_at >= bindparam("won_since"))
    # The rights last: what costs least is asked of each row first
    cheap = [Lead.trashed_at.is_(None), *spec.conditions, Lead.progress.in_(OPEN) | lost | won]
    return [*cheap, allowed(spec.rt, "view", spec.actor)]


def _since() -> dict[str, Any]:
    """From when on closed leads are shown: unsuccessful ones of three months, won ones of a year."""
    return {"lost_since": silent_since(92), "won_since": silent_since(366)}


def _columns(actor: Actor) -> list[Any]:
    rt = record_type("leads.lead")
    return [
        Lead.id, Lead.progress, Lead.fullname, Lead.company, Lead.estimated_sale, Lead.estimated_close_date, Lead.changed_at, Lead.owner_id,
        and_(true(), allowed(rt, "edit", actor, seen=True)).label("may_edit"), rt.field("owner_id").label_expression(Lead).label("owner"),
    ]  # fmt: skip


@for_reader
def _of_few(actor: Actor, spec: ListSpec, codes: Sequence[int], order: str, cards: int) -> Select[Any]:
    """The first cards of each stage with its figures, in one statement that ranks all leads within their stages: cheap while few."""
    conditions = [Lead.id.in_(candidates(actor)), *_conditions(spec)]
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
    shown = select(*_columns(actor), ranked.c.n, ranked.c.total).join_from(ranked, Lead, Lead.id == ranked.c.id)
    return shown.where(ranked.c.place <= cards).order_by(Lead.progress, ranked.c.place)


def _of_many(
    actor: Actor, spec: ListSpec, codes: Sequence[int], order: str, cards: int
) -> tuple[dict[int, Any], list[Any]]:
    """The figures by themselves (stage → `n`, `total`), and the first cards of each stage by its index, in order."""
    figures = _figures(spec, codes)
    stmt = _first_cards(actor, spec, tuple(code for code in codes if code in figures), order, cards)
    rows: list[Any] = list(read(stmt, _since())) if stmt is not None else []
    return figures, sorted(rows, key=IN_ORDER[order])  # a UNION keeps no order


@for_reader
def _first_cards(
    actor: Actor, spec: ListSpec, codes: Sequence[int], order: str, cards: int
) -> CompoundSelect[Any] | None:
    columns, conditions, parts = _columns(actor), _conditions(spec), []
    for code in codes:
        part = select(*columns).where(*conditions, Lead.progress == code).order_by(*ORDERS[order](Lead)).limit(cards)
        parts.append(select(part.subquery()))
    return union_all(*parts) if parts else None


def _figures(spec: ListSpec, codes: Sequence[int]) -> dict[int, Any]:
    """Stage → its count `n` and sum `total`, for stages that have any."""
    return {row.progress: row for row in read(_figures_by_stage(spec.actor, spec, tuple(codes)), _since())}


@for_reader
def _figures_by_stage(actor: Actor, spec: ListSpec, codes: Sequence[int]) -> Select[Any]:
    stmt = select(Lead.progress, func.count().label("n"), func.sum(Lead.estimated_sale).label("total"))
    return stmt.where(*_conditions(spec), Lead.progress.in_(codes)).group_by(Lead.progress)


def heads(actor: Actor, codes: Sequence[int], args: Any = None, reading: Reading | None = None) -> dict[int, dict[str, Any]]:
    """The figures of some columns of the board that `args` ask for, as after a card was moved: count, sum in words, share."""
    from core.web import money

    rt = record_type("leads.lead")
    spec = parse_list(rt, actor, MultiDict() if args is None else args, reading=reading or Reading(actor=actor), whole=True)
    found = _figures(spec, sorted({*codes, *OPEN}))
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


def _tags() -> Select[Any]:
    tag = LeadTag.__table__.c
    stmt = select(TAGGED.c.lead_id, tag.name, tag.colour).join_from(TAGGED, LeadTag.__table__, tag.id == TAGGED.c.tag_id)
    return stmt.where(among(TAGGED.c.lead_id, "ids")).order_by(tag.name_key)


_TAGS = _tags()
"""Built once: it runs with each board and each list of leads."""


def tags_of(lead_ids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    """Lead id → its tags as (name, colour), in one statement."""
    out: dict[int, list[tuple[str, str]]] = {}
    if lead_ids:
        for lead_id, name, colour in read(_TAGS, {"ids": list(lead_ids)}):
            out.setdefault(lead_id, []).append((name, colour))
    return out


__all__ = ["ORDERS", "Board", "Column", "board", "tags_of"]
