"""Free ports on this machine, and waiting until something listens there."""

import socket
import time
from collections.abc import Callable
from typing import Any


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody uses just now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def wait_until(
    ready: Callable[[], Any], *, alive: Callable[[], bool] = lambda: True, what: str = "what was waited for", seconds: float = 60
) -> None:
    """Wait until `ready()`. Raises RuntimeError when the server behind it dies first, TimeoutError after `seconds`."""
    end = time.monotonic() + seconds
    while not ready():
        if not alive():
            raise RuntimeError(f"{what} ended while it was starting")
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not answer within {seconds:.0f} s")
        time.sleep(0.01)


def listens(port: int) -> bool:
    """Whether something accepts connections on this port of 127.0.0.1."""
    with socket.socket() as sock:
        sock.settimeout(1)
        return sock.connect_ex(("127.0.0.1", port)) == 0
