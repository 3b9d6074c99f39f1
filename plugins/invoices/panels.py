"""What invoices show on pages: lines and figures on their own, the last three on a company's, what is unpaid on the dashboard and menu."""

from decimal import Decimal
from typing import Any

from flask import url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import Select, bindparam, case, func, select

from core import Actor, Card, Fact, Panel, allowed, db, record_type, render_markup
from core.access import for_reader, today
from core.db import read
from core.fields import amount_text
from core.identity import User
from core.web import day, days, money, number
from plugins.companies.models import Company

from . import setup_values
from .lines import figures
from .models import PENDING, SUBMITTED, Invoice
from .pdf import current_pdf
from .services import has_pdf
from .sums import told


def visible(actor: Actor) -> Any:
    """The condition under which the actor sees an invoice."""
    return allowed(record_type("invoices.invoice"), "view", actor)


def figures_of(invoice: Invoice, actor: Actor) -> Any:
    """The lines and totals of an invoice."""
    found = figures(
        invoice.lines, discount_before=invoice.discount_before, irpf=invoice.irpf, currency=invoice.currency, kept=invoice.taxes
    )  # fmt: skip
    rows = [
        {
            **row,
            "amount": amount,
            "quantity_text": number(Decimal(row["quantity"])),
            "price_text": amount_text(Decimal(row["unit_price"]), str(get_locale() or "en"), invoice.currency),
            "discount_text": number(Decimal(row["discount"])),
        }
        for row, amount in zip(invoice.lines, found.line_amounts, strict=True)
    ]
    # As they were computed when it was saved: a rate that Setup changed since does not reach an invoice
    taxes = [(tax["name"], Decimal(tax["base"]), Decimal(tax["amount"])) for tax in invoice.taxes]
    taken = (invoice.discount_concept, invoice.discount_before), (invoice.concept_irpf, invoice.irpf)
    totals = told(invoice, invoice.currency, *taken, taxes=taxes)
    making = has_pdf(invoice) and current_pdf(invoice) is None
    return render_markup("invoices/figures.html", i=invoice, lines=rows, totals=totals, making=making)


def why_locked(invoice: Invoice, actor: Actor) -> Any:
    """Who may change a locked invoice, for all others."""
    if not invoice.locked or (actor.user_id is not None and invoice.created_by_id == actor.user_id):
        return ""
    maker = db.session.scalar(select(User.name).where(User.id == invoice.created_by_id)) if invoice.created_by_id else None
    return render_markup("invoices/locked.html", maker=maker)


def of_company(company: Any, actor: Actor) -> Any:
    """The company's last three invoices."""
    return _panel(_last(actor, "company_id"), company.id, actor, url_for("companies_company.show", id=company.id, tab="invoices"))


def of_contract(contract: Any, actor: Actor) -> Any:
    """The last three invoices of a contract."""
    return _panel(_last(actor, "contract_id"), contract.id, actor, url_for("contracts_contract.show", id=contract.id, tab="invoices"))


@for_reader
def _last(actor: Actor, owner: str) -> Select[Any]:
    """SELECT the last three invoices whose column `owner` is `owner_id`."""
    i = Invoice.__table__.c
    stmt = select(i.id, i.bill_id, i.invoice_create_date, i.invoice_expiration_date, i.status, i.total, i.currency)
    stmt = stmt.where(i[owner] == bindparam("owner_id"), i.trashed_at.is_(None), visible(actor))
    return stmt.order_by(i.invoice_create_date.desc(), i.id.desc()).limit(3)


def _panel(stmt: Select[Any], owner_id: int, actor: Actor, all_url: str) -> Any:
    rows = read(stmt, {"owner_id": owner_id}).all()
    return render_markup("invoices/panel.html", rows=rows, all_url=all_url, now=today(actor)) if rows else ""


@for_reader
def _unpaid(actor: Actor) -> Select[Any]:
    i = Invoice.__table__.c
    late = func.sum(case((i.invoice_expiration_date < bindparam("today"), i.total), else_=0))
    owed = i.status == PENDING, i.invoice_type == SUBMITTED, i.trashed_at.is_(None)
    here = i.company_id == bindparam("company_id"), i.currency == bindparam("currency")
    return select(func.sum(i.total), late).where(*here, *owed, visible(actor))


def billed(company: Any, actor: Actor) -> Any:
    """What was invoiced to a company, in the site's currency; nothing until there is something."""
    return money(company.billing, setup_values.currency()) if company.billing else None


def unpaid(company: Any, actor: Actor) -> Any:
    """What the company has not paid yet, and what of it is late."""
    asked = {"company_id": company.id, "today": today(actor), "currency": setup_values.currency()}
    row = read(_unpaid(actor), asked).one()
    if not row[0]:
        return None
    overdue = (
        Markup(' <small class="t-bad">{}</small>').format(_("%(sum)s late", sum=money(row[1], setup_values.currency()))) if row[1] else ""
    )
    return Markup("{}{}").format(money(row[0], setup_values.currency()), overdue)


def total_of(invoice: Any, actor: Actor) -> Any:
    """What is to be paid."""
    return money(invoice.total, invoice.currency)


def due(invoice: Any, actor: Actor) -> Any:
    """When a pending invoice is due, and how far that is."""
    if invoice.status != PENDING or invoice.invoice_expiration_date is None:
        return None
    return Markup("{} <small>{}</small>").format(day(invoice.invoice_expiration_date), days(invoice.invoice_expiration_date))


def paid_on(invoice: Any, actor: Actor) -> Any:
    """When it was paid."""
    return day(invoice.invoice_payment_date) if invoice.invoice_payment_date else None


def _open() -> list[Any]:
    return [Invoice.status == PENDING, Invoice.invoice_type == SUBMITTED, Invoice.trashed_at.is_(None)]


def late_badge(actor: Actor) -> Any:
    """How many invoices are late, for the menu."""
    n = db.session.scalar(
        select(func.count()).select_from(
            select(Invoice.id).where(*_open(), Invoice.invoice_expiration_date < today(actor), visible(actor)).limit(1000).subquery()
        )
    )
    return (n, ngettext("%(num)s late", "%(num)s late", n), True) if n else None


def oldest_unpaid(actor: Actor) -> Any:
    """Unpaid invoices by age, and the oldest ones."""
    today_ = today(actor)
    rows = db.session.execute(
        select(Invoice, Company.name.label("company"))
        .join(Company, Company.id == Invoice.company_id)
        .where(*_open(), visible(actor))
        .order_by(Invoice.invoice_expiration_date, Invoice.id)
        .limit(5)
    ).all()
    if not rows:
        return ""
    owed = url_for("invoices_invoice.list", status=PENDING, invoice_type=SUBMITTED, sort="invoice_expiration_date")
    return render_markup("invoices/card.html", rows=rows, today=today_, all_url=owed)


PANELS = [
    Panel("invoices.invoice", name="lock", view=why_locked, place="top", weight=10),
    Panel("invoices.invoice", name="figures", view=figures_of, weight=10),
    Panel("companies.company", name="invoices", view=of_company, weight=30),
    Panel("contracts.contract", name="invoices", view=of_contract, weight=30),
]
FACTS = [
    Fact("companies.company", _l("Billing"), name="billing", value=billed, weight=20),
    Fact("companies.company", _l("Unpaid"), name="unpaid", value=unpaid, weight=30),
    Fact("invoices.invoice", _l("Total"), name="total", value=total_of, weight=10),
    Fact("invoices.invoice", _l("Due"), name="due", value=due, weight=20),
    Fact("invoices.invoice", _l("Paid on"), name="paid", value=paid_on, weight=30),
]
CARDS = [Card("unpaid", title=_l("Unpaid invoices"), view=oldest_unpaid, wide=True, weight=20)]
