"""Dates, times and numbers for people, through CLDR and kept: a list shows the same few hundred values again and again.

The year goes when it is this year, today and yesterday have their name, the full stamp is in the title.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date as _babel_date
from babel.dates import format_datetime as _babel_datetime
from babel.dates import format_time as _babel_time
from babel.dates import format_timedelta
from babel.numbers import format_currency, format_decimal, get_currency_precision
from markupsafe import escape


@lru_cache(maxsize=8)
def _locale(name: str) -> Locale:
    return Locale.parse(name.replace("-", "_"))


def long_locale(locale: str) -> Locale:
    """Long dates in English are written day first, as all other dates of the product are."""
    return _locale("en_GB" if locale == "en" else locale)


@lru_cache(maxsize=1024)
def long_date_text(value: date, locale: str, *, weekday: bool = False) -> str:
    """A date in words, for titles and documents: `25 November 2026`, `miércoles, 25 de noviembre de 2026`."""
    return str(_babel_date(value, "full" if weekday else "long", locale=long_locale(locale)))


@lru_cache(maxsize=8192)
def _date(value: date, locale: str, today: date) -> str:
    pattern = "d MMM" if value.year == today.year else "d MMM y"
    full = escape(long_date_text(value, locale, weekday=True))
    return f'<time datetime="{value.isoformat()}" title="{full}">{escape(_babel_date(value, pattern, locale=_locale(locale)))}</time>'


def date_html(value: date, locale: str) -> str:
    """A calendar date as `<time>`."""
    return _date(value, locale, datetime.now(UTC).date())


@lru_cache(maxsize=8192)
def date_text(value: date, locale: str) -> str:
    """A calendar date for a form field, with its year: `24 Nov 2026`."""
    return str(_babel_date(value, "d MMM yyyy", locale=_locale(locale)))


@lru_cache(maxsize=8)
def _months(locale: str) -> dict[str, int]:
    named = [use[width] for use in _locale(locale).months.values() for width in ("wide", "abbreviated")]
    return {name.casefold().rstrip("."): n for names in named for n, name in names.items()}


def month_number(word: str, locale: str) -> int | None:
    """The month that this is the name of, or the first letters of it (three at least); None when there is none."""
    typed = word.casefold().rstrip(".")
    found = {n for name, n in _months(locale).items() if name.startswith(typed)} if len(typed) > 2 else set()
    return found.pop() if len(found) == 1 else None


@lru_cache(maxsize=256)
def month_text(year: int, month: int, locale: str) -> str:
    """A month with its year, as rows of statistics name it: `Nov 2026`."""
    return str(_babel_date(date(year, month, 1), "LLL y", locale=_locale(locale)))


@lru_cache(maxsize=8192)
def _instant(value: datetime, locale: str, zone: str, today: date) -> str:
    local = value.astimezone(ZoneInfo(zone))
    parsed = _locale(locale)
    day = local.date()
    if day in (today, today - timedelta(days=1)):
        word = format_timedelta(timedelta(0), locale=parsed) and _day_word(0 if day == today else -1, locale)
        shown = f"{word} {_babel_time(local, 'HH:mm', locale=parsed)}"
    else:
        shown = _babel_date(day, "d MMM" if day.year == today.year else "d MMM y", locale=parsed)
    full = _babel_datetime(local, "full", locale=long_locale(locale))
    return f'<time datetime="{value.astimezone(UTC).isoformat(timespec="seconds")}" title="{escape(full)}">{escape(shown)}</time>'


@lru_cache(maxsize=64)
def _day_word(offset: int, locale: str) -> str:
    words = {"es": {0: "Hoy", -1: "Ayer"}, "en": {0: "Today", -1: "Yesterday"}}
    return words.get(locale.split("_")[0].split("-")[0], words["en"])[offset]


def instant_html(value: datetime, locale: str, zone: str) -> str:
    """A moment as `<time>`: its day, and the clock when it was today or yesterday, in the reader's zone."""
    return _instant(value, locale, zone, datetime.now(ZoneInfo(zone)).date())


@lru_cache(maxsize=8192)
def number_text(value: Decimal, locale: str) -> str:
    """A number with its group signs."""
    return format_decimal(value, locale=_locale(locale), decimal_quantization=False)


def size_text(octets: int, locale: str) -> str:
    """The size of a file: 84 KB, 1.2 MB, a thousand bytes being one KB."""
    if octets < 1000:
        return f"{octets} B"
    amount = Decimal(octets)
    for unit in ("KB", "MB", "GB", "TB"):
        amount /= 1000
        if amount < Decimal("999.5") or unit == "TB":
            break
    return f"{number_text(round(amount, 1 if amount < 10 else 0).normalize() + 0, locale)} {unit}"


@lru_cache(maxsize=8192)
def plain_number_text(value: Decimal, locale: str) -> str:
    """A number for a form field: no group signs."""
    return format_decimal(value, locale=_locale(locale), decimal_quantization=False, group_separator=False)


@lru_cache(maxsize=8192)
def amount_text(value: Decimal, locale: str, currency: str = "") -> str:
    """An amount without its currency's sign, with that currency's decimals at least (two where none is named): a price may have more."""
    digits = get_currency_precision(currency) if currency else 2
    pattern = f"#,##0.{'0' * digits}{'#' * (6 - digits)}"
    return format_decimal(value, pattern, locale=_locale(locale))


@lru_cache(maxsize=8192)
def money_text(value: Decimal, currency: str, locale: str, whole: bool = False) -> str:
    """An amount with its currency, in the currency's decimals; `whole` leaves them out (overviews)."""
    if whole:
        return (
            format_currency(value.quantize(Decimal(1)), currency, format="¤#,##0", locale=_locale(locale), currency_digits=False)
            if (_locale(locale).language == "en")
            else format_currency(value.quantize(Decimal(1)), currency, format="#,##0\u00a0¤", locale=_locale(locale), currency_digits=False)
        )
    return format_currency(value, currency, locale=_locale(locale))
