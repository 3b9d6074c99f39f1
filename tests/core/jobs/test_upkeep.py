from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from core.db import db, unit_of_work, utcnow
from core.jobs import progress
from core.jobs.models import Job
from core.jobs.running import run_job, run_queued, take
from core.jobs.services import queue_of
from core.jobs.upkeep import MAX_ATTEMPTS, Clock, sweep, tidy

pytestmark = pytest.mark.usefixtures("mode", "chores")


@pytest.fixture
def change(app):
    """`change(job_id, state="running")` writes to a job's row."""

    def write(job_id, **values):
        with app.app_context(), unit_of_work():
            db.session.execute(update(Job).where(Job.id == job_id).values(**values))

    return write


@pytest.fixture
def engine(app):
    return app.extensions["cartera"].parts["runtime_engine"]


def taken(app, job_id, change, engine, *, seen_ago=0.0, monkeypatch=None):
    """A job that a worker took and whose lease is over; it showed itself `seen_ago` seconds ago."""
    import time

    with app.app_context():
        take(job_id)
    change(job_id, lease_until=utcnow() - timedelta(seconds=1))
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        connection.execute(update(progress.table).values(seen_at=time.time() - seen_ago))


@pytest.mark.both_databases
def test_a_job_whose_worker_is_silent_is_given_to_another(app, start, change, engine, row):
    job_id = start("chores.note", name="a")
    taken(app, job_id, change, engine, seen_ago=61)
    assert sweep(app) == 1
    assert row(job_id).state == "queued"
    assert run_job(app, job_id) == "done"
    assert row(job_id).attempts == 2


def test_a_job_whose_worker_shows_itself_is_left_alone(app, start, change, engine, row):
    job_id = start("chores.note", name="a")
    taken(app, job_id, change, engine, seen_ago=59)
    assert sweep(app) == 0
    assert row(job_id).state == "running"


def test_a_heartbeat_shows_that_the_worker_lives(app, start, chores, engine, monkeypatch):
    import threading

    monkeypatch.setattr(progress, "BEAT", 0.02)
    beats = threading.Event()
    put = progress.put
    monkeypatch.setattr(progress, "put", lambda *args, **values: (put(*args, **values), None if values else beats.set()))
    job_id = start("chores.count", to=2, during="wait")
    chores._calls["wait"] = lambda: beats.wait(10)
    assert run_job(app, job_id) == "done"
    assert beats.is_set()
    assert progress.read(engine, [job_id]) == {}


def test_a_job_that_kills_its_workers_fails_in_the_end(app, start, change, engine, row):
    job_id = start("chores.note", name="a")
    for _ in range(MAX_ATTEMPTS):
        taken(app, job_id, change, engine, seen_ago=1000)
        sweep(app)
    assert (row(job_id).state, row(job_id).attempts) == ("failed", MAX_ATTEMPTS)
    assert "3 times" in row(job_id).error


def test_a_job_that_was_cancelled_while_its_worker_died_is_not_run_again(app, start, change, engine, row):
    job_id = start("chores.note", name="a")
    taken(app, job_id, change, engine, seen_ago=1000)
    with engine.connect().execution_options(write=True) as connection, connection.begin():
        connection.execute(update(progress.table).values(cancelled=True))
    sweep(app)
    assert row(job_id).state == "cancelled"


def test_a_job_whose_message_was_lost_is_told_of_again(app, mode, start, change, left):
    job_id = start("chores.note", name="a")  # with nobody to tell
    mode("worker")
    assert sweep(app) == 0  # it may be on its way
    change(job_id, created_at=utcnow() - timedelta(seconds=11))
    assert sweep(app) == 1
    assert queue_of(app).size() == 1
    assert sweep(app) == 0  # somebody is going to come to it


def test_a_periodic_job_is_started_once_in_its_time_however_many_workers_ask(app, chores, left):
    clocks = [Clock(app), Clock(app)]
    assert [clock.tick(now=600) for clock in clocks] == [0, 0]  # with CARTERA_JOBS=off nobody does


@pytest.mark.both_databases
def test_periodic_work_runs_once_for_all_workers(app, mode, chores, left):
    mode("inline")
    clocks = [Clock(app), Clock(app)]
    for now in (600, 601, 659):
        for clock in clocks:
            clock.tick(now=now)
    assert left("swept") == 1
    assert sum(clock.tick(now=660) for clock in clocks) >= 1
    assert left("swept") == 2
    Clock(app).tick(now=661)  # a worker that starts later
    assert left("swept") == 2


def test_periodic_work_never_runs_beside_itself(app, mode, chores, change):
    mode("worker")
    assert Clock(app).tick(now=600) >= 1
    clock = Clock(app)
    clock.tick(now=660)
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(Job.kind == "every:chores.sweep")) == 1
    run_queued(app)
    clock.tick(now=665)
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(Job.kind == "every:chores.sweep")) == 2


@pytest.mark.both_databases
def test_old_jobs_go_and_failed_ones_stay_longer(app, start, change, row):
    ids = [start("chores.note", name=str(n)) for n in range(4)]
    month = utcnow() - timedelta(days=31)
    change(ids[0], state="done", finished_at=month)
    change(ids[1], state="failed", finished_at=month)
    change(ids[2], state="done", finished_at=utcnow())
    change(ids[3], created_at=month)
    with app.app_context():
        tidy()
    assert [row(job_id) is not None for job_id in ids] == [False, True, True, True]
