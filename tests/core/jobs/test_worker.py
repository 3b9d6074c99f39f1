"""Real worker processes: started, told to stop, killed in the middle."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.testing.parts.ports import wait_until

from .conftest import ADDONS

pytestmark = pytest.mark.usefixtures("chores")
ROOT = Path(__file__).parents[3]


@pytest.fixture
def worker(app, database, tmp_path):
    """`worker()` starts a worker on the app's database; all are killed at the end."""
    settings = app.extensions["cartera"].settings
    environment = {
        **os.environ, "CARTERA_DATA": str(settings.data_dir), "CARTERA_DATABASE_URL": settings.database_url, "CARTERA_ADDONS": str(ADDONS),
        "CARTERA_SECRET_KEY": settings.secret_key, "PYTHONPATH": str(ROOT), "CARTERA_JOBS": "worker",
    }  # fmt: skip
    started = []

    def start():
        log = (tmp_path / f"worker{len(started)}.log").open("w")
        command = [sys.executable, Path(__file__).with_name("run_worker.py"), "1.5"]
        started.append((subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=tmp_path), log))
        return started[-1][0]

    yield start
    for process, log in started:
        process.kill()
        process.wait()
        log.close()


def test_what_a_killed_worker_was_doing_is_done_by_the_next(app, mode, worker, start, row, tmp_path):
    mode("worker")
    job_id = start("chores.hang", folder=str(tmp_path))
    first = worker()
    wait_until((tmp_path / "began").exists)
    assert row(job_id).state == "running"
    first.send_signal(signal.SIGKILL)
    first.wait()
    worker()
    wait_until(lambda: row(job_id).state == "done")
    assert (tmp_path / "done by attempt 2").exists()
    assert row(job_id).attempts == 2


def test_a_worker_does_what_waits_and_what_comes_and_goes_when_it_is_told(app, mode, worker, start, row, left):
    mode("off")
    waiting = start("chores.note", name="waiting")  # nobody was told of this one
    from datetime import timedelta

    from sqlalchemy import update

    from core.db import db, unit_of_work, utcnow
    from core.jobs.models import Job

    with app.app_context(), unit_of_work():
        db.session.execute(update(Job).values(created_at=utcnow() - timedelta(minutes=1)))
    mode("worker")
    process = worker()
    wait_until(lambda: row(waiting).state == "done")
    coming = start("chores.note", name="coming")
    wait_until(lambda: row(coming).state == "done")
    wait_until(lambda: left("swept") is not None)  # periodic work
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 0
