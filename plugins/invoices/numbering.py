"""Which number an issued invoice gets.

Per series without gap and without double under any number of writers: the number is taken inside the transaction that issues, at its
very end, under the lock of its series. Whatever undoes the transaction gives the number back.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from babel.dates import format_date
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from core import utcnow
from core.db import get_options

from .numbering_models import AUTOMATIC, SKIPPED, TYPED, Number, Series, Tombstone
from .pattern import Exceptions, NumberError, Pattern, clean_number, compare_key, parse_exceptions, parse_pattern

DEFAULT_PATTERN = "15/[1000]"
_OPTIONS = "invoices.invoice_"


class EarlierDate(NumberError):
    """The invoice's date does not fit into the order of its series. `day` is the date of the number beside it."""

    def __init__(self, message: str, day: date):
        super().__init__(message)
        self.day = day


class NumberTaken(NumberError):
    """A typed number that an invoice has or had, or that is to be skipped."""


@dataclass(frozen=True, kw_only=True)
class Numbering:
    """What Setup says about numbers."""

    pattern: Pattern
    exceptions: Exceptions = field(default_factory=Exceptions)
    automatic: bool = True
    allow_earlier: bool = False


def numbering() -> Numbering:
    """The numbering of this installation, as Setup → CRM → Invoices has it. One statement."""
    stored = get_options(_OPTIONS)
    return Numbering(
        pattern=parse_pattern(stored.get(f"{_OPTIONS}id_pattern") or DEFAULT_PATTERN),
        exceptions=parse_exceptions(stored.get(f"{_OPTIONS}id_exceptions") or ""),
        automatic=bool(stored.get(f"{_OPTIONS}auto_id", True)),
        allow_earlier=bool(stored.get(f"{_OPTIONS}allow_earlier", False)),
    )


def take_number(session: Session, day: date, *, rules: Numbering | None = None) -> str:
    """The next number of the series that `day`, the invoice's date, falls into. To be called last in the transaction that issues.

    Passes over exceptions, numbers typed ahead and numbers of deleted invoices. Other writers of the series wait until this
    transaction ends. Raises EarlierDate when the number before bears a later date and Setup does not allow that.
    """
    rules = rules or numbering()
    pattern, key = rules.pattern, rules.pattern.series_key(day)
    position = _lock_series(session, key, pattern)
    while True:
        number = pattern.format(position, day)
        skip = rules.exceptions.skip(position, number)
        if not skip and not rules.allow_earlier:
            _check_date_before(session, key, position, day)
        given = SKIPPED if skip else AUTOMATIC
        free = _register(session, number, series=key, position=position, day=None if skip else day, given=given)
        position += 1
        if free and not skip:
            break
    session.execute(update(Series).where(Series.key == key).values(next=position))
    return number


def claim_typed_number(session: Session, text: str, day: date, *, rules: Numbering | None = None) -> str:
    """Give an issued invoice the number that somebody typed; the number as it is stored.

    Whether he may type one is the caller's question. Raises NumberTaken when an invoice has or had it or Setup skips it, EarlierDate
    when it is one of the series and its neighbours' dates don't fit, NumberError when it can't be a number.
    """
    rules = rules or numbering()
    number = clean_number(text)
    series, position = None, rules.pattern.position_of(number, day)
    if position is not None:
        series = rules.pattern.series_key(day)
        _lock_series(session, series, rules.pattern)
    if number in rules.exceptions or (position is not None and rules.exceptions.skip(position, number)):
        raise NumberTaken(_("%(number)s is one of the numbers to skip (Setup → CRM → Invoices). Choose another.", number=number))
    if position is not None and series is not None and not rules.allow_earlier:
        _check_date_before(session, series, position, day)
        _check_date_after(session, series, position, day)
    if not _register(session, number, series=series, position=position, day=day, given=TYPED) and not _take_over(session, number, day):
        raise NumberTaken(_why_taken(session, number))
    return number


def redate_number(session: Session, bill_id: str, day: date, *, rules: Numbering | None = None) -> None:
    """An issued invoice gets another date: its number must still stand in order, and in the series of its year.

    Raises EarlierDate when its neighbours' dates don't fit, or when the number belongs to the series of another year.
    """
    row = session.get(Number, compare_key(bill_id))
    if row is None or row.day is None or row.day == day:
        return
    rules = rules or numbering()
    if row.series is not None and row.position is not None:
        _lock_series(session, row.series, rules.pattern)
        if rules.pattern.series_key(row.day) == row.series != rules.pattern.series_key(day):
            message = _("%(number)s belongs to the numbers of %(year)s. Keep the date in that year.", number=row.number, year=row.day.year)
            raise EarlierDate(message, row.day)
        if not rules.allow_earlier:
            _check_date_before(session, row.series, row.position, day)
            _check_date_after(session, row.series, row.position, day)
    row.day = day
    session.flush()


def bury_number(session: Session, bill_id: str, *, by_id: int | None, reason: str = "", now: datetime | None = None) -> None:
    """Leave a tombstone for the number of an invoice that is deleted: it can never be given or typed again.

    `by_id` is the user who deletes, None the system itself. Raises LookupError for a number that no issued invoice had.
    """
    row = session.get(Number, compare_key(bill_id))
    if row is None or row.given == SKIPPED:
        raise LookupError(f"{bill_id!r} is no number of an issued invoice")
    stone = session.get(Tombstone, row.key) or Tombstone(key=row.key, number=row.number, series=row.series)
    stone.buried_by_id, stone.buried_at, stone.reason = by_id, now or utcnow(), reason
    session.add(stone)
    session.flush()


def unbury_number(session: Session, bill_id: str) -> None:
    """Take the tombstone away when the invoice comes back out of the trash."""
    stone = session.get(Tombstone, compare_key(bill_id))
    if stone is not None:
        session.delete(stone)
        session.flush()


def next_number(session: Session, day: date, *, rules: Numbering | None = None) -> str:
    """What `take_number` would most likely give, for a hint on a form. Locks nothing and promises nothing."""
    return next_numbers(session, day, 1, rules=rules)[0]


def next_numbers(session: Session, day: date, many: int, *, rules: Numbering | None = None) -> list[str]:
    """The next `many` numbers as they stand now, for a sample in Setup."""
    rules = rules or numbering()
    pattern = rules.pattern
    position = session.scalar(select(Series.next).where(Series.key == pattern.series_key(day))) or pattern.first
    found: list[str] = []
    while len(found) < many:
        number = pattern.format(position, day)
        taken = session.scalar(select(Number.key).where(Number.key == compare_key(number)))
        if taken is None and not rules.exceptions.skip(position, number):
            found.append(number)
        position += 1
    return found


def unexplained_gaps(session: Session) -> Iterator[tuple[str, str]]:
    """Every (series, number) below a counter that nobody has or had: there must be none. For `cartera doctor`."""
    inside = (Number.series == Series.key) & Number.position.between(Series.first, Series.next - 1)
    stmt = select(Series.key, Series.first, Series.next).outerjoin(Number, inside).group_by(Series.key, Series.first, Series.next)
    for key, first, after in session.execute(stmt.having(func.count(Number.key) != Series.next - Series.first)).all():
        pattern = parse_pattern(key)  # the series' name is its pattern, with the year filled in
        known = set(session.scalars(select(Number.position).where(Number.series == key)))
        for position in range(first, after):
            number = pattern.format(position, date.min)
            if position not in known and session.get(Number, compare_key(number)) is None:  # a number of another series may stand here
                yield key, number


def _lock_series(session: Session, key: str, pattern: Pattern) -> int:
    """The next position of a series, whose row this transaction holds until it ends. SQLite has one writer at a time anyhow."""
    connection = session.connection()
    if connection.dialect.name == "sqlite" and not connection.get_execution_options().get("write"):
        raise RuntimeError("numbers are given inside unit_of_work(): a reading transaction can't become a writing one safely")
    stmt = select(Series.next).where(Series.key == key).with_for_update()
    position = session.scalar(stmt)
    if position is None:
        session.execute(_insert(session, Series).values(key=key, first=pattern.first, next=pattern.first).on_conflict_do_nothing())
        position = session.scalar(stmt)
    return int(position)  # type: ignore[arg-type]


def _register(session: Session, number: str, **values: Any) -> bool:
    """Write a number down. False when it is there already; a transaction that is just writing it is waited for."""
    stmt = _insert(session, Number).values(key=compare_key(number), number=number, **values)
    return session.execute(stmt.on_conflict_do_nothing().returning(Number.key)).first() is not None


def _take_over(session: Session, number: str, day: date) -> bool:
    """A number that was skipped once and is no exception any more can be typed."""
    stmt = update(Number).where(Number.key == compare_key(number), Number.given == SKIPPED)
    return session.execute(stmt.values(number=number, day=day, given=TYPED).returning(Number.key)).first() is not None


def _check_date_before(session: Session, series: str, position: int, day: date) -> None:
    found = _neighbour(session, series, Number.position < position, Number.position.desc())
    if found and found.day > day:
        message = _(
            "The number before, %(number)s, bears the date %(day)s. Use that date or a later one.",
            number=found.number,
            day=_shown(found.day),
        )
        raise EarlierDate(message, found.day)


def _check_date_after(session: Session, series: str, position: int, day: date) -> None:
    found = _neighbour(session, series, Number.position > position, Number.position)
    if found and found.day < day:
        message = _(
            "The number after, %(number)s, bears the date %(day)s. Use that date or an earlier one.",
            number=found.number,
            day=_shown(found.day),
        )
        raise EarlierDate(message, found.day)


def _neighbour(session: Session, series: str, side: Any, order: Any) -> Any:
    stmt = select(Number.number, Number.day).where(Number.series == series, side, Number.day.is_not(None))
    return session.execute(stmt.order_by(order).limit(1)).first()


def _why_taken(session: Session, number: str) -> str:
    stone = session.get(Tombstone, compare_key(number))
    if stone is None:
        return _("%(number)s is the number of another invoice. Choose another.", number=number)
    return _(
        "%(number)s was the number of an invoice that was deleted on %(day)s. Numbers are not used twice: choose another.",
        number=stone.number,
        day=_shown(stone.buried_at.date()),
    )


def _shown(day: date) -> str:
    return format_date(day, "d MMM y", locale=get_locale() or "en")


def _insert(session: Session, table: type) -> Any:
    dialect = postgresql if session.connection().dialect.name == "postgresql" else sqlite
    return dialect.insert(table)
