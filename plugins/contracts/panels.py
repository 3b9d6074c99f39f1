"""What contracts show on other pages: a company's contracts and next end, and on the dashboard those about to expire."""

from typing import Any

from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import Select, bindparam, func, select

from core import Actor, Card, Fact, Panel, allowed, db, record_type
from core.records.rendering import render_markup
from core.web.jinja import day, days
from plugins.companies.models import Company

from .models import Contract, ContractType
from .records import ends_within


def _visible(actor: Actor) -> Any:
    return allowed(record_type("contracts.contract"), "view", actor)


def _of_company() -> Select[Any]:
    c, t = Contract.__table__.c, ContractType.__table__.c
    stmt = select(c.id, c.name, c.private, c.date_begin, c.date_end, c.status, t.name.label("type"))
    stmt = stmt.join_from(Contract.__table__, ContractType.__table__, t.id == c.type_id, isouter=True)
    stmt = stmt.where(c.company_id == bindparam("company_id"), c.trashed_at.is_(None))
    return stmt.order_by(c.status != 1, c.date_end.is_(None), c.date_end, c.id).limit(6)


_OF_COMPANY = _of_company()
"""Built once, but for the reader's rights: it runs with each company."""


def of_company(company: Any, actor: Actor) -> Any:
    """The company's contracts, those that end first on top."""
    rows = db.session.execute(_OF_COMPANY.where(_visible(actor)), {"company_id": company.id}).all()
    return render_markup("contracts/panel.html", rows=rows[:5], more=len(rows) > 5, company=company) if rows else ""


def next_end(company: Any, actor: Actor) -> Any:
    """The end of the company's contract that ends next."""
    end = db.session.scalar(
        select(func.min(Contract.date_end)).where(Contract.company_id == company.id, ends_within(3650, actor), _visible(actor))
    )
    return Markup("{} <small>{}</small>").format(day(end), days(end)) if end else None


def about_to_expire(actor: Actor) -> Any:
    """Active contracts that end within 90 days."""
    rows = db.session.execute(
        select(Contract, Company.name.label("company"))
        .join(Company, Company.id == Contract.company_id)
        .where(ends_within(90, actor), _visible(actor))
        .order_by(Contract.date_end, Contract.id)
        .limit(8)
    ).all()
    return render_markup("contracts/card.html", rows=rows) if rows else ""


PANELS = [Panel("companies.company", name="contracts", view=of_company, weight=20)]
FACTS = [Fact("companies.company", _l("Next contract end"), name="next_end", value=next_end, weight=40)]
CARDS = [Card("expiring", title=_l("Contracts about to expire"), view=about_to_expire, wide=True, weight=10)]
