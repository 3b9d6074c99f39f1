"""Units of work and what follows them."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.db import after_commit, db, set_option, unit_of_work


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
