"""The block on a company's page that shows where it stands in the tree of parents."""

from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy import Select, bindparam, func, select

from core import Actor, Panel, render_markup
from core.access import for_reader
from core.db import read

from .access import sees
from .models import Company
from .parents import chain_in_sight

CHILDREN = 10
COMPANY = Company.__table__.c


@dataclass(frozen=True, kw_only=True)
class Node:
    """A company in the tree: its address only where the reader sees it, the name alone where it is the parent of one that he sees."""

    name: str
    url: str | None
    depth: int
    current: bool = False


@for_reader
def _below(actor: Actor) -> Select[Any]:
    """SELECT the first children that the reader sees, each with the number of all."""
    there = [COMPANY.parent_id == bindparam("company_id"), COMPANY.trashed_at.is_(None)]
    if not actor.superadmin:
        there.append(sees(actor, COMPANY.id))
    stmt = select(COMPANY.id, COMPANY.name, func.count().over().label("n")).where(*there)
    return stmt.order_by(COMPANY.name_key, COMPANY.id).limit(CHILDREN)


def tree(record: Any, actor: Actor) -> tuple[list[Node], int]:
    """The chain of parents, the company, and the first of its children that the actor sees; and how many children he sees beyond."""
    up = chain_in_sight(record.id, actor)[::-1]
    nodes = []
    for depth, (company_id, name, seen) in enumerate(up):
        below_is_seen = depth + 1 < len(up) and up[depth + 1][2]
        current = company_id == record.id
        url = _url(company_id) if seen and not current else None
        nodes.append(Node(name=name if seen or below_is_seen else "…", url=url, depth=depth, current=current))
    rows = read(_below(actor), {"company_id": record.id}).all()
    nodes += [Node(name=row.name, url=_url(row.id), depth=len(up)) for row in rows]
    return nodes, (rows[0].n - len(rows)) if rows else 0


def _url(company_id: int) -> str:
    return url_for("companies_company.show", id=company_id)


def tree_panel(record: Any, actor: Actor) -> Any:
    """The panel; nothing for a company that stands alone."""
    nodes, more = tree(record, actor)
    if len(nodes) < 2:
        return ""
    return render_markup("companies/tree.html", nodes=nodes, more=more, more_url=url_for("companies_company.list", parent_id=record.id))


PANELS = [Panel("companies.company", name="tree", view=tree_panel, place="side", weight=60)]
