import os
import pickle
import stat

import pytest
from huey.consumer import Worker

from core.jobs.queue import SignedJSON
from core.jobs.running import run_job
from core.jobs.services import queue_of

pytestmark = pytest.mark.usefixtures("mode", "chores")


@pytest.fixture
def queue(app, mode):
    mode("worker")
    return queue_of(app)


def do_one(queue):
    """What a worker's thread does with one message."""
    import threading

    Worker(queue.huey, threading.Event(), 0.01, 0.01, 1).loop()


class Evil:
    """A pickle of this runs code when it is read."""

    def __reduce__(self):
        return os.mkdir, ("/tmp/cartera-pickle-was-read",)


def test_a_message_carries_nothing_but_the_id(app, queue, start, left):
    job_id = start("chores.note", name="secret name")
    (message,) = queue.huey.storage.enqueued_items()
    assert b"secret name" not in bytes(message)
    assert str(job_id).encode() in bytes(message)
    do_one(queue)
    assert left("secret name") == 1


@pytest.mark.parametrize("forged", ["pickle", "unsigned", "other key", "changed"])
def test_a_message_that_was_not_signed_here_is_refused_and_logged(app, queue, start, row, forged, caplog):
    job_id = start("chores.note", name="a")
    signed = bytes(queue.huey.storage.dequeue())
    queue.huey.storage.enqueue(
        {
            "pickle": pickle.dumps(Evil()),
            "unsigned": signed[32:],
            "other key": SignedJSON(b"another").serialize(queue.huey.serializer.deserialize(signed)),
            "changed": signed.replace(str(job_id).encode(), b"77"),
        }[forged]
    )
    do_one(queue)
    assert row(job_id).state == "queued"
    assert not os.path.exists("/tmp/cartera-pickle-was-read")
    assert "has not signed was refused" in caplog.text


def test_only_messages_are_written_and_only_plain_values(queue):
    with pytest.raises(TypeError):
        queue.huey.serializer.serialize({"a": 1})
    with pytest.raises(TypeError):
        queue.huey.serializer.serialize(queue.huey.serializer.deserialize(signed_message(queue))._replace(args=(object(),)))


def signed_message(queue):
    queue.send(5)
    return queue.huey.storage.dequeue()


def test_the_queue_is_closed_to_other_users_of_the_machine(app, queue):
    path = app.extensions["cartera"].settings.data_dir / "queue.db"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_redis_carries_it_too(app, mode, monkeypatch, redis_url, work, left):
    from dataclasses import replace

    from core.jobs.services import enqueue

    cartera = app.extensions["cartera"]
    monkeypatch.setattr(cartera, "settings", replace(cartera.settings, jobs="worker", redis_url=redis_url))
    with work():
        enqueue("chores.note", name="by redis")
    queue = queue_of(app)
    assert queue.size() == 1
    do_one(queue)
    assert left("by redis") == 1
    queue.huey.storage.pool.disconnect()


def test_a_job_that_is_offered_while_it_runs_is_left_alone(app, start, chores, left):
    job_id = start("chores.count", to=2, during="again")
    again = []
    chores._calls["again"] = lambda: again.append(run_job(app, job_id))
    assert run_job(app, job_id) == "done"
    assert again == ["running"]
