from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from babel.numbers import format_currency, format_percent

from core.web.formats import formats, initials

TODAY = date(2026, 11, 24)
MADRID = ZoneInfo("Europe/Madrid")
NAMES = ("Today", "Yesterday")


@pytest.mark.parametrize("locale", ["en", "es", "de", "fr", "pt", "ja", "pl"])
@pytest.mark.parametrize("currency", ["EUR", "USD", "JPY", "TND"])
@pytest.mark.parametrize("amount", ["0", "7223.7", "-7223.7", "1234567.895", "0.005"])
def test_amounts_are_written_as_babel_writes_them(locale: str, currency: str, amount: str) -> None:
    assert formats(locale).money(Decimal(amount), currency) == format_currency(Decimal(amount), currency, locale=locale)


def test_a_rounded_amount_of_nothing_has_no_minus() -> None:
    assert formats("en").money(Decimal("-0.001"), "EUR") == "€0.00"


def test_overviews_show_whole_units() -> None:
    assert formats("es").money(Decimal("38720.40"), "EUR", cents=False) == "38.720\xa0€"


def test_an_amount_that_is_missing_is_a_dash() -> None:
    assert formats("en").money(None, "EUR") == "–"


@pytest.mark.parametrize(
    ("value", "text"), [(1200, "1,200"), (Decimal("12.500000"), "12.5"), (Decimal("-1234.5"), "-1,234.5"), (Decimal("1E+3"), "1,000")]
)
def test_numbers_keep_the_decimals_that_they_have(value: Decimal, text: str) -> None:
    assert formats("en").number(value) == text


@pytest.mark.parametrize("locale", ["en", "es"])
def test_shares_are_written_as_babel_writes_them(locale: str) -> None:
    assert formats(locale).percent(Decimal("0.12")) == format_percent(Decimal("0.12"), locale=locale)


def test_the_year_stands_only_when_it_is_another() -> None:
    assert formats("en").day(date(2026, 11, 24), TODAY) == "24 Nov"
    assert formats("en").day(date(2027, 2, 28), TODAY) == "28 Feb 2027"
    assert formats("es").day(date(2026, 9, 1), TODAY) == "1 sept"


def test_today_and_yesterday_have_names_in_the_readers_zone() -> None:
    before_midnight_in_utc = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert formats("en").moment(before_midnight_in_utc, MADRID, TODAY, NAMES) == "Today 00:30"
    assert formats("en").moment(before_midnight_in_utc - timedelta(hours=1), MADRID, TODAY, NAMES) == "Yesterday 23:30"
    assert formats("en").moment(datetime(2026, 11, 12, 10, 3, tzinfo=UTC), MADRID, TODAY, NAMES) == "12 Nov 11:03"
    assert formats("en").moment(datetime(2025, 11, 12, 10, 3, tzinfo=UTC), MADRID, TODAY, NAMES) == "12 Nov 2025"


@pytest.mark.parametrize(
    ("octets", "text"), [(0, "0 B"), (999, "999 B"), (84_000, "84 KB"), (1_234_567, "1.2 MB"), (5_000_000_000_000, "5 TB")]
)
def test_sizes_of_files_are_short(octets: int, text: str) -> None:
    assert formats("en").size(octets) == text


def test_a_country_that_nobody_knows_is_its_code() -> None:
    assert formats("es").country("ES") == "España"
    assert formats("es").country("XQ") == "XQ"


def test_a_locale_that_does_not_exist_is_english() -> None:
    assert formats("klingon").money(Decimal(1), "EUR") == "€1.00"


@pytest.mark.parametrize(
    ("name", "letters"), [("Irene Salcedo", "IS"), ("root", "RO"), ("María del Mar Ruiz", "MR"), ("", "?"), ("irene.salcedo", "IS")]
)
def test_a_persons_disc_has_two_letters(name: str, letters: str) -> None:
    assert initials(name) == letters
