"""The unit of work: one transaction that holds a change, its history and any number that it used; what follows runs after the commit.

SQLite: a transaction that will write says so at its start (BEGIN IMMEDIATE), for a read that turns into a write fails at once
under load; `busy_timeout` does not help there.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .base import db

log = logging.getLogger(__name__)


def begin_write() -> None:
    """Start a writing transaction on this session, before its first query. A reading one that is open ends here."""
    session = db.session()
    if session.info.get("write") and session.in_transaction():
        return
    if session.in_transaction():
        session.commit()
    session.info["write"] = True
    session.connection(execution_options={"write": True})


def after_commit(action: Callable[[], None]) -> None:
    """Run `action` once this unit of work is committed; never, if it is rolled back. A failure is logged and breaks nothing."""
    db.session().info.setdefault("after_commit", []).append(action)


def commit() -> None:
    """Commit this unit of work and run what waits for it."""
    session = db.session()
    actions = session.info.pop("after_commit", [])
    session.info.pop("write", None)
    try:
        session.commit()
    except BaseException:
        session.rollback()
        raise
    for action in actions:
        try:
            action()
        except Exception:
            log.exception("after the commit: %r failed; the change itself is saved", action)
            rollback()  # whatever the database refused, the next action finds the session as new


def rollback() -> None:
    """Undo this unit of work."""
    session = db.session()
    session.info.pop("after_commit", None)
    session.info.pop("write", None)
    session.rollback()


@contextmanager
def savepoint() -> Iterator[None]:
    """A part of a unit of work that may fail by itself: what it wrote is taken back, and what was to follow the commit is not done."""
    info = db.session().info
    waiting = len(info.get("after_commit", ()))
    try:
        with db.session.begin_nested():
            yield
    except BaseException:
        del info.get("after_commit", [])[waiting:]
        raise


@contextmanager
def unit_of_work(actor_id: int | None = None) -> Iterator[None]:
    """Everything inside is written together or not at all. Inside another unit of work it joins that one.

    `actor_id` is the user in whose name history records the change; None is the system itself.
    """
    session = db.session()
    if session.info.get("write") and session.in_transaction():
        yield
        return
    begin_write()
    session.info["actor_id"] = actor_id
    try:
        yield
    except BaseException:
        rollback()
        raise
    commit()
