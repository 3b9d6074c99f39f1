"""The verbs of invoices: saving with figures and number, locking, paying, deleting with a tombstone, what follows for the company."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from core import Actor, Conflict, Forbidden, Invalid, after_commit, call_hook, db, enqueue, record_type, refuse_while_used, update_record
from core.access import today
from core.db import refresh_copies
from plugins.companies.models import Company
from plugins.companies.services import require_edit, set_billing, touch_companies
from plugins.contracts.models import Contract

from . import setup_values
from .lines import check_taxes, figures
from .models import DRAFT, ISSUED, PAID, PENDING, RECEIVED, SUBMITTED, Invoice, same_number
from .numbering import bury_number, claim_typed_number, numbering, redate_number, take_number, unbury_number
from .pattern import NumberError, clean_number
from .printed import make_snapshot

PRINTED = {
    "bill_id", "status", "company_id", "contract_id", "reference", "invoice_create_date", "invoice_expiration_date", "invoice_payment_date",
    "currency", "lines", "discount_before", "discount_concept", "irpf", "concept_irpf", "currency_change", "rates", "payment_method_id",
    "description", "language", "rectifies_id", "reason",
}  # fmt: skip
"""Fields that stand in the PDF: a save that changes one makes it anew."""

FIGURED = ("lines", "discount_before", "irpf", "currency")
"""What an invoice's figures follow from. While these stay, those of an issued one stay, whatever Setup says of taxes by now."""

MOST = 10**12
"""Of an amount: it has to fit into the database with six decimals."""


def prepare(values: dict[str, Any], record: Invoice | None, actor: Actor) -> dict[str, Any]:
    """Complete and check what is about to be written; computes the figures, and gives the number when the invoice is issued."""
    out = {k: v for k, v in values.items() if not (v is None and k in ("discount_before", "irpf", "status", "invoice_type", "currency"))}
    if record is not None and set(out) != {"locked"}:
        refuse_locked(record, actor)

    def now(name: str, default: Any = None) -> Any:
        return out[name] if name in out else getattr(record, name, None) if record is not None else default

    kind, status = now("invoice_type", SUBMITTED), now("status", PENDING)
    was = record.status if record is not None else None
    if status == DRAFT and kind == SUBMITTED and out.get("bill_id"):
        raise Invalid({"bill_id": _l("A draft has no number: it is given when the invoice is issued. Leave it empty.")})
    if status == DRAFT and kind == SUBMITTED and record is not None and record.bill_id:
        out["bill_id"] = None  # it was a supplier's, noted while the draft was a received one
    if record is not None and was in ISSUED and status == DRAFT:
        raise Invalid({"status": _l("An invoice that was issued can't be a draft again: cancel it instead.")})
    if record is not None and out.get("invoice_type", record.invoice_type) != record.invoice_type and was in ISSUED:
        raise Invalid({"invoice_type": _l("The type of an issued invoice stays as it is.")})
    if record is not None and out.get("company_id") not in (None, record.company_id):
        require_edit(out["company_id"], actor)
    out |= {"invoice_type": kind, "status": status}
    company = db.session.get(Company, now("company_id")) if now("company_id") else None
    _complete(out, record, company, actor)
    _check(out, record, actor)
    if record is None or was not in ISSUED or any(name in out and out[name] != getattr(record, name) for name in FIGURED):
        _compute(out, record)
    if status in ISSUED:
        if not now("lines") and kind == SUBMITTED:
            raise Invalid({"lines": _l("An invoice needs a line. Save it as a draft until it has one.")})
        if company is not None and now("invoice_create_date"):
            _give_number(out, record, actor, kind)
    if company is not None:
        out["company_name"] = company.name
    if record is None or any(name in out and out[name] != getattr(record, name) for name in PRINTED):
        out["revision"] = (record.revision if record is not None else 0) + 1
        if status in ISSUED and kind == SUBMITTED and company is not None:
            out["snapshot"] = make_snapshot(company, {**_stored(record), **out})
    return out


def _stored(record: Invoice | None) -> dict[str, Any]:
    return {} if record is None else {column.name: getattr(record, column.name) for column in Invoice.__table__.columns}


def refuse_locked(record: Invoice, actor: Actor) -> None:
    """Nobody but its creator changes anything about a locked invoice, not even a superadmin. Raises Conflict (docs/access.md)."""
    if record.locked and record.created_by_id != actor.user_id:
        raise Conflict(_l("This invoice is locked. Only who made it can change it; a superadmin has to break the lock first."))


def _complete(out: dict[str, Any], record: Invoice | None, company: Company | None, actor: Actor) -> None:
    """Defaults that follow from the company and Setup."""
    if record is not None:
        if "invoice_expiration_date" in out and out["invoice_expiration_date"] is None and company and out.get("invoice_create_date"):
            out["invoice_expiration_date"] = _due(out["invoice_create_date"], company)
        if out.get("language", "") is None:
            out.pop("language")
        return
    out.setdefault("currency", setup_values.currency())
    out.setdefault("lines", [])
    if not out.get("invoice_create_date"):
        out["invoice_create_date"] = today(actor)
    if not out.get("invoice_expiration_date") and company is not None:
        out["invoice_expiration_date"] = _due(out["invoice_create_date"], company)
    if not out.get("language"):
        out["language"] = setup_values.document_language(company.language if company else None)


def _due(made: date, company: Company) -> date:
    """The day by which an invoice of this date is to be paid. Raises Invalid where that is past the end of the calendar."""
    try:
        return made + timedelta(days=company.payment_conditions or 0)
    except OverflowError:
        raise Invalid({"invoice_create_date": _l("This date is too late: the day by which to pay would be after 9999.")}) from None


def _check(out: dict[str, Any], record: Invoice | None, actor: Actor) -> None:
    errors: dict[str, Any] = {}

    def now(name: str) -> Any:
        return out[name] if name in out else getattr(record, name, None)

    made, due = now("invoice_create_date"), now("invoice_expiration_date")
    if made and due and due < made:
        errors["invoice_expiration_date"] = [_l("It can't be due (%(due)s) before its date (%(made)s).", due=due, made=made)]
    # A contract may have gone to another company since: what was right when it was linked stays
    if now("contract_id") and any(n in out and out[n] != getattr(record, n, None) for n in ("contract_id", "company_id")):
        owner = db.session.scalar(select(Contract.company_id).where(Contract.id == now("contract_id")))
        if owner != now("company_id"):
            errors["contract_id"] = [_l("This contract belongs to another company.")]
    if out["status"] == PAID and not now("invoice_payment_date"):
        out["invoice_payment_date"] = today(actor)
    if now("currency_change") and not now("rates"):
        errors["rates"] = [_l("Give the rate into %(currency)s.", currency=now("currency_change"))]
    if errors:
        raise Invalid(errors)


def _compute(out: dict[str, Any], record: Invoice | None) -> None:
    def now(name: str, default: Any) -> Any:
        value = out[name] if name in out else getattr(record, name, None)
        return default if value is None else value

    kept = record.taxes if record is not None else ()
    check_taxes(now("lines", []), kept)
    totals = figures(
        now("lines", []), discount_before=now("discount_before", Decimal(0)), irpf=now("irpf", Decimal(0)), currency=now("currency", "EUR"),
        kept=kept,
    )  # fmt: skip
    amounts = (*totals.line_amounts, totals.gross, totals.base, totals.total, *(t.base for t in totals.taxes))
    if any(abs(amount) >= MOST for amount in amounts):
        raise Invalid({"lines": _l("These amounts are too large: an invoice goes up to %(n)s.", n=f"{MOST:,}")})
    out |= {
        "gross": totals.gross, "discount": totals.discount, "base": totals.base, "withholding": totals.withholding, "total": totals.total,
        "taxes": [{"name": t.name, "rate": str(t.rate), "base": str(t.base), "amount": str(t.amount)} for t in totals.taxes],
    }  # fmt: skip


def _give_number(out: dict[str, Any], record: Invoice | None, actor: Actor, kind: str) -> None:
    """The number of an issued invoice: the next of its series, or one typed by somebody who may; received ones keep the supplier's."""
    typed = out.get("bill_id")
    has = record.bill_id if record is not None and (record.status in ISSUED or kind == RECEIVED) else None
    try:
        if kind == RECEIVED:
            _check_received(out, record, clean_number(typed) if typed else has)
            return
        rules = numbering()
        session, day = db.session(), out.get("invoice_create_date") or record.invoice_create_date  # type: ignore[union-attr]
        if has and (not typed or typed == has):
            out["bill_id"] = has
            redate_number(session, has, day, rules=rules)
            return
        if typed:
            if rules.automatic and not actor.has("CM"):
                raise Invalid({"bill_id": _l("Numbers are given automatically; only CRM Manage may type one. Leave it empty.")})
            out["bill_id"] = claim_typed_number(session, typed, day, rules=rules)
            if has:
                bury_number(session, has, by_id=actor.user_id, reason=f"renumbered to {out['bill_id']}")
        elif rules.automatic:
            out["bill_id"] = take_number(session, day, rules=rules)
        else:
            raise Invalid({"bill_id": _l("Type a number: Setup has switched automatic numbers off.")})
    except NumberError as refused:
        from .numbering import EarlierDate

        raise Invalid({"invoice_create_date" if isinstance(refused, EarlierDate) else "bill_id": str(refused)}) from None


def _check_received(out: dict[str, Any], record: Invoice | None, number: str | None) -> None:
    if not number:
        raise Invalid({"bill_id": _l("Type the number that stands on the supplier's invoice.")})
    company_id = out.get("company_id") or getattr(record, "company_id", None)
    twin = select(Invoice.id).where(
        Invoice.invoice_type == RECEIVED, Invoice.company_id == company_id, Invoice.bill_id == number, Invoice.trashed_at.is_(None)
    )
    if record is not None:
        twin = twin.where(Invoice.id != record.id)
    if db.session.scalar(twin.limit(1)) is not None:
        raise Invalid({"bill_id": same_number(number)})
    out["bill_id"] = number


def written(ids: Sequence[int], actor: Actor) -> None:
    """A written invoice is activity of its company."""
    touch_companies(db.session.scalars(select(Invoice.company_id).where(Invoice.id.in_(ids)).distinct()).all())


def invoice_saving(change: Any) -> None:
    """In the transaction: keep up what was invoiced to the companies; tell who takes part; have the PDF made after the commit."""
    invoice = change.record
    company_ids = {invoice.company_id, change.before.get("company_id") or invoice.company_id}
    if change.action == "restore" and invoice.invoice_type == RECEIVED and invoice.status in ISSUED:
        _check_received({}, invoice, invoice.bill_id)
    if change.action != "update" or {"total", "status", "currency", "company_id"} & set(change.after):
        # Two writers at once must not each add up without the other: whoever holds the companies' rows comes first
        stmt = select(Company.id, Company.name).where(Company.id.in_(company_ids)).order_by(Company.id).with_for_update()
        names = dict(db.session.execute(stmt).all())
        if names.get(invoice.company_id) != invoice.company_name:  # renamed since it was read
            refresh_copies(Invoice, of_ids=[invoice.company_id])
        set_billing(billed, company_ids)
    if change.action in ("create", "update") and has_pdf(invoice) and change.before.get("status") not in ISSUED:
        call_hook("invoice_issuing", invoice=invoice)
        after_commit(lambda: call_hook("invoice_issued", invoice=invoice))
    if change.action in ("create", "update") and has_pdf(invoice) and change.before.get("revision") != invoice.revision:
        enqueue("invoices.pdf", actor_id=change.actor_id, unique_key=f"invoices.pdf:{invoice.id}:{invoice.revision}", invoice_id=invoice.id)
    if change.action == "restore" and invoice.bill_id and invoice.invoice_type == SUBMITTED:
        unbury_number(db.session(), invoice.bill_id)


def billed(company_id: Any, currency: str = "") -> Any:
    """What was invoiced to a company, as a scalar subquery: issued, not cancelled, in the site's currency."""
    stmt = select(func.sum(Invoice.total)).where(
        Invoice.company_id == company_id, Invoice.invoice_type == SUBMITTED, Invoice.status.in_((PENDING, PAID)),
        Invoice.currency == (currency or setup_values.currency()), Invoice.trashed_at.is_(None),
    )  # fmt: skip
    return stmt.scalar_subquery()


def bill_anew(currency: str) -> None:
    """The site's currency is another one: what was invoiced to each company is added up in it."""
    set_billing(lambda company_id: billed(company_id, currency))


def deleting(record: Invoice, actor: Actor) -> None:
    """A deleted invoice leaves its number behind; a locked one goes only after the lock was broken, a corrected one not at all."""
    if record.locked:
        raise Conflict(_l("This invoice is locked: break the lock before you delete it."))
    refuse_while_used(record, actor)
    if record.bill_id and record.invoice_type == SUBMITTED and record.status in ISSUED:
        bury_number(db.session(), record.bill_id, by_id=actor.user_id, reason="deleted")


# --- locks and payment -------------------------------------------------------------------------------------------------------------


def can_be_locked(invoice: Invoice, actor: Actor) -> bool:
    """Issued and not locked yet."""
    return not invoice.locked and invoice.status != DRAFT and not actor.read_only


def can_be_unlocked(invoice: Invoice, actor: Actor) -> bool:
    """Locked, and made by the actor or under a superadmin's hand."""
    return invoice.locked and not actor.read_only and (actor.superadmin or invoice.created_by_id == actor.user_id)


def is_own_lock(invoice: Invoice, actor: Actor) -> bool:
    """Locked, and made by the actor: nobody's lock is broken by opening it."""
    return can_be_unlocked(invoice, actor) and invoice.created_by_id == actor.user_id


def is_foreign_lock(invoice: Invoice, actor: Actor) -> bool:
    """Locked, made by somebody else, and the actor may break the lock."""
    return can_be_unlocked(invoice, actor) and invoice.created_by_id != actor.user_id


def can_be_paid(invoice: Invoice, actor: Actor) -> bool:
    """Issued and neither paid nor cancelled, and not locked by somebody else."""
    return invoice.status == PENDING and not actor.read_only and (not invoice.locked or invoice.created_by_id == actor.user_id)


def has_pdf(invoice: Invoice, actor: Actor | None = None) -> bool:
    """Issued invoices have a PDF; drafts and received ones have none of ours."""
    return invoice.invoice_type == SUBMITTED and invoice.status in ISSUED


def lock_invoice(invoice: Invoice, actor: Actor) -> Invoice:
    """Lock an invoice that was loaded for editing: from now on only its creator can change it."""
    if invoice.locked:
        return invoice
    if invoice.status == DRAFT:
        raise Conflict(_l("A draft can't be locked: issue it first."))
    locked: Invoice = update_record(record_type("invoices.invoice"), invoice, {"locked": True}, actor)
    return locked


def unlock_invoice(invoice: Invoice, actor: Actor) -> Invoice:
    """Unlock: its creator, as long as he may edit; a superadmin breaks the lock, and history says so."""
    if not invoice.locked:
        return invoice
    if not can_be_unlocked(invoice, actor):
        raise Forbidden
    if not actor.superadmin:
        require_edit(invoice.company_id, actor)
    unlocked: Invoice = update_record(record_type("invoices.invoice"), invoice, {"locked": False}, actor)
    return unlocked


def pay_invoice(invoice: Invoice, actor: Actor) -> Invoice:
    """Note that an invoice, loaded for editing, was paid today. Raises Conflict for one that nobody waits to be paid."""
    if invoice.status != PENDING:
        raise Conflict(_l("Only a pending invoice can be marked as paid."))
    values = {"status": PAID, "invoice_payment_date": today(actor)}
    paid: Invoice = update_record(record_type("invoices.invoice"), invoice, values, actor)
    return paid


def lock_by_rest(invoice: Invoice, body: Mapping[str, Any], actor: Actor) -> Any:
    """POST /api/v1/invoices/<id>/lock."""
    lock_invoice(invoice, actor)
    return None


def unlock_by_rest(invoice: Invoice, body: Mapping[str, Any], actor: Actor) -> Any:
    """POST /api/v1/invoices/<id>/unlock."""
    unlock_invoice(invoice, actor)
    return None


def last_invoice_of(contract: Contract) -> Invoice | None:
    """The invoice of ours that was made last for a contract, be it a draft."""
    return db.session.scalars(
        select(Invoice).where(Invoice.contract_id == contract.id, Invoice.trashed_at.is_(None), Invoice.invoice_type == SUBMITTED)
        .order_by(Invoice.invoice_create_date.desc(), Invoice.id.desc()).limit(1)
    ).first()  # fmt: skip


def values_from_contract(contract: Contract, actor: Actor) -> dict[str, Any]:
    """What "Generate invoice" fills in: company, contract, currency, due date, and the lines of its last invoice, else its amount."""
    last = last_invoice_of(contract)
    lines = list(last.lines) if last is not None else []
    if not lines and contract.amount is not None:
        lines = [{"concept": contract.name, "quantity": "1", "unit": "C62", "unit_price": format(contract.amount.normalize(), "f"),
                  "discount": "0", "taxes": setup_values.default_taxes()}]  # fmt: skip
    company = db.session.get_one(Company, contract.company_id)
    return {
        "company_id": contract.company_id,
        "contract_id": contract.id,
        "invoice_expiration_date": today(actor) + timedelta(days=company.payment_conditions or 0),
        "currency": contract.currency or setup_values.currency(),
        "lines": lines,
    }
