"""What contracts show on other pages: a company's contracts and next end, and on the dashboard those about to expire."""

from datetime import timedelta
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import Select, bindparam, func, select

from core import Actor, Card, Fact, Panel, allowed, db, record_type, render_markup
from core.access import for_reader, today
from core.db import read
from core.web import day, days, money
from plugins.companies.models import Company

from .models import Contract, ContractType
from .records import ends_within

ACTIVE = 1
SOON = 90
"""Days: what ends within them stands on the dashboard."""


def _visible(actor: Actor) -> Any:
    return allowed(record_type("contracts.contract"), "view", actor)


@for_reader
def _of_company(actor: Actor) -> Select[Any]:
    c, t = Contract.__table__.c, ContractType.__table__.c
    stmt = select(c.id, c.name, c.private, c.date_begin, c.date_end, c.status, t.name.label("type"))
    stmt = stmt.join_from(Contract.__table__, ContractType.__table__, t.id == c.type_id, isouter=True)
    stmt = stmt.where(c.company_id == bindparam("company_id"), c.trashed_at.is_(None), _visible(actor))
    return stmt.order_by(c.status != 1, c.date_end.is_(None), c.date_end, c.id).limit(6)


def of_company(company: Any, actor: Actor) -> Any:
    """The company's contracts, those that end first on top."""
    rows = read(_of_company(actor), {"company_id": company.id}).all()
    return render_markup("contracts/panel.html", rows=rows[:5], more=len(rows) > 5, company=company) if rows else ""


@for_reader
def _next_end(actor: Actor) -> Select[Any]:
    c = Contract.__table__.c
    soon = c.date_end.between(bindparam("first"), bindparam("last"))
    there = c.company_id == bindparam("company_id"), c.status == ACTIVE, c.trashed_at.is_(None)
    return select(func.min(c.date_end)).where(*there, soon, _visible(actor))


def next_end(company: Any, actor: Actor) -> Any:
    """The end of the company's contract that ends next."""
    first = today(actor)
    asked = {"company_id": company.id, "first": first, "last": first + timedelta(days=3650)}
    end = read(_next_end(actor), asked).scalar()
    return Markup("{} <small>{}</small>").format(day(end), days(end)) if end else None


def ends_on(contract: Any, actor: Actor) -> Any:
    """The end of a contract, and how far it is; an inactive one has only the date."""
    if contract.date_end is None:
        return _("open-ended")
    return _day_and_days(contract.date_end, contract.status == ACTIVE)


def decide_by(contract: Any, actor: Actor) -> Any:
    """The day by which one must decide, where it is another than the end."""
    if contract.decision_on is None or contract.decision_on == contract.date_end:
        return None
    return _day_and_days(contract.decision_on, contract.status == ACTIVE)


def _day_and_days(value: Any, counts: bool) -> Any:
    return Markup("{} <small>{}</small>").format(day(value), days(value)) if counts else day(value)


def amount(contract: Any, actor: Actor) -> Any:
    """What a term is worth."""
    return money(contract.amount, contract.currency or "") if contract.amount is not None else None


def about_to_expire(actor: Actor) -> Any:
    """Active contracts that end within 90 days."""
    rows = db.session.execute(
        select(Contract, Company.name.label("company"))
        .join(Company, Company.id == Contract.company_id)
        .where(ends_within(SOON, actor), _visible(actor))
        .order_by(Contract.date_end, Contract.id)
        .limit(8)
    ).all()
    if not rows:
        return ""
    day = today(actor)
    soon = {"status": ACTIVE, "date_end_from": day.isoformat(), "date_end_to": (day + timedelta(days=SOON)).isoformat()}
    return render_markup("contracts/card.html", rows=rows, all_url=url_for("contracts_contract.list", sort="date_end", **soon))


PANELS = [Panel("companies.company", name="contracts", view=of_company, weight=20)]
FACTS = [
    Fact("companies.company", _l("Next contract end"), name="next_end", value=next_end, weight=40),
    Fact("contracts.contract", _l("Ends on"), name="end", value=ends_on, weight=10),
    Fact("contracts.contract", _l("Decide by"), name="decision", value=decide_by, weight=20),
    Fact("contracts.contract", _l("Amount of a term"), name="amount", value=amount, weight=30),
]
CARDS = [Card("expiring", title=_l("Contracts about to expire"), view=about_to_expire, wide=True, weight=10)]
