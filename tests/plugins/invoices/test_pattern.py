"""How invoice numbers look, and when two of them are the same."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.invoices.pattern import NumberError, clean_number, compare_key, parse_exceptions, parse_pattern

DAY = date(2026, 3, 9)
CASES = {
    "049 the number in brackets is the first one": ("15/[1000]", ["15/1000", "15/1001", "15/1002"]),
    "051 zeros in front are kept, text may follow": ("F[098]/24", ["F098/24", "F099/24", "F100/24"]),
    "051 digits around the brackets are text": ("A1-[1]-2", ["A1-1-2", "A1-2-2"]),
    "four digits, then five": ("[9999]", ["9999", "10000"]),
    "the year in front": ("{year}/[0001]", ["2026/0001", "2026/0002"]),
    "the short year at the end": ("F-[1]/{yy}", ["F-1/26", "F-2/26"]),
    "a series may begin with zero": ("[00]", ["00", "01"]),
    "digits typed in full width": ("15/[１０００]", ["15/1000"]),
    "spaces around and inside the brackets": (" N [ 7 ] ", ["N 7", "N 8"]),
}


@pytest.mark.parametrize(("text", "numbers"), CASES.values(), ids=CASES)
def test_a_pattern_gives_its_numbers_in_order(text, numbers):
    pattern = parse_pattern(text)
    assert [pattern.format(pattern.first + i, DAY) for i in range(len(numbers))] == numbers


@pytest.mark.parametrize(("text", "numbers"), CASES.values(), ids=CASES)
def test_a_number_knows_its_place_in_the_series(text, numbers):
    pattern = parse_pattern(text)
    assert [pattern.position_of(number, DAY) for number in numbers] == [pattern.first + i for i in range(len(numbers))]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Enter a pattern"),
        ("   ", "Enter a pattern"),
        ("15/1000", "Put the first number in square brackets"),
        ("15/[1000", "not closed"),
        ("15/1000]", "not closed"),
        ("[1]/[2]", "Only one number"),
        ("[1]]", "Only one number"),
        ("[[1]", "Only one number"),
        ("15/[]", r"\[\] is not a number"),
        ("15/[12a]", r"\[12a\] is not a number"),
        ("15/[-3]", r"\[-3\] is not a number"),
        ("15/[1.5]", "is not a number"),
        ("F" * 37 + "[1000]", "43 characters. Shorten it to 40"),
        ("[1234567890123]", "at most 12 digits"),
        ("{month}/[1]", r"\{month\} means nothing here. Use \{year\} or \{yy\}"),
        ("{year/[1]", "brace is not closed"),
        ("A,[1]", "comma"),
        ("A\n[1]", "one line"),
        ("A\x00[1]", "control characters"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_refused_with_what_to_do(text, says):
    with pytest.raises(NumberError, match=says):
        parse_pattern(text)


def test_a_pattern_of_forty_characters_is_taken():
    assert parse_pattern("F" * 34 + "[1000]").format(1000, DAY) == "F" * 34 + "1000"


def test_a_pattern_with_a_year_makes_a_series_per_year():
    pattern = parse_pattern("{year}/[001]")
    assert pattern.series_key(date(2025, 12, 31)) == "2025/[001]"
    assert pattern.series_key(date(2026, 1, 1)) == "2026/[001]"
    assert pattern.format(1, date(2025, 12, 31)) == "2025/001"


def test_a_pattern_without_a_year_makes_one_series():
    pattern = parse_pattern("15/[1000]")
    assert pattern.series_key(date(2025, 1, 1)) == pattern.series_key(DAY) == "15/[1000]"


def test_a_new_first_number_begins_a_new_series():
    assert parse_pattern("15/[2000]").series_key(DAY) != parse_pattern("15/[1000]").series_key(DAY)


@pytest.mark.parametrize("number", ["16/1000", "15/", "15/10a0", "15/1000/2", "15/-1000", "15/0999", "", "15", "15/" + "9" * 13])
def test_a_number_of_another_form_has_no_place_in_the_series(number):
    assert parse_pattern("15/[1000]").position_of(number, DAY) is None


def test_prefix_and_suffix_may_not_share_their_characters():
    assert parse_pattern("--[1]--").position_of("---", DAY) is None


def test_a_number_of_last_year_has_no_place_in_this_years_series():
    assert parse_pattern("{yy}-[1]").position_of("25-7", DAY) is None


@pytest.mark.parametrize("typed", ["f007/24", " F 007 / 24 ", "F7/24", "F００７/24", "F0٠7/24", "F\u200b007/24", "F007⁄24"])
def test_the_same_number_is_recognised_however_it_is_typed(typed):
    assert compare_key(typed) == compare_key("F007/24")
    assert parse_pattern("F[001]/24").position_of(typed, DAY) == 7


@pytest.mark.parametrize(("one", "other"), [("F-7", "F-70"), ("F7", "G7"), ("A-1", "A1"), ("1/0", "1/"), ("10", "1"), ("0", "")])
def test_different_numbers_stay_different(one, other):
    assert compare_key(one) != compare_key(other)


def test_all_hyphens_are_one():
    assert compare_key("A‑1–2−3") == compare_key("A-1-2-3")


@pytest.mark.parametrize(("typed", "stored"), [("  PROV-77 ", "PROV-77"), ("Ｎ１", "N1"), ("A   1", "A 1"), ("factura ñ", "factura ñ")])
def test_a_typed_number_is_stored_trimmed_and_in_one_form(typed, stored):
    assert clean_number(typed) == stored


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Enter the invoice number"),
        (" \t", "Enter"),
        ("9" * 61, "61 characters. Shorten it to 60"),
        ("A\x07", "control"),
        ("\u200b", "letters"),
    ],
)
def test_a_typed_number_that_cannot_be_used_is_refused_with_what_to_do(typed, says):
    with pytest.raises(NumberError, match=says):
        clean_number(typed)


def test_exceptions_are_separated_by_commas_or_lines():
    exceptions = parse_exceptions("15/1003, 15/1005\r\n\n 15/1007,\n")
    assert [n for n in range(1000, 1010) if exceptions.skip(n, f"15/{n}")] == [1003, 1005, 1007]
    assert "15/01003" in exceptions
    assert "15/1004" not in exceptions


def test_exceptions_may_be_bare_positions_of_the_series():
    assert parse_exceptions("1003").skip(1003, "15/1003")


def test_without_exceptions_nothing_is_skipped():
    assert not parse_exceptions("").skip(1, "1")
    assert None not in parse_exceptions("1")


def test_an_exception_that_cannot_be_a_number_is_refused():
    with pytest.raises(NumberError, match="61 characters"):
        parse_exceptions("1, " + "9" * 61)


parts = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="[]{},"), max_size=10).map(lambda t: t.strip())


@given(parts, parts, st.integers(0, 99999), st.integers(0, 99999), st.dates())
def test_every_number_of_a_series_is_read_back(prefix, suffix, first, step, day):
    try:
        pattern = parse_pattern(f"{prefix}[{first}]{suffix}")
    except NumberError:  # some compatibility characters hold what a pattern may not
        return
    number = pattern.format(first + step, day)
    assert pattern.position_of(number, day) == first + step
    assert clean_number(number) == number


@given(st.text(max_size=30))
def test_a_stored_number_stays_the_same_number(text):
    try:
        stored = clean_number(text)
    except NumberError:
        return
    assert clean_number(stored) == stored
    assert compare_key(stored) == compare_key(text)


@given(st.integers(0, 10**9), st.integers(0, 10**9), parts, parts)
def test_two_numbers_of_a_series_never_look_alike(one, other, prefix, suffix):
    keys = [compare_key(f"{prefix}{n}{suffix}") for n in (one, other)]
    assert (keys[0] == keys[1]) == (one == other)
