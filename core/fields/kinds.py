"""Kinds of values: one `parse` serves form, CSV and JSON, one `text` each for pages, files and JSON. References: references.py.

A value that is empty is None, whatever the kind. `parse` raises Invalid with a message that says what would be right.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape

from .format import amount_text, date_html, instant_html, number_text, plain_number_text
from .values import Invalid, Reading, Writing

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_DAMAGED = re.compile(r"^[+-]?\d+([.,]\d+)?E[+-]?\d+$", re.I)
_BIDI = re.compile(r"[\u202a-\u202e\u2066-\u2069]")


def clean_text(raw: Any, *, lines: bool) -> str | None:
    """Text as it is stored: NFC, no control characters; one line is trimmed, several keep their form with line ends as LF."""
    if raw is None:
        return None
    if isinstance(raw, str) and raw.isprintable():  # no line break, no control character: most texts
        text = raw if raw.isascii() else unicodedata.normalize("NFC", raw)
        return (text if text.strip() else None) if lines else (" ".join(text.split()) or None)
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
        raise Invalid(_l("Write a text here."))
    text = unicodedata.normalize("NFC", str(raw))
    if "\x00" in text:
        raise Invalid(_l("This text holds a NUL character. Remove it."))
    if lines:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        text = _CONTROL.sub("", text)
        return text if text.strip() else None
    text = " ".join(_BIDI.sub("", _CONTROL.sub("", text)).split())
    return text or None


@dataclass(frozen=True, kw_only=True)
class Kind:
    """How one sort of value is read, written, shown and filtered. Subclasses override what differs."""

    widget: str = "text"
    numeric: bool = False
    filter: str = "text"
    """How lists filter by it: text, choice, range, flag, ref."""
    multiple: bool = False

    def parse(self, raw: Any, reading: Reading) -> Any:
        """The stored value of a raw one (text of a form or file, value of JSON). Raises Invalid."""
        raise Invalid(_l("Write a text here."))

    def page(self, value: Any, writing: Writing) -> str:
        """The value as escaped HTML."""
        return str(escape(self.text(value, writing)))

    def text(self, value: Any, writing: Writing) -> str:
        """The value as plain text in the reader's customs: what a form field holds."""
        return "" if value is None else str(value)

    def csv(self, value: Any) -> str:
        """The value in a file: the same for every user."""
        return "" if value is None else str(value)

    def json(self, value: Any) -> Any:
        """The value in JSON."""
        return value

    def schema(self) -> dict[str, Any]:
        """The JSON schema of the value in REST."""
        return {"type": ["string", "null"]}

    def choices(self) -> Sequence[tuple[str, Any]]:
        """Fixed options (value, label) for selects; empty when any value is possible."""
        return ()


@dataclass(frozen=True, kw_only=True)
class Text(Kind):
    """One line of text."""

    max_length: int = 255

    def parse(self, raw: Any, reading: Reading) -> str | None:
        text = clean_text(raw, lines=False)
        if text is not None and len(text) > self.max_length:
            raise Invalid(_l("At most %(n)s characters; these are %(m)s.", n=self.max_length, m=len(text)))
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "null"], "maxLength": self.max_length}


@dataclass(frozen=True, kw_only=True)
class Multiline(Kind):
    """Text of several lines."""

    widget: str = "multiline"
    max_length: int = 65_536

    def parse(self, raw: Any, reading: Reading) -> str | None:
        text = clean_text(raw, lines=True)
        if text is not None and len(text) > self.max_length:
            raise Invalid(_l("At most %(n)s characters; these are %(m)s.", n=self.max_length, m=len(text)))
        return text

    def page(self, value: Any, writing: Writing) -> str:
        return str(Markup("<br>").join(str(value).split("\n"))) if value else ""

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "null"], "maxLength": self.max_length}


@dataclass(frozen=True, kw_only=True)
class Html(Multiline):
    """Formatted text: cleaned on the way in; shown cleaned again by whoever shows it as HTML."""

    widget: str = "html"
    max_length: int = 1_000_000

    def parse(self, raw: Any, reading: Reading) -> str | None:
        from core.documents.html import clean_html

        text = super().parse(raw, reading)
        return clean_html(text) if text else None

    def page(self, value: Any, writing: Writing) -> str:
        return str(escape(value or ""))


@dataclass(frozen=True, kw_only=True)
class Email(Text):
    """An e-mail address."""

    widget: str = "email"

    def parse(self, raw: Any, reading: Reading) -> str | None:
        from email_validator import EmailNotValidError, validate_email

        text = super().parse(raw, reading)
        if text is None:
            return None
        try:
            return validate_email(text, check_deliverability=False, test_environment=True, allow_quoted_local=False).normalized
        except EmailNotValidError:
            raise Invalid(_l("“%(value)s” is not an e-mail address, as name@example.com.", value=text[:80])) from None

    def page(self, value: Any, writing: Writing) -> str:
        return f'<a href="mailto:{escape(value)}">{escape(value)}</a>' if value else ""


@dataclass(frozen=True, kw_only=True)
class Url(Text):
    """A web address: http or https; a bare domain gets https:// (RECORDS.md 2)."""

    widget: str = "url"
    max_length: int = 500

    def parse(self, raw: Any, reading: Reading) -> str | None:
        text = super().parse(raw, reading)
        if text is None:
            return None
        if re.match(r"^[\w-]+(\.[\w-]+)+([:/?#].*)?$", text):
            text = "https://" + text
        parts = urlsplit(text) if "]" not in text and "[" not in text else None
        if not parts or parts.scheme.lower() not in ("http", "https") or not parts.hostname or " " in text:
            raise Invalid(_l("“%(value)s” is not a web address, as https://example.com.", value=text[:80]))
        return text

    def page(self, value: Any, writing: Writing) -> str:
        if not value:
            return ""
        shown = re.sub(r"^https?://(www\.)?|/$", "", value)
        return f'<a href="{escape(value)}" rel="noopener noreferrer" target="_blank">{escape(shown)}</a>'


@dataclass(frozen=True, kw_only=True)
class Phone(Text):
    """A telephone number, kept as typed."""

    widget: str = "phone"
    max_length: int = 60

    def parse(self, raw: Any, reading: Reading) -> str | None:
        text = super().parse(raw, reading)
        if text and reading.source == "csv" and _DAMAGED.match(text):
            raise Invalid(_l("“%(value)s” was damaged by a spreadsheet (scientific notation). Write the whole number.", value=text))
        return text

    def page(self, value: Any, writing: Writing) -> str:
        return f'<a href="tel:{escape(re.sub(r"[^+0-9]", "", value))}">{escape(value)}</a>' if value else ""


_NUMBER = re.compile(r"^[+-]?(\d+([.,]\d*)?|[.,]\d+|\d{1,3}([.,  ’']\d{3})+([.,]\d*)?)$")


def parse_number(raw: Any, reading: Reading) -> Decimal | None:
    """A number in the customs of its source: JSON and files with a point (or the file's sign), forms in the user's locale or plain.

    Never a guess: "1.5" where the point groups thousands is refused, not read as 15.
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
    decimal = reading.decimal
    group = "," if decimal == "." else "."
    example = "1234.5" if decimal == "." else "1234,5"
    if not text.isascii() and not _NUMBER.match(text):
        raise Invalid(_l("“%(value)s” is not a number, as %(example)s.", value=text[:40], example=example))
    body = text.lstrip("+-")
    for space in (" ", "\u00a0", "\u202f", "’", "'"):
        if space in body and re.fullmatch(rf"\d{{1,3}}({re.escape(space)}\d{{3}})+([.,]\d*)?", body):
            text, body = text.replace(space, ""), body.replace(space, "")
    if group in body:
        if reading.source == "json" or not re.fullmatch(rf"\d{{1,3}}({re.escape(group)}\d{{3}})+({re.escape(decimal)}\d*)?", body):
            raise Invalid(_l("“%(value)s” is not a number, as %(example)s.", value=text[:40], example=example))
        text = text.replace(group, "")
    try:
        if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)", plain := text.replace(decimal, ".")):
            raise InvalidOperation
        return Decimal(plain)
    except InvalidOperation:
        raise Invalid(_l("“%(value)s” is not a number, as %(example)s.", value=text[:40], example=example)) from None


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
        if -int(value.normalize().as_tuple().exponent) > self.places:
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


_ISO_DATE = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})$")
_OTHER_DATE = re.compile(r"^(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})$")


@dataclass(frozen=True, kw_only=True)
class Date(Kind):
    """A calendar date, without time or zone."""

    widget: str = "date"
    filter: str = "range"

    def parse(self, raw: Any, reading: Reading) -> date | None:
        if raw is None or raw == "":
            return None
        if isinstance(raw, datetime):
            return raw.date()
        if isinstance(raw, date):
            return raw
        text = str(raw).strip()
        if not text:
            return None
        return parse_date(text, reading)

    def text(self, value: Any, writing: Writing) -> str:
        return "" if value is None else value.isoformat()

    def page(self, value: Any, writing: Writing) -> str:
        return "" if value is None else date_html(value, writing.locale)

    def csv(self, value: Any) -> str:
        return "" if value is None else value.isoformat()

    def json(self, value: Any) -> Any:
        return None if value is None else value.isoformat()

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "null"], "format": "date"}


def parse_date(text: str, reading: Reading) -> date:
    """A date: ISO, or in the day order of the source. Raises Invalid for what is impossible; nothing is guessed."""
    try:
        if m := _ISO_DATE.match(text):
            return date(int(m[1]), int(m[2]), int(m[3]))
        m = _OTHER_DATE.match(text)
        if m and reading.day_order and reading.source != "json":
            a, b, c = (int(x) for x in m.groups())
            year, month, day = {"dmy": (c, b, a), "mdy": (c, a, b), "ymd": (a, b, c)}[reading.day_order]
            if year < 100:
                year += 2000 if year < 70 else 1900
            return date(year, month, day)
    except ValueError:
        raise Invalid(_l("“%(value)s” is not a date of the calendar.", value=text[:40])) from None
    raise Invalid(_l("“%(value)s” is not a date, as 2026-11-24.", value=text[:40]))


@dataclass(frozen=True, kw_only=True)
class Instant(Kind):
    """A moment; in files in UTC as 2026-11-24 09:12:00, on pages in the reader's zone."""

    widget: str = "datetime"
    filter: str = "range"

    def parse(self, raw: Any, reading: Reading) -> datetime | None:
        if raw is None or raw == "":
            return None
        if isinstance(raw, datetime):
            return raw
        text = str(raw).strip()
        try:
            value = datetime.fromisoformat(text)
        except ValueError:
            day, _, clock = text.partition(" ")
            try:
                value = datetime.combine(parse_date(day, reading), time.fromisoformat(clock or "00:00"))
            except ValueError:
                raise Invalid(_l("“%(value)s” is not a time, as 2026-11-24 09:12:00.", value=text[:40])) from None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def text(self, value: Any, writing: Writing) -> str:
        return "" if value is None else value.astimezone(ZoneInfo(writing.timezone)).strftime("%Y-%m-%d %H:%M")

    def page(self, value: Any, writing: Writing) -> str:
        return "" if value is None else instant_html(value, writing.locale, writing.timezone)

    def csv(self, value: Any) -> str:
        return "" if value is None else value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")

    def json(self, value: Any) -> Any:
        return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "null"], "format": "date-time"}


_TRUE = {"1", "true", "yes", "on", "y", "si", "sí", "x"}
_FALSE = {"0", "false", "no", "off", "n", ""}


@dataclass(frozen=True, kw_only=True)
class Flag(Kind):
    """Yes or no; 1 or 0 in files."""

    widget: str = "checkbox"
    filter: str = "flag"

    def parse(self, raw: Any, reading: Reading) -> bool | None:
        if raw is None:
            return None
        if isinstance(raw, bool):
            return raw
        word = str(raw).strip().lower()
        if word == "" and reading.source != "form":
            return None
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
        raise Invalid(_l("“%(value)s” is neither 1 nor 0.", value=str(raw)[:40]))

    def text(self, value: Any, writing: Writing) -> str:
        return "1" if value else ""

    def page(self, value: Any, writing: Writing) -> str:
        from flask_babel import gettext

        return str(escape(gettext("Yes"))) if value else ""

    def csv(self, value: Any) -> str:
        return "" if value is None else "1" if value else "0"

    def schema(self) -> dict[str, Any]:
        return {"type": ["boolean", "null"]}


@dataclass(frozen=True, kw_only=True)
class Choice(Kind):
    """One of some fixed values, each with a label. `options` may be a function, when an administrator names them."""

    widget: str = "select"
    filter: str = "choice"
    options: Sequence[tuple[Any, Any]] | Callable[[], Sequence[tuple[Any, Any]]] = ()
    shape: Mapping[Any, str] | None = None
    """value → css classes of its status mark (`ok`, `warn half`, …); None shows plain words."""

    def choices(self) -> Sequence[tuple[Any, Any]]:
        return self.options() if callable(self.options) else self.options

    def parse(self, raw: Any, reading: Reading) -> Any:
        if raw is None or raw == "":
            return None
        word = str(raw).strip()
        found = [(v, label) for v, label in self.choices() if str(v) == word]
        if not found and reading.source != "json":
            found = [(v, label) for v, label in self.choices() if str(label).casefold() == word.casefold()]
        if not found:
            known = ", ".join(str(v) for v, _ in self.choices())
            raise Invalid(_l("“%(value)s” is not one of: %(known)s.", value=word[:40], known=known[:300]))
        return found[0][0]

    def page(self, value: Any, writing: Writing) -> str:
        if value is None:
            return ""
        label = escape(next((lb for v, lb in self.choices() if v == value), value))
        if self.shape is None:
            return str(label)
        return f'<span class="st {self.shape.get(value, "")}">{label}</span>'

    def schema(self) -> dict[str, Any]:
        return {"enum": [v for v, _ in self.choices()] + [None]}


@dataclass(frozen=True, kw_only=True)
class Country(Text):
    """A country: ISO 3166 code in the database; names in English or Spanish are understood, others kept as text (RECORDS.md 1)."""

    widget: str = "select"
    filter: str = "choice"

    def parse(self, raw: Any, reading: Reading) -> str | None:
        from .countries import country_code

        text = super().parse(raw, reading)
        if text is None:
            return None
        code = country_code(text)
        if code is None and reading.source != "form":
            reading.warnings.append(("country", str(_l("“%(value)s” is no country that we know; it is kept as text.", value=text[:60]))))
        return code or text

    def page(self, value: Any, writing: Writing) -> str:
        from .countries import country_name

        return str(escape(country_name(value, writing.locale))) if value else ""

    def choices(self) -> Sequence[tuple[str, Any]]:
        from flask_babel import get_locale

        from .countries import countries

        return countries(str(get_locale() or "en"))


@dataclass(frozen=True, kw_only=True)
class Language(Choice):
    """A language, as a BCP 47 tag."""

    def choices(self) -> Sequence[tuple[Any, Any]]:
        from babel import Locale
        from flask_babel import get_locale

        names = Locale.parse(str(get_locale() or "en")).languages
        return [(code, names.get(code, code)) for code in ("en", "es", "de", "fr", "it", "pt", "ca", "eu", "gl")]
