"""Search statistics of invoices: billed by month, by company, by currency; unpaid by age. Currencies are never added up."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import case, func, select

from core import Actor, Statistic, db
from core.access import today
from core.fields import month_text
from core.records import found_by
from core.web import money
from plugins.companies.models import Company

from . import setup_values
from .models import PAID, PENDING, SUBMITTED, Invoice

TYPE = "invoices.invoice"
AGES = (
    (None, 0, _l("not due")),
    (0, 30, _l("1–30 days late")),
    (30, 60, _l("31–60 days late")),
    (60, 90, _l("61–90 days late")),
    (90, None, _l("over 90 days late")),
)


def _billed(ids: Any) -> list[Any]:
    return [found_by(Invoice, ids), Invoice.invoice_type == SUBMITTED, Invoice.status.in_((PENDING, PAID))]


def by_month(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """Billed per month, of the last twelve, in the site's currency."""
    now = today(actor)
    months = [divmod(now.year * 12 + now.month - 1 - back, 12) for back in range(11, -1, -1)]
    first = now.replace(year=months[0][0], month=months[0][1] + 1, day=1)
    sums: dict[tuple[int, int], Decimal] = dict.fromkeys(months, Decimal(0))
    stmt = select(Invoice.invoice_create_date, func.sum(Invoice.total)).where(
        *_billed(ids), Invoice.currency == setup_values.currency(), Invoice.invoice_create_date >= first
    )
    for day, total in db.session.execute(stmt.group_by(Invoice.invoice_create_date)):
        if (day.year, day.month - 1) in sums:
            sums[day.year, day.month - 1] += total
    locale = str(get_locale() or "en")
    return [(month_text(year, month + 1, locale), money(total, setup_values.currency())) for (year, month), total in sums.items()]


def by_company(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """The ten companies to which most was billed, in the site's currency."""
    billed = select(Invoice.company_id, func.sum(Invoice.total).label("total")).where(
        *_billed(ids), Invoice.currency == setup_values.currency()
    )
    each = billed.group_by(Invoice.company_id).subquery().c
    stmt = select(Company.name, each.total).join_from(each.total.table, Company, Company.id == each.company_id)
    stmt = stmt.order_by(each.total.desc(), Company.name, Company.id).limit(10)
    return [(name, money(total, setup_values.currency())) for name, total in db.session.execute(stmt)]


def by_currency(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """Billed per currency."""
    stmt = select(Invoice.currency, func.count(), func.sum(Invoice.total)).where(*_billed(ids)).group_by(Invoice.currency)
    return [(currency, n, money(total, currency)) for currency, n, total in db.session.execute(stmt.order_by(Invoice.currency))]


def by_age(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """Unpaid by age, in the site's currency."""
    day = today(actor)
    due = Invoice.invoice_expiration_date
    older = [(due >= day - timedelta(days=days), place) for place, (_low, days, _words) in enumerate(AGES) if days is not None]
    place = case((due.is_(None), 0), *older, else_=len(AGES) - 1)
    unpaid = select(place.label("place"), Invoice.total).where(
        found_by(Invoice, ids), Invoice.invoice_type == SUBMITTED, Invoice.status == PENDING, Invoice.currency == setup_values.currency()
    )
    aged = unpaid.subquery().c
    found = {row[0]: row[1:] for row in db.session.execute(select(aged.place, func.count(), func.sum(aged.total)).group_by(aged.place))}
    rows = ((str(words), *found.get(at, (0, Decimal(0)))) for at, (_low, _high, words) in enumerate(AGES))
    return [(words, n, money(total, setup_values.currency())) for words, n, total in rows]


STATISTICS = [
    Statistic(TYPE, name="by_month", title=_l("Billed by month"), columns=[_l("Month"), _l("Billed")], rows=by_month, chart="", weight=10),
    Statistic(
        TYPE, name="by_company", title=_l("Billed by company"), columns=[_l("Company"), _l("Billed")], rows=by_company, chart="", weight=20
    ),
    Statistic(
        TYPE,
        name="by_currency",
        title=_l("By currency"),
        columns=[_l("Currency"), _l("Invoices"), _l("Billed")],
        rows=by_currency,
        weight=30,
    ),
    Statistic(
        TYPE,
        name="by_age",
        title=_l("Unpaid by age"),
        columns=[_l("Age"), _l("Invoices"), _l("Unpaid")],
        rows=by_age,
        chart="bar",
        weight=40,
    ),
]
