"""Which number an invoice gets: the cases of the trade, one writer at a time. Many writers: test_numbering_race.py."""

from contextlib import contextmanager
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from core.db import db, set_option
from core.db.engine import prepare
from core.identity.models import User
from plugins.invoices.numbering import (
    EarlierDate,
    Numbering,
    NumberTaken,
    bury_number,
    claim_typed_number,
    next_number,
    numbering,
    take_number,
    unbury_number,
    unexplained_gaps,
)
from plugins.invoices.numbering_models import Number, Series, Tombstone
from plugins.invoices.pattern import NumberError, parse_exceptions, parse_pattern

DAY = date(2026, 3, 9)


def rules(pattern="15/[1000]", skip="", **more):
    return Numbering(pattern=parse_pattern(pattern), exceptions=parse_exceptions(skip), **more)


@pytest.fixture
def engine(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path / 'numbers.db'}")
    prepare(engine)
    db.metadata.create_all(engine, tables=[model.__table__ for model in (User, Series, Number, Tombstone)])
    yield engine
    engine.dispose()


@pytest.fixture
def writing(engine):
    """A writing transaction: `with writing() as session`."""

    @contextmanager
    def begin():
        with Session(engine, expire_on_commit=False) as session:
            session.connection(execution_options={"write": True})
            yield session
            session.commit()

    return begin


@pytest.fixture
def issue(writing):
    """Issue invoices, each in a transaction of its own; gives their numbers."""

    def run(count=1, day=DAY, **what):
        numbers = []
        for _ in range(count):
            with writing() as session:
                numbers.append(take_number(session, day, rules=rules(**what)))
        return numbers

    return run


@pytest.fixture
def type_number(writing):
    """Issue an invoice with a number typed by hand."""

    def run(text, day=DAY, **what):
        with writing() as session:
            return claim_typed_number(session, text, day, rules=rules(**what))

    return run


def test_the_number_in_brackets_is_the_first(issue):
    assert issue(3) == ["15/1000", "15/1001", "15/1002"]


def test_digits_around_the_counter_are_never_taken_for_it(issue):
    assert issue(3, pattern="F[098]/24") == ["F098/24", "F099/24", "F100/24"]
    assert issue(2, pattern="A1-[1]-2") == ["A1-1-2", "A1-2-2"]


def test_a_typed_number_an_exception_and_a_double(issue, type_number):
    assert issue(skip="15/1003") == ["15/1000"]
    assert type_number("15/1001") == "15/1001"
    assert issue(3, skip="15/1003") == ["15/1002", "15/1004", "15/1005"]
    with pytest.raises(NumberTaken, match="15/1000 is the number of another invoice"):
        type_number("15/1000")


def test_a_pattern_set_again_goes_on_where_it_was(issue):
    assert issue(2) == ["15/1000", "15/1001"]
    assert issue(pattern="F-[1]") == ["F-1"]
    assert issue() == ["15/1002"]


def test_patterns_whose_numbers_meet_pass_over_each_others(issue):
    assert issue(2, pattern="F[10]") == ["F10", "F11"]
    assert issue(3, pattern="F1[0]") == ["F12", "F13", "F14"]


def test_a_lower_first_number_fills_up_below_and_passes_over_what_is_there(issue):
    assert issue(2, pattern="15/[1000]") == ["15/1000", "15/1001"]
    assert issue(3, pattern="15/[999]") == ["15/999", "15/1002", "15/1003"]


def test_each_year_has_its_own_series(issue):
    new_year = date(2026, 1, 1)
    assert issue(2, day=date(2025, 12, 31), pattern="{year}/[01]") == ["2025/01", "2025/02"]
    assert issue(day=new_year, pattern="{year}/[01]") == ["2026/01"]
    assert issue(day=date(2025, 12, 31), pattern="{year}/[01]") == ["2025/03"]


def test_what_is_rolled_back_gives_its_number_back(issue, engine):
    issue()
    with Session(engine) as session:
        session.connection(execution_options={"write": True})
        assert take_number(session, DAY, rules=rules()) == "15/1001"
        session.rollback()
    assert issue() == ["15/1001"]


def test_an_earlier_date_is_refused_with_the_last_one_named(issue):
    issue(day=DAY)
    with pytest.raises(EarlierDate, match=r"15/1000, bears the date 9 Mar 2026") as refused:
        issue(day=date(2026, 3, 8))
    assert refused.value.day == DAY
    assert issue(day=DAY) == ["15/1001"]


def test_a_refused_date_uses_no_number_even_when_the_caller_goes_on(issue, writing):
    issue(day=DAY)
    with writing() as session:
        with pytest.raises(EarlierDate):
            take_number(session, date(2026, 3, 1), rules=rules())
        assert take_number(session, DAY, rules=rules()) == "15/1001"


def test_an_earlier_date_is_taken_when_setup_allows_it(issue):
    issue(day=DAY)
    assert issue(day=date(2026, 3, 8), allow_earlier=True) == ["15/1001"]


def test_the_date_of_a_number_that_is_passed_over_counts(issue, type_number):
    issue(day=DAY)
    type_number("15/1001", day=date(2026, 3, 20))
    with pytest.raises(EarlierDate, match="15/1001, bears the date 20 Mar 2026"):
        issue(day=date(2026, 3, 10))
    assert issue(day=date(2026, 3, 20)) == ["15/1002"]


def test_a_number_typed_far_ahead_does_not_stop_the_series(issue, type_number):
    type_number("15/2000", day=date(2026, 3, 1))
    assert issue(day=DAY) == ["15/1000"]


def test_a_typed_number_must_fit_between_its_neighbours(issue, type_number):
    issue(day=DAY, skip="15/1001", count=2)
    with pytest.raises(EarlierDate, match="before, 15/1000, bears"):
        type_number("15/1001", day=date(2026, 3, 8))
    with pytest.raises(EarlierDate, match="after, 15/1002, bears"):
        type_number("15/1001", day=date(2026, 3, 10))


def test_a_number_that_was_skipped_can_be_typed_once_it_is_no_exception_any_more(issue, type_number):
    issue(day=DAY, skip="15/1001", count=2)
    with pytest.raises(NumberTaken, match="15/1001 is one of the numbers to skip"):
        type_number("15/1001", skip="15/1001")
    assert type_number("15/1001") == "15/1001"
    with pytest.raises(NumberTaken):
        type_number("15/1001")


@pytest.mark.parametrize("typed", ["15/01000", " 15 / 1000 ", "15/１０００", "15/1000\u200b", "15∕1000"])
def test_another_way_of_typing_a_number_is_the_same_number(issue, type_number, typed):
    issue()
    with pytest.raises(NumberTaken):
        type_number(typed)


def test_a_number_typed_in_another_form_is_passed_over_too(issue, type_number):
    assert type_number("15/01000") == "15/01000"
    assert issue() == ["15/1001"]


def test_a_number_of_no_series_can_be_typed_with_any_date(issue, type_number):
    issue(day=DAY)
    assert type_number("OLD-7", day=date(2019, 1, 1)) == "OLD-7"
    with pytest.raises(NumberTaken):
        type_number("old-007", day=date(2019, 1, 1))


def test_what_cannot_be_a_number_is_refused(type_number):
    with pytest.raises(NumberError, match="Enter the invoice number"):
        type_number("  ")


def test_a_deleted_invoice_leaves_a_tombstone_and_its_number_never_comes_back(issue, type_number, writing):
    issue(2)
    with writing() as session:
        bury_number(session, "15/1001", by_id=None, reason="sent twice", now=datetime(2026, 3, 10, 12, tzinfo=UTC))
    with pytest.raises(NumberTaken, match="15/1001 was the number of an invoice that was deleted on 10 Mar 2026"):
        type_number("15/1001")
    assert issue() == ["15/1002"]
    with writing() as session:
        (stone,) = session.scalars(select(Tombstone))
        assert (stone.number, stone.series, stone.reason, stone.buried_by_id) == ("15/1001", "15/[1000]", "sent twice", None)


def test_a_tombstone_goes_when_the_invoice_comes_back_out_of_the_trash(issue, writing):
    issue()
    with writing() as session:
        bury_number(session, "15/1000", by_id=None)
        bury_number(session, "15/1000", by_id=None, reason="again")
        unbury_number(session, "15/1000")
        assert session.scalars(select(Tombstone)).all() == []
        unbury_number(session, "15/1000")


def test_only_numbers_of_issued_invoices_are_buried(issue, writing):
    issue(skip="15/1000")
    with writing() as session:
        for number in ("15/1000", "PROV-77"):
            with pytest.raises(LookupError, match=number):
                bury_number(session, number, by_id=None)


def test_the_hint_on_a_form_is_the_number_that_comes_next(issue, type_number, writing):
    with writing() as session:
        assert next_number(session, DAY, rules=rules()) == "15/1000"
    issue()
    type_number("15/1001")
    with writing() as session:
        assert next_number(session, DAY, rules=rules(skip="1002")) == "15/1003"
    assert issue(skip="1002") == ["15/1003"]


def test_every_position_below_the_counter_is_explained(issue, type_number, writing):
    issue(2, skip="1001")
    type_number("15/1004")
    issue(3, skip="1001")
    issue(2, pattern="F[10]")
    issue(2, pattern="F1[0]")
    with writing() as session:
        bury_number(session, "15/1002", by_id=None)
        assert list(unexplained_gaps(session)) == []


def test_a_number_that_went_missing_is_found(issue, writing):
    issue(3)
    with writing() as session:
        session.delete(session.get(Number, "15/1001"))
        session.flush()
        assert list(unexplained_gaps(session)) == [("15/[1000]", "15/1001")]


def test_a_number_is_not_given_in_a_transaction_that_only_reads(engine):
    with Session(engine) as session, pytest.raises(RuntimeError, match="unit_of_work"):
        take_number(session, DAY, rules=rules())


def test_the_rules_are_those_of_setup(work):
    with work():
        assert numbering() == rules("15/[1000]", automatic=True)
        for name, value in (("id_pattern", "F[1]"), ("id_exceptions", "F2, F3"), ("auto_id", False), ("allow_earlier", True)):
            set_option(f"invoices.invoice_{name}", value)
        assert numbering() == rules("F[1]", "F2,F3", automatic=False, allow_earlier=True)
