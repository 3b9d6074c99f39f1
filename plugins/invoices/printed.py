"""What an invoice prints: frozen when it is issued, so that a later change of company or Setup does not reach it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal
from sqlalchemy import select

from core import db
from core.fields import amount_text, country_name
from core.files import File, read_file

from . import setup_values
from .models import CANCELED, PAID, Invoice, PaymentMethod
from .totals import round_money
from .words import WORDS


def make_snapshot(company: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """What is printed of seller, customer, taxes and payment, as it is now and in the invoice's language. JSON."""
    own = setup_values.settings()
    language = values.get("language") or "en"
    method = db.session.get(PaymentMethod, values["payment_method_id"]) if values.get("payment_method_id") else None
    names = dict.fromkeys(name for line in values.get("lines") or () for name in line["taxes"])

    def say(text: str | None) -> str:
        return setup_values.translated(text or "", language)

    return {
        "seller": {key: own.get(f"seller_{key}") or "" for key in ("name", "fiscal_id", "address")},
        "header": say(own.get("invoice_header")), "footer": say(own.get("invoice_footer")), "logo": own.get("invoice_logo"),
        "taxes": {name: said for name in names if (said := say(name)) != name},
        "customer": {
            "name": company.name, "fiscal_id": company.fiscal_id or "", "address": company.address or "",
            "country": country_name(company.country, language),
        },
        "payment": {"name": say(method.name), "description": say(method.description)} if method else None,
    }  # fmt: skip


class Writer:
    """Writes values in the invoice's language and currency."""

    def __init__(self, language: str, currency: str):
        self.language, self.currency = language, currency
        self.locale = Locale.parse(language.replace("-", "_"))
        self.words = WORDS.get(self.locale.language, WORDS["en"])

    def __getitem__(self, word: str) -> str:
        return self.words[word]

    def day(self, value: Any) -> str:
        """A date as `24/11/2026` in this language's customs."""
        return format_date(value, "dd/MM/yyyy" if self.locale.language != "en" else "d MMM y", locale=self.locale)

    def money(self, value: Any, currency: str = "") -> str:
        """An amount with its currency."""
        return format_currency(Decimal(str(value)), currency or self.currency, locale=self.locale)

    def price(self, value: Any) -> str:
        """A price: with the currency's decimals, or those more that it has."""
        return amount_text(Decimal(str(value)), str(self.locale), self.currency)

    def number(self, value: Any) -> str:
        """A number with the decimals that it has: a quantity, a rate."""
        return format_decimal(Decimal(str(value)), locale=self.locale, decimal_quantization=False)


def printed(invoice: Invoice) -> dict[str, Any]:
    """What the template of the PDF needs, all in the invoice's own words."""
    from .lines import figures

    write = Writer(invoice.language, invoice.currency)
    totals = figures(
        invoice.lines, discount_before=invoice.discount_before, irpf=invoice.irpf, currency=invoice.currency, kept=invoice.taxes
    )  # fmt: skip
    rates = {tax["name"]: f"{write.number(tax['rate'])} %" for tax in invoice.taxes}
    lines = [
        {**row, "amount": amount, "rates": " + ".join(rates[name] for name in row["taxes"] if name in rates) or "–"}
        for row, amount in zip(invoice.lines, totals.line_amounts, strict=True)
    ]
    second = None
    if invoice.currency_change and invoice.rates:
        second = write.money(round_money(invoice.total * invoice.rates, invoice.currency_change), invoice.currency_change)
    mark = {PAID: write["paid"], CANCELED: write["canceled"]}.get(invoice.status, "")
    rectifies = db.session.scalar(select(Invoice.bill_id).where(Invoice.id == invoice.rectifies_id)) if invoice.rectifies_id else None
    return {
        "i": invoice, "w": write, "s": invoice.snapshot or {}, "lines": lines, "mark": mark, "second": second, "rectifies": rectifies,
        "title": write["credit_note" if invoice.rectifies_id else "invoice"],
    }  # fmt: skip


def logo_asset(snapshot: Mapping[str, Any]) -> dict[str, tuple[str, bytes]]:
    """The logo of a snapshot for the PDF, by its asset name."""
    file = db.session.get(File, snapshot["logo"]) if snapshot.get("logo") else None
    return {"logo": (file.media_type, read_file(file))} if file is not None else {}
