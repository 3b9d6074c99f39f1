"""Terms of the calendar: the same span once more, and the day by which one must decide."""

import calendar
from datetime import date, timedelta

DAY = timedelta(days=1)


def add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def span(begin: date, end: date) -> tuple[int, int]:
    """The term from `begin` to `end`, both included, as whole months and days."""
    after = end + DAY
    months = (after.year - begin.year) * 12 + after.month - begin.month
    while add_months(begin, months) > after:
        months -= 1
    return months, (after - add_months(begin, months)).days


def next_term(begin: date, end: date) -> tuple[date, date]:
    """The term that follows: it begins the day after, and spans the same months and days.

    2026-01-20 … 2027-01-19 is followed by 2027-01-20 … 2028-01-19.
    """
    months, days = span(begin, end)
    start = end + DAY
    return start, add_months(start, months) + timedelta(days=days) - DAY


def decision_day(end: date | None, notice_days: int | None) -> date | None:
    """The day by which one must decide; None for an open-ended contract."""
    return None if end is None else end - timedelta(days=notice_days or 0)
