"""Blocks and figures on a company's page: where it stands in the tree of parents, what was billed to it."""

from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from core import Fact, Panel
from core.access import Actor
from core.db import db
from core.records.rendering import render_markup

from .access import sees
from .models import Company
from .parents import chain, visible_ids

CHILDREN = 10


@dataclass(frozen=True, kw_only=True)
class Node:
    """A company in the tree: its address only where the reader sees it, the name alone where it is the parent of one that he sees."""

    name: str
    url: str | None
    depth: int
    current: bool = False


def tree(record: Any, actor: Actor) -> tuple[list[Node], int]:
    """The chain of parents, the company, and the first of its children that the actor sees; and how many children he sees beyond."""
    up = chain(record.id)[::-1]
    seen = visible_ids([company_id for company_id, _name in up], actor)
    nodes = []
    for depth, (company_id, name) in enumerate(up):
        below_is_seen = depth + 1 < len(up) and up[depth + 1][0] in seen
        shown = name if company_id in seen or below_is_seen else "…"
        current = company_id == record.id
        nodes.append(Node(name=shown, url=_url(company_id) if company_id in seen and not current else None, depth=depth, current=current))
    visible = [] if actor.superadmin else [sees(actor, Company.id)]
    below = select(Company.id, Company.name, func.count().over().label("n")).where(
        Company.parent_id == record.id, Company.trashed_at.is_(None), *visible
    )
    rows = db.session.execute(below.order_by(Company.name_key, Company.id).limit(CHILDREN)).all()
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


def billing_fact(record: Any, actor: Actor) -> Any:
    """What was invoiced, in the site's currency; nothing until there is something."""
    from core.db import get_option
    from core.web.jinja import money

    return money(record.billing, get_option("invoices.currency", "EUR")) if record.billing else None


PANELS = [Panel("companies.company", name="tree", view=tree_panel, place="side", weight=60)]
FACTS = [Fact("companies.company", _l("Billing"), name="billing", value=billing_fact, weight=20)]
