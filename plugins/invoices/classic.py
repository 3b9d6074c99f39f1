"""Invoices by the classic API 1.0: `create_invoice`, `get_invoice`, `get_last_invoice_id` (docs/classic-api.md), with the caller's rights.

Their parameters keep the order in which scripts of the trade send them. What has no meaning here (user, task, who locked) is passed over.
"""

import csv
import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from core import Actor, Invalid, NotFound, allowed, create_record, db, record_type
from core.fields import Reading
from core.records import one_json

from . import setup_values
from .lines import parse_lines
from .models import CANCELED, DRAFT, PAID, PENDING, SUBMITTED, Invoice
from .services import lock_invoice

ORDER = (
    "user", "task", "company_id", "bill_id", "concept", "amount", "tax", "currency", "description", "locked", "locked_by",
    "invoice_create_date", "invoice_payment_date", "status", "reference", "internal_note", "invoice_type", "language",
)  # fmt: skip
FACTS = (
    "id", "bill_id", "invoice_type", "status", "company_id", "contract_id", "reference", "invoice_create_date", "invoice_expiration_date",
    "invoice_payment_date", "currency", "gross", "discount", "base", "withholding", "total", "language", "locked", "description",
    "internal_note",
)  # fmt: skip


def create_invoice(params: Sequence[str], actor: Actor) -> str:
    """An invoice of one line, from positional parameters; missing tail values are empty. Answers "1"; what can't be is refused ("0")."""
    raw = {name: params[i] if i < len(params) else "" for i, name in enumerate(ORDER)}
    rt = record_type("invoices.invoice")
    reading = Reading(actor=actor, source="json", day_order="ymd")
    values: dict[str, Any] = {}
    for name in ("company_id", "bill_id", "currency", "description", "reference", "internal_note", "invoice_type"):
        if raw[name]:
            values[name] = rt.field(name).kind.parse(raw[name], reading)
    for name in ("invoice_create_date", "invoice_payment_date"):
        if day := raw[name].split(" ")[0]:  # scripts send a time behind the day
            values[name] = rt.field(name).kind.parse(day, reading)
    values["status"] = raw["status"].strip().lower() or PENDING
    if values["status"] not in (DRAFT, PENDING, PAID, CANCELED):
        raise Invalid({"status": "unknown"})
    if (language := raw["language"].split("_")[0].lower()) in setup_values.languages():
        values["language"] = language
    line: dict[str, Any] = {"concept": raw["concept"], "unit_price": raw["amount"] or "0"}
    if raw["tax"].strip():
        line["taxes"] = [_tax(raw["tax"].strip())]
    values["lines"] = parse_lines([line], reading)
    invoice = create_record(rt, values, actor)
    if raw["locked"].strip() in ("1", "true"):
        lock_invoice(invoice, actor)
    return "1"


def _tax(text: str) -> str:
    """A tax of Setup by its name, or by its rate in per cent. Raises Invalid where there is none."""
    taxes = setup_values.taxes()
    if text in taxes:
        return text
    try:
        rate = Decimal(text.removesuffix("%").strip().replace(",", "."))
    except ArithmeticError:
        raise Invalid({"tax": "unknown"}) from None
    found = next((tax.name for tax in taxes.values() if tax.rate == rate), None)
    if found is None:
        raise Invalid({"tax": "unknown"})
    return found


def get_invoice(params: Sequence[str], actor: Actor) -> str:
    """The facts of the invoice with this number, as two lines of CSV: names, values. Refused for one that the caller can't see."""
    found = _seen(actor, Invoice.bill_id == (params[0].strip() if params else ""))
    if found is None:
        raise NotFound
    facts = one_json(record_type("invoices.invoice"), found.id, actor)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(FACTS)
    writer.writerow(["" if facts[name] is None else int(facts[name]) if facts[name] in (True, False) else facts[name] for name in FACTS])
    return out.getvalue().rstrip("\n")


def get_last_invoice_id(params: Sequence[str], actor: Actor) -> str:
    """The number of the invoice that was issued last, of those that the caller sees."""
    found = _seen(actor, Invoice.bill_id.is_not(None))
    if found is None:
        raise NotFound
    return str(found.bill_id)


def _seen(actor: Actor, condition: Any) -> Any:
    visible = allowed(record_type("invoices.invoice"), "view", actor)
    stmt = select(Invoice.id, Invoice.bill_id).where(visible, Invoice.trashed_at.is_(None), Invoice.invoice_type == SUBMITTED, condition)
    return db.session.execute(stmt.order_by(Invoice.id.desc()).limit(1)).first()
