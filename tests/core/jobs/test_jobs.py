import pytest

from core.access import Actor
from core.db import db, set_option, unit_of_work
from core.errors import NotFound
from core.jobs.models import Job
from core.jobs.running import run_job, run_queued
from core.jobs.services import cancel, enqueue, job_status, jobs_of, list_jobs

from .conftest import ADMIN

pytestmark = pytest.mark.usefixtures("mode", "chores")
SOMEBODY = Actor(user_id=99, login="x", name="X")


def test_a_job_is_part_of_the_transaction_that_starts_it(app, row, work):
    begun = []

    def fail():
        with work():
            begun.append(enqueue("chores.note", name="a"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert row(begun[0]) is None
    assert run_job(app, begun[0]) is None


@pytest.mark.both_databases
def test_a_job_does_its_work_and_keeps_its_result(app, start, row, left):
    job_id = start("chores.note", name="a", value=4)
    assert row(job_id).state == "queued"
    assert run_job(app, job_id) == "done"
    done = row(job_id)
    assert (left("a"), done.result, done.attempts, done.error, done.lease_until) == (4, {"name": "a"}, 1, None, None)
    assert done.created_at <= done.started_at <= done.finished_at


def test_a_job_is_done_once_however_often_it_is_offered(app, start, left):
    job_id = start("chores.note", name="a")
    assert [run_job(app, job_id) for _ in range(3)] == ["done"] * 3
    assert left("a") == 1


@pytest.mark.both_databases
def test_a_failing_job_changes_nothing_and_keeps_its_traceback(app, start, row, left, caplog):
    job_id = start("chores.fail", name="a", actor_id=1)
    assert run_job(app, job_id) == "failed"
    assert left("a") is None
    assert row(job_id).error.startswith("Traceback")
    assert "ZeroDivisionError: the reason" in row(job_id).error
    with app.app_context():
        assert "ZeroDivisionError" in job_status(job_id, ADMIN)["error"]
        shown = job_status(job_id, Actor(user_id=1, login="admin", name="A"))
    assert shown["state"] == "failed"
    assert "administrator" in shown["error"]
    assert "ZeroDivisionError" not in shown["error"]


def test_a_refusal_is_kept_as_the_sentence_that_it_is(app, start, row, caplog):
    job_id = start("chores.refuse", actor_id=1)
    run_job(app, job_id)
    assert row(job_id).error == "There is nothing left to count."


def test_a_job_that_ends_its_process_does_not_stay_behind(app, start, row):
    job_id = start("chores.leave")
    with pytest.raises(SystemExit):
        run_job(app, job_id)
    assert (row(job_id).state, "SystemExit: 3" in row(job_id).error) == ("failed", True)


@pytest.mark.both_databases
def test_a_unique_key_makes_one_job_of_two(app, start, work):
    first = start("chores.note", name="a", unique_key="k")
    assert start("chores.note", name="a", unique_key="k") == first
    with work():
        assert enqueue("chores.note", name="a", unique_key="k") == first
        assert enqueue("chores.note", name="b", unique_key="other") != first
    run_job(app, first)
    again = start("chores.note", name="a", unique_key="k")
    assert again != first
    assert run_queued(app) == 2


def test_an_unknown_kind_and_arguments_that_are_no_json_are_refused_at_the_start(work):
    with work():
        with pytest.raises(LookupError, match=r"chores\.noet.*did you mean 'chores\.note'"):
            enqueue("chores.noet")
        with pytest.raises(TypeError):
            enqueue("chores.note", name=object())


@pytest.mark.both_databases
def test_progress_is_seen_while_the_transaction_of_the_job_is_open(app, start, chores, row):
    job_id = start("chores.count", to=10, during="look", actor_id=1)
    seen = []

    def look():
        with app.app_context():
            seen.append((job_status(job_id, ADMIN), jobs_of(1), db.session.get(Job, job_id).state))

    chores._calls["look"] = look
    assert run_job(app, job_id) == "done"
    status, mine, state = seen[0]
    assert state == "running"
    assert (status["done"], status["total"], status["message"]) == (0, 10, "0 of 10")  # written twice a second at most
    assert [job["id"] for job in mine] == [job_id]
    assert (row(job_id).done, row(job_id).total, row(job_id).message, row(job_id).result) == (10, 10, "10 of 10", {"value": 10})
    with app.app_context():
        assert jobs_of(1) == []


@pytest.mark.both_databases
def test_a_running_job_ends_at_its_next_step_when_it_is_cancelled(app, start, chores, row, left, monkeypatch):
    monkeypatch.setattr("core.jobs.progress.EVERY", 0)
    job_id = start("chores.count", to=10, during="stop", actor_id=1)

    def stop():
        with app.app_context():
            assert cancel(job_id, ADMIN)

    chores._calls["stop"] = stop
    assert run_job(app, job_id) == "cancelled"
    assert left("counted") is None
    assert (row(job_id).done, row(job_id).error) == (5 + 1, None)


def test_a_waiting_job_is_cancelled_at_once_and_never_runs(app, start, work, left):
    job_id = start("chores.note", name="a", actor_id=1)
    with work():
        assert cancel(job_id, ADMIN)
        assert not cancel(job_id, ADMIN)
    assert run_job(app, job_id) == "cancelled"
    assert left("a") is None


def test_a_job_is_seen_by_its_owner_and_superadmins_alone(app, start, work):
    job_id = start("chores.note", name="a", actor_id=1)
    with app.app_context():
        assert job_status(job_id, ADMIN)["by"] == "Administrator"
        assert job_status(job_id, ADMIN)["label"] == "Write a note"
        assert job_status(job_id, SOMEBODY) is None
        assert job_status(job_id, Actor(user_id=None, login="", name="")) is None
        assert job_status(10**12, ADMIN) is None
        assert jobs_of(99) == jobs_of(None) == []
        assert [job["id"] for job in list_jobs(states=["queued"])] == [job_id]
    with pytest.raises(NotFound), work():
        cancel(job_id, SOMEBODY)


def test_a_kind_of_its_own_transactions_keeps_what_it_committed(app, start, left):
    assert run_job(app, start("chores.steps", name="a")) == "done"
    assert left("a") == "second step"


def test_jobs_of_a_disabled_plugin_wait_until_it_is_back(app, start, row):
    job_id = start("chores.note", name="a")
    states = app.extensions["cartera"].addons.states
    with app.app_context():
        states.set_state("chores", "disabled", None)
    assert run_job(app, job_id) == "queued"
    with app.app_context():
        states.set_state("chores", "enabled", None)
    assert run_job(app, job_id) == "done"


def test_a_kind_that_nobody_does_any_more_fails_with_that_reason(app, row):
    with app.app_context(), unit_of_work():
        db.session.add(job := Job(kind="gone.work", args={}))
        db.session.flush()
        job_id = job.id
    assert run_job(app, job_id) == "failed"
    assert "gone.work" in row(job_id).error


def test_inline_jobs_run_right_after_the_commit_and_may_start_others(mode, start, left):
    mode("inline")
    start("chores.more")
    assert left("by a job") == 1


@pytest.mark.both_databases
def test_a_worker_that_lost_its_job_to_another_undoes_what_it_did(app, start, chores, row, left):
    """What happens when a worker sleeps too long: its job was offered again and taken."""
    job_id = start("chores.count", to=4, during="steal")
    theft = "UPDATE core_job SET attempts = attempts + 1"

    def steal():
        if db.engine.dialect.name == "sqlite":  # the transaction of the first locks the file: done inside it, it is the same to the fence
            db.session.connection().exec_driver_sql(theft)
            return
        with db.engine.begin() as connection:
            connection.exec_driver_sql(theft)

    chores._calls["steal"] = steal
    assert run_job(app, job_id) == "running"
    assert (left("counted"), row(job_id).state) == (None, "running")


def test_the_work_of_a_job_stands_in_history_under_its_starter(app, start, chores):
    seen = []
    chores._calls["who"] = lambda: seen.append(db.session().info["actor_id"])
    run_job(app, start("chores.count", to=1, during="who", actor_id=1))
    assert seen == [1]


def test_nothing_is_told_before_the_commit(app, mode, work):
    mode("worker")
    from core.jobs.services import queue_of

    with work():
        set_option("x", 1)
        enqueue("chores.note", name="a")
        assert queue_of(app).size() == 0
    assert queue_of(app).size() == 1


def test_a_failure_that_is_meant_for_people_is_kept_as_its_sentence():
    from core.documents import DocumentTooComplex
    from core.jobs.running import LONGEST_ERROR, describe

    assert describe(DocumentTooComplex("ended with status -9")).startswith("This document is too complex")
    assert len(describe(ValueError("x" * 10 * LONGEST_ERROR))) < LONGEST_ERROR + 300
