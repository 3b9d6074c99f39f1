"""Counting statements."""

import pytest
from sqlalchemy import create_engine, text


@pytest.fixture
def engine():
    engine = create_engine("sqlite://")
    yield engine
    engine.dispose()


def test_statements_are_counted_and_listed(engine, count_queries):
    with engine.connect() as connection, count_queries() as q:
        for n in (1, 1, 2):
            connection.execute(text(f"SELECT\n  {n}"))
    assert q.count == 3
    assert q.statements == ["SELECT 1", "SELECT 1", "SELECT 2"]
    assert q.repeated == {"SELECT 1": 2}
    assert "2 times: SELECT 1" in str(q)


def test_only_what_runs_inside_counts(engine, count_queries):
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        with count_queries() as q:
            pass
        connection.execute(text("SELECT 2"))
    assert q.count == 0


def test_the_frame_of_a_transaction_is_no_statement(engine, count_queries):
    with engine.connect() as connection, count_queries(engine) as q:
        for statement in ("SAVEPOINT a", "SELECT 1", "RELEASE a"):
            connection.exec_driver_sql(statement)
    assert q.statements == ["SELECT 1"]


def test_another_database_is_left_out_on_wish(engine, count_queries):
    other = create_engine("sqlite://")
    with other.connect() as connection, count_queries(engine) as q:
        connection.execute(text("SELECT 1"))
    other.dispose()
    assert q.count == 0
