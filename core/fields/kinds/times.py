"""Kinds of time: calendar dates, which have no zone, and instants, which are kept in UTC."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l

from ..format import date_html, date_text, instant_html, month_number
from ..values import Invalid, Reading, Writing
from .base import Kind

_ISO_DATE = re.compile(r"^(\d{4})-(\d{1,2})-(\d{1,2})$")
_NAMED_DATE = re.compile(r"^(\d{1,2})\.?\s+(?:de\s+)?([^\W\d_]+)\.?\s+(?:de\s+)?(\d{4})$")
_MONTHS_IN = ("en", "es")
"""Languages whose months are read beside the reader's: a kept search or a link may be a colleague's who reads another one."""
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
        return "" if value is None else date_text(value, writing.locale)

    def page(self, value: Any, writing: Writing) -> str:
        return "" if value is None else date_html(value, writing.locale)

    def csv(self, value: Any) -> str:
        return "" if value is None else value.isoformat()

    def json(self, value: Any) -> Any:
        return None if value is None else value.isoformat()

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "null"], "format": "date"}


def parse_date(text: str, reading: Reading) -> date:
    """A date: ISO, in the day order of the source, or in a form with the month's name. Raises Invalid for what is impossible; nothing is
    guessed."""
    try:
        if m := _ISO_DATE.match(text):
            return date(int(m[1]), int(m[2]), int(m[3]))
        if reading.source == "form" and (m := _NAMED_DATE.match(text)):
            numbers = (month_number(m[2], locale) for locale in (reading.locale, *_MONTHS_IN))
            if (month := next(filter(None, numbers), None)) is not None:
                return date(int(m[3]), month, int(m[1]))
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
            day, _, clock = text.rpartition(" ") if ":" in text else (text, "", "00:00")
            try:
                value = datetime.combine(parse_date(day.strip(), reading), time.fromisoformat(clock))
            except ValueError:
                raise Invalid(_l("“%(value)s” is not a time, as 2026-11-24 09:12:00.", value=text[:40])) from None
        if not 1 < value.year < 9999:  # so that each has a day and an hour in all zones
            raise Invalid(_l("“%(value)s” is too far from today.", value=text[:40]))
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def text(self, value: Any, writing: Writing) -> str:
        if value is None:
            return ""
        local = value.astimezone(ZoneInfo(writing.timezone))
        return f"{date_text(local.date(), writing.locale)} {local:%H:%M}"

    def page(self, value: Any, writing: Writing) -> str:
        return "" if value is None else instant_html(value, writing.locale, writing.timezone)

    def csv(self, value: Any) -> str:
        return "" if value is None else value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")

    def json(self, value: Any) -> Any:
        return None if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "null"], "format": "date-time"}
