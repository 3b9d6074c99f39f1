"""Demo data: a seller, payment methods, invoices of the demo's contracts: paid, late, cancelled, locked; one of each other kind."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from core import Actor, create_record, db, record_type, set_option
from core.access import today
from plugins.companies.models import Company
from plugins.contracts.models import Contract

from . import setup_values
from .models import CANCELED, DRAFT, PAID, RECEIVED
from .services import lock_invoice

SELLER = {
    "seller_name": "My Company, S.L.",
    "seller_fiscal_id": "B99000010",
    "seller_address": "Calle del Romero 8, 1.º\n28004 Madrid",
    "invoice_footer": "Thank you for your trust.",
    "translations": {
        "es": {
            "Thank you for your trust.": "Gracias por su confianza.", "VAT 21 %": "IVA 21 %", "VAT 10 %": "IVA 10 %", "Exempt": "Exento",
            "Bank transfer": "Transferencia bancaria", "Direct debit": "Domiciliación bancaria",
        }
    },
    "taxes": [
        {"name": "VAT 21 %", "rate": "21", "category": "S", "default": True},
        {"name": "VAT 10 %", "rate": "10", "category": "S", "default": False},
        {"name": "Exempt", "rate": "0", "category": "E", "default": False},
    ],
}

SPANISH = {
    "Premium support": "Soporte premium", "Basic support": "Soporte básico", "Licences, 25 seats": "Licencias, 25 puestos",
    "Hosting": "Alojamiento", "Training days": "Jornadas de formación", "On-site visits": "Visitas a domicilio",
    "One visit less": "Una visita menos", "Remote training": "Formación remota", "Migration, to be agreed": "Migración, por acordar",
}  # fmt: skip
"""What the demo bills, as its Spanish customers read it."""


def make(actor: Actor) -> list[str]:
    """An invoice for every second contract, in the order of their dates, so that numbers and dates go together; and one of each kind."""
    for key, value in SELLER.items():
        set_option(f"invoices.{key}", value)
    setup_values.settings_changed()
    methods = record_type("invoices.payment_method")
    transfer = create_record(methods, {"name": "Bank transfer", "description": "ES00 0000 0000 0000 0000 0000"}, actor)
    create_record(methods, {"name": "Direct debit", "description": None}, actor)
    rt, day = record_type("invoices.invoice"), today()
    stmt = select(Contract, Company.language).join(Company, Company.id == Contract.company_id)
    contracts = db.session.execute(stmt.order_by(Contract.date_begin, Contract.id)).all()
    last = None
    for n, (contract, language) in enumerate(contracts[::2]):
        begins = min(contract.date_begin, day)
        values: dict[str, Any] = {
            "company_id": contract.company_id, "contract_id": contract.id, "invoice_create_date": begins, "payment_method_id": transfer.id,
            "currency": "EUR", "reference": f"PED-{4400 + n}",
            "lines": [
                _line(_in(language, contract.name), contract.amount or 900),
                _line(_in(language, "On-site visits"), 180, quantity=1 + n % 3),
            ],
        }  # fmt: skip
        if (day - begins).days > 60 and n % 4:
            values |= {"status": PAID, "invoice_payment_date": begins + timedelta(days=28)}
        elif n % 9 == 8:
            values["status"] = CANCELED
        if n % 5 == 2:
            values |= {"irpf": Decimal(15), "concept_irpf": "IRPF"}
        last = create_record(rt, values, actor)
        if n % 8 == 1:
            lock_invoice(last, actor)
    if last is not None:
        _one_of_each(last, day, actor)
    return []


def _one_of_each(invoice: Any, day: date, actor: Actor) -> None:
    """A credit note for an invoice, one in another currency, a draft, and one that a supplier sent."""
    rt = record_type("invoices.invoice")
    base: dict[str, Any] = {"company_id": invoice.company_id, "invoice_create_date": day, "currency": "EUR"}
    language = invoice.language
    note = {
        "rectifies_id": invoice.id, "reason": _in(language, "One visit less"), "lines": [_line(_in(language, "On-site visits"), -180)],
    }  # fmt: skip
    training = [_line(_in(language, "Remote training"), "1250.50")]
    dollars = {"currency": "USD", "currency_change": "EUR", "rates": Decimal("0.92"), "lines": training}
    migration = [_line(_in(language, "Migration, to be agreed"), 2400)]
    draft = {"status": DRAFT, "lines": migration, "internal_note": "Ask for the order number first."}
    supplier = {"invoice_type": RECEIVED, "bill_id": "2026/118", "lines": [_line("Hosting", 96)]}
    for values in (note, dollars, draft, supplier):
        create_record(rt, {**base, **values}, actor)


def _in(language: str | None, concept: str) -> str:
    if language == "es":
        for english, spanish in SPANISH.items():
            concept = concept.replace(english, spanish)
    return concept


def _line(concept: str, price: Any, *, quantity: int = 1) -> dict[str, Any]:
    return {
        "concept": concept, "quantity": str(quantity), "unit": "C62", "unit_price": str(price), "discount": "0", "taxes": ["VAT 21 %"],
    }  # fmt: skip
