"""Numbers, money, dates and the like in the reader's customs, compiled once per locale: a list formats hundreds of cells per page.

The shapes come from Babel by formatting a sample; what is done per value is plain string work. The rules of dates are those of the
product, the same in every language: `24 Nov`, the year only when it isn't this one; today and yesterday by name, with the time.
"""

import re
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime
from babel.numbers import format_currency, format_decimal, format_percent, get_currency_precision, get_minus_sign_symbol

from core.fields.format import long_locale, size_text

DASH = "–"
Numeric = Decimal | int | float
_SAMPLE = Decimal("1234567.5")


class Formats:
    """How one locale writes. Made by `formats(locale)`, never per request. All methods give plain text; None becomes a dash."""

    def __init__(self, locale: Locale):
        self.locale = locale
        plain = format_decimal(_SAMPLE, locale=locale)
        found = re.fullmatch(r"1(\D?)234\D?567(\D)5", plain)
        self.group, self.point = (found[1], found[2]) if found else (",", ".")
        self.minus = get_minus_sign_symbol(locale)
        self.signs = str.maketrans({",": self.group, ".": self.point})
        # Babel types these as mappings by number; tuples are a look-up less per cell.
        self.months = tuple(str(locale.months["format"]["abbreviated"][n]) for n in range(1, 13))
        percent = format_percent(Decimal("0.5"), locale=locale)
        self.percent_shape = percent.replace("50", "{}")
        self.currencies: dict[str, tuple[str, str, int]] = {}

    def number(self, value: Numeric | None, places: int | None = None) -> str:
        """A number with grouped thousands; with exactly `places` decimals, or those that it has."""
        if value is None:
            return DASH
        if places is not None:
            return f"{value:,.{places}f}".translate(self.signs)
        text = f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"
        if "." in text:
            text = text.rstrip("0").rstrip(".")
        return text.translate(self.signs)

    def money(self, value: Numeric | None, currency: str = "", cents: bool = True) -> str:
        """An amount with its currency's sign. `cents=False` rounds to whole units, as overviews show them."""
        if value is None:
            return DASH
        shape = self.currencies.get(currency) or self._currency(currency)
        prefix, suffix, places = shape
        text = f"{abs(value):,.{places if cents else 0}f}".translate(self.signs)
        minus = self.minus if value < 0 and any(c in text for c in "123456789") else ""
        return f"{minus}{prefix}{text}{suffix}"

    def _currency(self, code: str) -> tuple[str, str, int]:
        sample = format_currency(Decimal(1), code, locale=self.locale) if code else "1"
        before, after = re.split(r"\d[\d.,]*", sample, maxsplit=1)
        self.currencies[code] = shape = (before, after, get_currency_precision(code) if code else 2)
        return shape

    def percent(self, value: Numeric | None, places: int = 0) -> str:
        """A share: 0.12 is 12 %."""
        return DASH if value is None else self.percent_shape.format(f"{value * 100:,.{places}f}".translate(self.signs))

    def size(self, octets: int | None) -> str:
        """A file's size: 84 KB, 1.2 MB."""
        return DASH if octets is None else size_text(octets, str(self.locale))

    def day(self, value: date | None, today: date) -> str:
        """`24 Nov`, and `24 Nov 2025` when it isn't this year."""
        if value is None:
            return DASH
        text = f"{value.day} {self.months[value.month - 1]}"
        return text if value.year == today.year else f"{text} {value.year}"

    def moment(self, value: datetime | None, zone: tzinfo, today: date, names: tuple[str, str]) -> str:
        """`Today 09:12`, `Yesterday 17:40`, `12 Nov 11:03`, `12 Nov 2025`. `names` are the words for today and yesterday."""
        if value is None:
            return DASH
        local = value.astimezone(zone)
        day = local.date()
        time = f"{local.hour:02d}:{local.minute:02d}"
        if day == today:
            return f"{names[0]} {time}"
        if day == today - timedelta(days=1):
            return f"{names[1]} {time}"
        return f"{self.day(day, today)} {time}" if day.year == today.year else self.day(day, today)

    def full(self, value: datetime, zone: tzinfo) -> str:
        """Date, time and zone in full: what a `<time>` shows when one points at it."""
        return str(format_datetime(value, "full", tzinfo=zone, locale=long_locale(str(self.locale))))

    def country(self, code: str | None) -> str:
        """A country's name by its ISO code; the code itself when nobody knows it."""
        return str(self.locale.territories.get(code, code)) if code else DASH


@cache
def formats(locale: str) -> Formats:
    """The formats of a locale such as "es" or "pt_BR"; English for one that doesn't exist."""
    try:
        return Formats(Locale.parse(locale, sep="-" if "-" in locale else "_"))
    except (UnknownLocaleError, ValueError):
        return Formats(Locale("en"))


def initials(name: str) -> str:
    """Two letters for a person's disc: Irene Salcedo → IS, root → RO."""
    words = [w for w in re.split(r"[\s.\-_@]+", name or "") if w]
    if not words:
        return "?"
    return (words[0][0] + words[-1][0] if len(words) > 1 else words[0][:2]).upper()
