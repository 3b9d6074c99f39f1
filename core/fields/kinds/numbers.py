"""Kinds of numbers: exact, in the customs of their source, never a guess."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from markupsafe import escape

from ..format import amount_text, number_text, plain_number_text
from ..values import Invalid, Reading, Writing
from .base import Kind

_NUMBER = re.compile(r"^[+-]?(\d+([.,]\d*)?|[.,]\d+|\d{1,3}([.,  ’']\d{3})+([.,]\d*)?)$")
_GROUPS = r"[1-9]\d{{0,2}}({0}\d{{3}})+"
"""Thousands set apart by a sign. Nobody writes five hundred as 0.500: there the sign is a decimal one."""


def parse_number(raw: Any, reading: Reading) -> Decimal | None:
    """A number in the customs of its source: JSON with a point, files with their sign, forms in the user's locale or plain.

    Forms and files may hold the other usual notation where it can mean one thing only: "1.200,50" and "1,200.50" are the same number
    to everybody. What could mean two things follows the user or the file, and is never a guess: "1.5" where the point groups
    thousands is refused, not read as 15. Raises Invalid.
    """
    if raw is None or raw == "":
        return None
    if isinstance(raw, bool):
        raise Invalid(_l("Write a number here."))
    if isinstance(raw, int | Decimal):
        return Decimal(raw)
    if isinstance(raw, float):
        raw = repr(raw)
    text = str(raw).strip()
    if not text:
        return None
    refused = Invalid(
        _l("“%(value)s” is not a number, as %(example)s.", value=text[:40], example="1234.5" if reading.decimal == "." else "1234,5")
    )
    if not text.isascii() and not _NUMBER.match(text):
        raise refused
    body, decimal = text.lstrip("+-"), reading.decimal
    for space in (" ", "\u00a0", "\u202f", "’", "'") if reading.source != "json" else ():
        if space in body and re.fullmatch(_GROUPS.format(re.escape(space)) + r"([.,]\d*)?", body):
            text, body = text.replace(space, ""), body.replace(space, "")
            decimal = "." if "." in body else decimal if "," not in body else ","
    if reading.source != "json":
        decimal = _decimal_sign(body) or decimal
    group = "," if decimal == "." else "."
    if group in body:
        if reading.source == "json" or not re.fullmatch(_GROUPS.format(re.escape(group)) + rf"({re.escape(decimal)}\d*)?", body):
            raise refused
        text = text.replace(group, "")
    try:
        if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", plain := text.replace(decimal, ".")):
            raise InvalidOperation
        return Decimal(plain)
    except InvalidOperation:
        raise refused from None


def _decimal_sign(body: str) -> str | None:
    """The sign that must be the decimal one whoever wrote it: the last of two, or the other one of a sign that stands there twice."""
    comma, point = body.count(","), body.count(".")
    if comma and point:
        return "," if body.rfind(",") > body.rfind(".") else "."
    return "." if comma > 1 else "," if point > 1 else None


def _decimals(value: Decimal) -> int:
    """How many decimals it has, without needless zeros and without rounding a long one."""
    _sign, digits, exponent = value.as_tuple()
    figures = "".join(map(str, digits))
    return max(0, -int(exponent) - (len(figures) - len(figures.rstrip("0"))))


@dataclass(frozen=True, kw_only=True)
class Number(Kind):
    """A number with up to `places` decimals."""

    widget: str = "number"
    numeric: bool = True
    filter: str = "range"
    places: int = 6
    minimum: Decimal | None = None
    maximum: Decimal | None = Decimal("999999999999")

    def parse(self, raw: Any, reading: Reading) -> Any:
        value = parse_number(raw, reading)
        if value is None:
            return None
        if _decimals(value) > self.places:
            raise Invalid(_l("At most %(n)s decimals.", n=self.places))
        if self.minimum is not None and value < self.minimum:
            raise Invalid(_l("At least %(n)s.", n=self.minimum))
        if self.maximum is not None and abs(value) > self.maximum:
            raise Invalid(_l("At most %(n)s.", n=self.maximum))
        return value

    def text(self, value: Any, writing: Writing) -> str:
        return "" if value is None else plain_number_text(Decimal(value), writing.locale)

    def page(self, value: Any, writing: Writing) -> str:
        return "" if value is None else str(escape(number_text(Decimal(value), writing.locale)))

    def csv(self, value: Any) -> str:
        return "" if value is None else plain_decimal(value)

    def json(self, value: Any) -> Any:
        return None if value is None else plain_decimal(value)

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "null"], "pattern": r"^-?\d+(\.\d+)?$"}


def plain_decimal(value: Decimal, places: int = 0) -> str:
    """A Decimal without exponent and needless zeros, with at least `places` decimals."""
    text = format(Decimal(value).normalize(), "f")
    if text in ("-0", "0"):
        text = "0"
    if places:
        head, _, tail = text.partition(".")
        text = f"{head}.{tail.ljust(places, '0')}"
    return text


@dataclass(frozen=True, kw_only=True)
class Integer(Number):
    """A whole number."""

    places: int = 0
    maximum: Decimal | None = Decimal(2**31 - 1)

    def parse(self, raw: Any, reading: Reading) -> Any:
        value = super().parse(raw, reading)
        return None if value is None else int(value)

    def json(self, value: Any) -> Any:
        return value

    def schema(self) -> dict[str, Any]:
        return {"type": ["integer", "null"]}


@dataclass(frozen=True, kw_only=True)
class Days(Integer):
    """A number of days: pages say so."""

    def page(self, value: Any, writing: Writing) -> str:
        return "" if value is None else str(escape(ngettext("%(num)s day", "%(num)s days", int(value))))


@dataclass(frozen=True, kw_only=True)
class Amount(Number):
    """Money: the amount; its currency stands in another field or is the site's. Two decimals are written at least."""

    widget: str = "money"
    places: int = 6

    def page(self, value: Any, writing: Writing) -> str:
        return "" if value is None else str(escape(amount_text(value, writing.locale)))

    def csv(self, value: Any) -> str:
        return "" if value is None else plain_decimal(value, 2)

    def json(self, value: Any) -> Any:
        return None if value is None else plain_decimal(value, 2)
