"""Cached values follow their counter: what was loaded before a change is never kept after it."""

import threading

import pytest
from sqlalchemy import text

from core.addons.runtime import runtime
from core.db import after_commit, db, get_option, set_option, unit_of_work
from core.db.versioned import Counter, Versioned


@pytest.mark.both_databases
def test_a_value_that_changed_while_it_was_loaded_is_not_kept(app):
    with app.app_context():
        kept = Versioned()

        def slow():
            other = threading.Thread(target=change)
            other.start()
            other.join()
            kept._checked = 0.0
            kept._check() if app.config["SQLALCHEMY_DATABASE_URI"].startswith("postgresql") else None
            return "old"

        def change():
            with app.app_context(), unit_of_work():
                kept.changed("thing")

        assert kept.get("thing", 1, slow) == "old"
        db.session.remove()
        kept._checked = 0.0
        assert kept.get("thing", 1, lambda: "new") == "new"
        assert kept.get("thing", 1, lambda: "newer") == "new"


def test_what_an_old_transaction_loads_is_not_kept_under_a_newer_counter(app):
    with app.app_context():
        kept = Versioned()
        db.session.execute(text("SELECT count(*) FROM core_user")).all()  # its sight of the file begins here

        def change_and_look():
            with app.app_context():
                with unit_of_work():
                    kept.changed("thing")
                kept.get("another", 1, lambda: 1)

        other = threading.Thread(target=change_and_look)
        other.start()
        other.join()
        assert kept.get("thing", 1, lambda: "old") == "old"
        db.session.remove()
        kept._checked = 0.0
        assert kept.get("thing", 1, lambda: "new") == "new"


@pytest.mark.both_databases
def test_what_is_loaded_after_a_change_is_kept_also_when_another_thread_heard_of_it_first(app):
    with app.app_context():
        kept = Versioned()

        def hear():
            with app.app_context():
                kept._read()

        def hear_in_a_thread():
            other = threading.Thread(target=hear)
            other.start()
            other.join()

        with unit_of_work():
            after_commit(hear_in_a_thread)  # before the process itself forgets what it had
            kept.changed("thing")
        assert kept.get("thing", 1, lambda: "new") == "new"
        assert kept.get("thing", 1, lambda: "newer") == "new"
        assert kept.settled()


def test_what_an_older_transaction_sees_takes_no_change_back(app):
    with app.app_context():
        kept = Versioned()
        db.session.execute(text("SELECT count(*) FROM core_user")).all()  # its sight of the file begins here
        kept.get("thing", 1, lambda: "old")

        def change():
            with app.app_context(), unit_of_work():
                kept.changed("thing")

        other = threading.Thread(target=change)
        other.start()
        other.join()
        assert kept.stamp() is not None
        assert not kept.settled()
        assert kept.get("thing", 1, lambda: "old still") == "old still"
        db.session.remove()
        assert kept.get("thing", 1, lambda: "new") == "new"


@pytest.mark.both_databases
def test_two_that_change_a_new_thing_at_once_both_succeed(app):
    failed, barrier = [], threading.Barrier(4)

    def change():
        try:
            with app.app_context():
                barrier.wait()
                with unit_of_work():
                    runtime().parts["versioned"].changed("a thing of the tests")
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=change) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    with app.app_context():
        assert db.session.get(Counter, "a thing of the tests").value == 4


def test_a_changed_setting_is_read_anew_at_once(app):
    with app.app_context():
        assert get_option("tests.thing", 1) == 1
        with unit_of_work():
            set_option("tests.thing", 2)
        assert get_option("tests.thing", 1) == 2
