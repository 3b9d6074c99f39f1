"""Tables of invoices: payment methods, and the invoice with its lines and figures."""

from datetime import date
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, String, text

from core import Mapped, Record, mapped_column, plugin_base, search_column, sort_column
from core.db import JsonDict, JsonList, copied_column
from plugins.companies.models import company_key
from plugins.contracts.models import contract_key

SUBMITTED, RECEIVED = "Submitted", "Received"
DRAFT, PENDING, PAID, CANCELED = "draft", "pending", "paid", "canceled"
ISSUED = (PENDING, PAID, CANCELED)
"""States of an invoice that has left the house: it has a number."""
THERE = text(f"invoice_type = '{RECEIVED}' AND status != '{DRAFT}' AND trashed_at IS NULL")


def same_number(number: str | None) -> Any:
    """What is said of a supplier's number that another invoice of his has."""
    return _l("There is an invoice %(number)s of this company already.", number=number)


class PaymentMethod(Record, plugin_base("invoices")):
    """A way of paying, as it is printed on invoices: its name, and what the payer has to know."""

    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = sort_column("name")
    description: Mapped[str | None]


class Invoice(Record, plugin_base("invoices")):
    """An invoice, issued or received. Figures are kept as they were computed when it was saved.

    `lines` holds the lines in order as JSON, numbers as decimal strings; `snapshot` what was printed of seller and customer when it was
    issued; `revision` counts the saves that change what is printed: a PDF belongs to one.
    """

    bill_id: Mapped[str | None] = mapped_column(String(60))
    bill_id_key: Mapped[str] = sort_column("bill_id")
    search_text: Mapped[str] = search_column("bill_id", "reference", "description", "company_name")
    company_name: Mapped[str] = copied_column("companies_company.name", by="company_id")
    invoice_type: Mapped[str] = mapped_column(String(10), default=SUBMITTED)
    status: Mapped[str] = mapped_column(String(10), default=PENDING)
    company_id: Mapped[int] = company_key()
    contract_id: Mapped[int | None] = contract_key()
    reference: Mapped[str | None] = mapped_column(String(255))
    invoice_create_date: Mapped[date]
    invoice_expiration_date: Mapped[date | None]
    invoice_payment_date: Mapped[date | None]
    currency: Mapped[str] = mapped_column(String(3))
    lines: Mapped[list[Any]] = mapped_column(JsonList, default=list, server_default="[]")
    discount_before: Mapped[Decimal] = mapped_column(default=Decimal(0))
    discount_concept: Mapped[str | None] = mapped_column(String(255))
    irpf: Mapped[Decimal] = mapped_column(default=Decimal(0))
    concept_irpf: Mapped[str | None] = mapped_column(String(255))
    currency_change: Mapped[str | None] = mapped_column(String(3))
    rates: Mapped[Decimal | None]
    payment_method_id: Mapped[int | None] = mapped_column(ForeignKey("invoices_payment_method.id"), index=True)
    description: Mapped[str | None]
    internal_note: Mapped[str | None]
    language: Mapped[str] = mapped_column(String(20), default="en")
    rectifies_id: Mapped[int | None] = mapped_column(ForeignKey("invoices_invoice.id"), index=True)
    reason: Mapped[str | None] = mapped_column(String(255))
    locked: Mapped[bool] = mapped_column(default=False)
    gross: Mapped[Decimal] = mapped_column(default=Decimal(0))
    discount: Mapped[Decimal] = mapped_column(default=Decimal(0))
    base: Mapped[Decimal] = mapped_column(default=Decimal(0))
    taxes: Mapped[list[Any]] = mapped_column(JsonList, default=list, server_default="[]")
    withholding: Mapped[Decimal] = mapped_column(default=Decimal(0))
    total: Mapped[Decimal] = mapped_column(default=Decimal(0))
    snapshot: Mapped[dict[str, Any]] = mapped_column(JsonDict, default=dict, server_default="{}")
    revision: Mapped[int] = mapped_column(default=0)

    __more_table_args__ = (
        Index("ix_invoices_invoice_date", "invoice_create_date", "id"),
        Index("ix_invoices_invoice_company_date", "company_id", "invoice_create_date", "id"),
        Index("ix_invoices_invoice_number", "bill_id_key", "id"),
        Index("ix_invoices_invoice_due", "status", "invoice_expiration_date"),
        Index(
            "uq_invoices_invoice_received", "company_id", "bill_id", unique=True, sqlite_where=THERE, postgresql_where=THERE,
            info={"refuses": ("bill_id", same_number)},
        ),
    )
