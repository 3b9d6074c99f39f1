"""Many rows by few statements hold what the ORM would have written."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import Boolean, Column, Date, Integer, MetaData, Table, Text, select, text

from core.db import JsonDict, Micros, UtcTime, db, unit_of_work
from core.db.bulk import insert_many

THINGS = Table(
    "core_test_things", MetaData(), Column("id", Integer, primary_key=True), Column("name", Text), Column("price", Micros()),
    Column("at", UtcTime()), Column("day", Date), Column("flag", Boolean), Column("extra", JsonDict), Column("order", Integer),
)  # fmt: skip


@pytest.fixture
def things(app):
    with app.app_context():
        with unit_of_work():
            THINGS.create(db.session.connection())
        yield THINGS
        db.session.rollback()
        with unit_of_work():
            THINGS.drop(db.session.connection())


def row(n):
    return {
        "id": n, "name": f"ñ {n}" if n % 3 else None, "price": Decimal(n) / 4, "at": datetime(2026, 1, 1, tzinfo=UTC),
        "day": datetime(2026, 1, 2, tzinfo=UTC).date(), "flag": bool(n % 2), "extra": {"f1": n}, "order": n,
    }  # fmt: skip


@pytest.mark.both_databases
def test_each_type_of_column_holds_what_went_in(things):
    rows = [row(n) for n in range(1, 1203)]
    with unit_of_work():
        insert_many(things, rows)
    assert [dict(r) for r in db.session.execute(select(things).order_by(things.c.id)).mappings()] == rows


def test_rows_are_written_by_few_statements(things, count_queries):
    with unit_of_work(), count_queries() as q:
        insert_many(things, [row(n) for n in range(1, 1002)])
    assert q.count == 3, q


def test_no_rows_are_no_statement(things, count_queries):
    with unit_of_work(), count_queries() as q:
        insert_many(things, [])
    assert q.count == 0


def test_what_is_written_goes_with_the_transaction(things):
    def fail():
        with unit_of_work():
            insert_many(things, [row(1)])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert db.session.scalar(text("SELECT count(*) FROM core_test_things")) == 0
