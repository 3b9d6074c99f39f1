"""The carrier: huey on SQLite or Redis, which takes ids of jobs to a worker. What it holds may be lost, the table knows all.

Messages are signed JSON. Huey's own serialiser is a pickle: whoever can write to the queue would run code in the worker.
"""

import hashlib
import hmac
import json
import os
from collections.abc import Callable
from typing import Any

from huey import RedisHuey, SqliteHuey
from huey.registry import Message
from huey.serializer import Serializer

from core.addons.runtime import Cartera

_SIGNATURE = 32


class SignedJSON(Serializer):  # type: ignore[misc]
    """Messages as an HMAC-SHA256 and JSON. Raises ValueError for one that is not ours, TypeError for one that is more than plain values."""

    def __init__(self, key: bytes) -> None:
        super().__init__()
        self._key = key

    def _serialize(self, data: Any) -> bytes:
        if not isinstance(data, Message):
            raise TypeError(f"the queue carries ids of jobs, not {type(data).__name__}")
        body = json.dumps({name: value for name, value in data._asdict().items() if value is not None}).encode()
        return hmac.digest(self._key, body, "sha256") + body

    def _deserialize(self, data: Any) -> Message:
        raw = bytes(data)
        body = raw[_SIGNATURE:]
        if not hmac.compare_digest(raw[:_SIGNATURE], hmac.digest(self._key, body, "sha256")):
            raise ValueError("a message that this installation has not signed was refused")
        return Message(**json.loads(body))


class Queue:
    """The queue of one app. `run(job_id)` is what a worker does with an id."""

    def __init__(self, cartera: Cartera, run: Callable[[int], Any]) -> None:
        settings = cartera.settings
        secret = settings.secret_key.encode()
        serializer = SignedJSON(hmac.digest(secret, b"cartera jobs", "sha256"))
        if settings.redis_url:
            name = "cartera-" + hashlib.sha256(b"name of the queue" + secret).hexdigest()[:12]  # several installations may share a Redis
            self.huey = RedisHuey(name, url=settings.redis_url, results=False, serializer=serializer)
        else:
            path = settings.data_dir / "queue.db"
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self.huey = SqliteHuey("cartera", filename=str(path), results=False, serializer=serializer, timeout=30)
        self._task = self.huey.task(name="job")(run)

    def send(self, job_id: int) -> None:
        """Tell a worker of a job."""
        self._task(job_id)

    def size(self) -> int:
        """How many ids wait."""
        return int(self.huey.storage.queue_size())

    def close(self) -> None:
        """Close what this thread holds open."""
        self.huey.storage.close()
