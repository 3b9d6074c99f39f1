"""Numbers as people type them: in the customs of their language, and in the other usual ones where that can mean one thing only."""

from decimal import Decimal

import pytest

from core.errors import Invalid
from core.fields import Reading, Writing
from core.fields.kinds import Number

SIGN = {"en": ".", "es": ","}


def read(text, locale, source="form"):
    return Number().parse(text, Reading(actor=None, source=source, locale=locale, decimal=SIGN[locale]))


@pytest.mark.parametrize("locale", ["en", "es"])
@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("1.200,50", "1200.5"), ("1,200.50", "1200.5"), ("-1.200,50", "-1200.5"), ("1.234.567", "1234567"), ("1,234,567", "1234567"),
        ("1.234.567,8", "1234567.8"), ("1,234,567.8", "1234567.8"), ("1 200,50", "1200.5"), ("1 200.50", "1200.5"), ("1’200.50", "1200.5"),
        ("1200", "1200"), ("1.000.000,00", "1000000"),
    ],
)  # fmt: skip
def test_what_can_mean_one_thing_only_is_read_in_any_language(locale, typed, meant):
    assert read(typed, locale) == read(typed, locale, "csv") == Decimal(meant)


@pytest.mark.parametrize(
    ("locale", "typed", "meant"),
    [
        ("en", "1,234", "1234"), ("es", "1,234", "1.234"), ("en", "1.234", "1.234"), ("es", "1.234", "1234"), ("en", "1.5", "1.5"),
        ("es", "1,5", "1.5"), ("en", "1,234.5", "1234.5"), ("es", "1.234,5", "1234.5"), ("es", "1234,5", "1234.5"),
    ],
)  # fmt: skip
def test_what_could_mean_two_things_follows_the_readers_language(locale, typed, meant):
    assert read(typed, locale) == Decimal(meant)


@pytest.mark.parametrize(
    ("locale", "typed"),
    [
        ("es", "1.5"), ("en", "1,5"), ("en", "12,50"), ("en", "1.2.3"), ("es", "1,2,3"), ("en", "1.20,50"), ("en", "1,200.50.1"),
        ("es", "1.200.50,1"), ("en", "1234.567,8"), ("en", "1.200,50,"), ("en", ",."), ("en", "1 20,5"),
        ("es", "0.500"), ("en", "0,125"), ("en", "-0,125"), ("es", "0.500,1"), ("en", "0 500"),
    ],
)  # fmt: skip
def test_what_nobody_writes_so_is_refused_and_the_message_shows_how(locale, typed):
    with pytest.raises(Invalid) as refused:
        read(typed, locale)
    assert {"en": "1234.5", "es": "1234,5"}[locale] in str(refused.value)


@pytest.mark.parametrize("typed", ["1.200,50", "1,200.50", "1.234.567", "1,5", "1 200,50", "1 200.50", "1\u00a0200", "1’200.50"])
def test_json_has_one_notation(typed):
    with pytest.raises(Invalid):
        read(typed, "en", "json")
    assert read("1200.50", "en", "json") == Decimal("1200.5")


@pytest.mark.parametrize("locale", ["en", "es"])
@pytest.mark.parametrize("value", ["1234567.5", "0.000001", "-1200.50", "1000", "1.234"])
def test_a_form_shows_a_number_so_that_it_can_be_sent_again(locale, value):
    assert read(Number().text(Decimal(value), Writing(locale=locale)), locale) == Decimal(value)


def test_more_decimals_than_are_kept_are_refused_however_many_there_are():
    for typed in ("1.1234567", "0.1234567890123456789012345678901"):
        with pytest.raises(Invalid):
            read(typed, "en")
    assert read("1.1234560000000000000000000000000", "en") == Decimal("1.123456")
