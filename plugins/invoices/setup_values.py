"""What Setup says about invoices: seller, taxes, currency, languages, header and footer. Kept per process until somebody changes it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from core import cached, forget_cached
from core.db import get_options
from core.identity import site_language

from .totals import Tax
from .words import TEXTS

CACHE = "invoices_settings"
DEFAULT_TAXES = [
    {"name": "VAT 21 %", "rate": "21", "category": "S", "default": True},
    {"name": "Exempt", "rate": "0", "category": "E", "default": False},
]
CATEGORIES = ("S", "Z", "E", "AE", "K", "G", "O", "L", "M")
"""Tax categories of EN 16931 (UNCL5305)."""


def settings() -> Mapping[str, Any]:
    """All settings of invoices by key without its prefix."""
    prefix = "invoices."
    found: Mapping[str, Any] = cached(CACHE, lambda: {key.removeprefix(prefix): value for key, value in get_options(prefix).items()})
    return found


def settings_changed() -> None:
    """Call inside the unit of work that changed a setting."""
    forget_cached(CACHE)


def tax_rows() -> list[dict[str, Any]]:
    """The taxes as they stand in Setup: name, rate in per cent, category, whether it is the default."""
    return list(settings().get("taxes") or DEFAULT_TAXES)


def taxes() -> dict[str, Tax]:
    """The taxes by name."""
    return {row["name"]: Tax(name=row["name"], rate=Decimal(row["rate"]), category=row.get("category", "S")) for row in tax_rows()}


def default_taxes() -> list[str]:
    """The names of the taxes that a new line has."""
    return [row["name"] for row in tax_rows() if row.get("default")]


def translations() -> Mapping[str, Mapping[str, str]]:
    """What Setup's own texts (header, footer, names of taxes, payment methods) are in other languages: language → text → text."""
    found = settings().get("translations")
    return found if found is not None else TEXTS


def translated(text: str, language: str) -> str:
    """One of Setup's texts as it is printed in a language: as it stands where nobody gave another."""
    return translations().get(language, {}).get(text) or text


def currency() -> str:
    """The site's currency, ISO 4217."""
    return str(settings().get("currency") or "EUR")


def languages() -> list[str]:
    """The languages in which invoices can be printed."""
    return list(settings().get("languages") or ["en", "es"])


def document_language(company_language: str | None) -> str:
    """The language of an invoice to a customer: his, if Setup offers it, else the site's."""
    wanted = company_language or site_language()
    return wanted if wanted in languages() else (site_language() if site_language() in languages() else languages()[0])
