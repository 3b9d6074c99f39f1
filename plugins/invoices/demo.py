"""Demo data: a seller, payment methods, invoices of the demo's contracts: paid, pending, late."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from core import Actor, create_record, db, record_type, set_option, utcnow
from plugins.contracts.models import Contract

from . import setup_values

SELLER = {
    "seller_name": "My Company, S.L.",
    "seller_fiscal_id": "B99000018",
    "seller_address": "Calle del Romero 8, 1.º\n28004 Madrid",
    "invoice_footer": "Thank you for your trust.",
    "taxes": [
        {"name": "VAT 21 %", "rate": "21", "category": "S", "default": True},
        {"name": "VAT 10 %", "rate": "10", "category": "S", "default": False},
        {"name": "Exempt", "rate": "0", "category": "E", "default": False},
    ],
}


def make(actor: Actor) -> list[str]:
    """An invoice for every second contract, in the order of their dates, so that numbers and dates go together."""
    for key, value in SELLER.items():
        set_option(f"invoices.{key}", value)
    setup_values.settings_changed()
    transfer = create_record(
        record_type("invoices.payment_method"), {"name": "Bank transfer", "description": "ES00 0000 0000 0000 0000 0000"}, actor
    )
    create_record(record_type("invoices.payment_method"), {"name": "Direct debit", "description": None}, actor)
    rt, today = record_type("invoices.invoice"), utcnow().date()
    contracts = db.session.scalars(select(Contract).order_by(Contract.date_begin, Contract.id)).all()
    for n, contract in enumerate(contracts):
        if n % 2:
            continue
        day = min(contract.date_begin, today)
        values: dict[str, Any] = {
            "company_id": contract.company_id,
            "contract_id": contract.id,
            "invoice_create_date": day,
            "payment_method_id": transfer.id,
            "currency": "EUR",
            "reference": f"PED-{4400 + n}",
            "lines": [
                {
                    "concept": contract.name,
                    "quantity": "1",
                    "unit": "C62",
                    "unit_price": str(contract.amount or 900),
                    "discount": "0",
                    "taxes": ["VAT 21 %"],
                },
                {
                    "concept": "On-site visits",
                    "quantity": str(1 + n % 3),
                    "unit": "C62",
                    "unit_price": "180",
                    "discount": "0",
                    "taxes": ["VAT 21 %"],
                },
            ],
        }
        if (today - day).days > 60 and n % 8:
            values |= {"status": "paid", "invoice_payment_date": day + timedelta(days=28)}
        if n % 10 == 4:
            values["irpf"] = Decimal(15)
        create_record(rt, values, actor)
    return []
