"""The span of a term and its decision date: pure rules of the calendar."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.contracts.terms import add_months, decision_day, next_term

DAYS = st.dates(date(2000, 1, 1), date(2090, 12, 31))


@pytest.mark.parametrize(
    ("begin", "end", "following"),
    [
        ("2026-01-20", "2027-01-19", ("2027-01-20", "2028-01-19")),
        ("2026-01-01", "2026-12-31", ("2027-01-01", "2027-12-31")),
        ("2024-02-29", "2025-02-27", ("2025-02-28", "2026-02-27")),
        ("2026-01-01", "2026-01-31", ("2026-02-01", "2026-02-28")),
        ("2026-05-04", "2026-05-04", ("2026-05-05", "2026-05-05")),
        ("2026-01-15", "2026-04-20", ("2026-04-21", "2026-07-26")),
    ],
)
def test_the_next_term_begins_the_day_after_and_spans_the_same(begin, end, following):
    assert next_term(date.fromisoformat(begin), date.fromisoformat(end)) == tuple(map(date.fromisoformat, following))


@given(DAYS, st.integers(0, 4000))
def test_terms_follow_one_another_without_gap_and_never_end_before_they_begin(begin, days):
    end = begin + timedelta(days=days)
    start, stop = next_term(begin, end)
    assert start == end + timedelta(days=1)
    assert stop >= start
    assert abs((stop - start).days - days) <= 4


@given(DAYS, st.integers(-300, 300))
def test_months_end_where_their_month_ends(day, months):
    moved = add_months(day, months)
    assert (moved.year * 12 + moved.month) - (day.year * 12 + day.month) == months
    assert moved.day == day.day or (moved + timedelta(days=1)).day == 1


def test_the_decision_date_is_the_end_less_the_notice():
    assert decision_day(date(2027, 1, 19), 30) == date(2026, 12, 20)
    assert decision_day(date(2027, 1, 19), None) == date(2027, 1, 19)
    assert decision_day(None, 30) is None
