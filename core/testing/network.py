"""No test reaches the network by accident: connecting to anything but this machine raises.

Covers Python's own sockets (HTTP, SMTP, IMAP, DNS look-ups); drivers written in C or Rust open their own and are given loopback
addresses by the parts.
"""

import ipaddress
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class NetworkBlocked(OSError):
    """A test tried to leave the machine. An OSError, so that code which copes with a dead network copes with this."""


def _is_local(host: Any) -> bool:
    if host in (None, "", b"", "localhost", b"localhost"):
        return True
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    try:
        return ipaddress.ip_address(text.partition("%")[0]).is_loopback
    except ValueError:
        return text.endswith(".localhost")


def _check(sock: socket.socket, address: Any) -> None:
    if sock.family in (socket.AF_INET, socket.AF_INET6) and not _is_local(address[0]):
        raise NetworkBlocked(f"this test tried to connect to {address[0]}:{address[1]}; tests may only reach 127.0.0.1")


@contextmanager
def blocked() -> Iterator[None]:
    """While inside, connecting to other machines and resolving their names raises NetworkBlocked."""
    kept = {name: getattr(socket.socket, name) for name in ("connect", "connect_ex", "sendto")}
    resolve = socket.getaddrinfo

    def connect(self: socket.socket, address: Any) -> None:
        _check(self, address)
        return kept["connect"](self, address)

    def connect_ex(self: socket.socket, address: Any) -> int:
        _check(self, address)
        return kept["connect_ex"](self, address)

    def sendto(self: socket.socket, data: Any, *args: Any) -> int:
        _check(self, args[-1])
        return kept["sendto"](self, data, *args)

    def getaddrinfo(host: Any, *args: Any, **kw: Any) -> Any:
        if not _is_local(host) and not _is_address(host):
            raise NetworkBlocked(f"this test tried to look up {host!r}; tests may only reach 127.0.0.1")
        return resolve(host, *args, **kw)

    replaced = {"connect": connect, "connect_ex": connect_ex, "sendto": sendto}
    for name, function in replaced.items():
        setattr(socket.socket, name, function)
    socket.getaddrinfo = getaddrinfo
    try:
        yield
    finally:
        for name, function in kept.items():
            setattr(socket.socket, name, function)
        socket.getaddrinfo = resolve


def _is_address(host: Any) -> bool:
    """A literal address needs no look-up: connecting to it is refused, and by then with the port in the message."""
    try:
        ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host)
    except ValueError:
        return False
    return True
