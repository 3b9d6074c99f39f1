"""Kinds of values: one `parse` serves form, CSV and JSON, one `text` each for pages, files and JSON. References: ../references.py.

A value that is empty is None, whatever the kind. `parse` raises Invalid with a message that says what would be right.
"""

from .base import Kind, clean_text
from .choices import Choice, Country, Flag, Language
from .numbers import Amount, Days, Integer, Number, parse_number, plain_decimal
from .texts import Email, Html, Multiline, Phone, Text, Url
from .times import Date, Instant, parse_date

__all__ = [
    "Amount", "Choice", "Country", "Date", "Days", "Email", "Flag", "Html", "Instant", "Integer", "Kind", "Language", "Multiline", "Number",
    "Phone", "Text", "Url", "clean_text", "parse_date", "parse_number", "plain_decimal",
]  # fmt: skip
