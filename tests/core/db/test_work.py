"""Units of work and what follows them."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.db import after_commit, db, get_option, set_option, unit_of_work
from core.db.work import savepoint


@pytest.mark.both_databases
def test_an_action_that_fails_in_the_database_harms_neither_the_next_one_nor_the_request(app):
    done = []
    with app.app_context():
        with unit_of_work():
            set_option("tests.thing", 1)
            after_commit(lambda: db.session.execute(text("SELECT nothing FROM nowhere")))
            after_commit(lambda: done.append(db.session.scalar(text("SELECT 1"))))
        assert done == [1]
        assert db.session.scalar(text("SELECT 2")) == 2


@pytest.mark.both_databases
def test_what_a_part_that_failed_wrote_and_wanted_done_after_the_commit_is_not_done(app):
    done = []

    def part(n, fails=False):
        with savepoint():
            set_option(f"tests.part{n}", n)
            after_commit(lambda: done.append(n))
            if fails:
                raise ZeroDivisionError

    with app.app_context():
        with unit_of_work():
            part(1)
            with pytest.raises(ZeroDivisionError):
                part(2, fails=True)
            part(3)
        assert done == [1, 3]
        assert [get_option(f"tests.part{n}") for n in (1, 2, 3)] == [1, None, 3]


@pytest.mark.both_databases
def test_a_unit_of_work_whose_commit_fails_leaves_the_session_usable(app):
    from core.db.versioned import Counter

    def twice():
        with unit_of_work():
            db.session.add(Counter(name="thing", value=1))
            db.session.flush()
            db.session.expunge_all()
            db.session.add(Counter(name="thing", value=1))

    with app.app_context():
        with pytest.raises(DBAPIError):
            twice()
        assert db.session.scalar(text("SELECT 2")) == 2
