"""The guard that keeps tests on this machine."""

import socket

import pytest

from core.testing.network import NetworkBlocked, blocked


def test_a_connection_to_another_machine_is_refused_with_its_address():
    with pytest.raises(NetworkBlocked, match=r"192\.0\.2\.1:80"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)


def test_a_name_of_another_machine_is_not_even_looked_up():
    with pytest.raises(NetworkBlocked, match=r"example\.com"):
        socket.create_connection(("example.com", 80), timeout=1)


def test_a_datagram_to_another_machine_is_refused():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock, pytest.raises(NetworkBlocked):
        sock.sendto(b"x", ("192.0.2.1", 53))


def test_this_machine_stays_within_reach():
    server = socket.create_server(("127.0.0.1", 0))
    with server, socket.create_connection(("localhost", server.getsockname()[1])) as client, server.accept()[0] as other:
        other.sendall(b"hello")
        assert client.recv(5) == b"hello"


def test_sockets_are_as_before_when_the_guard_ends():
    before = socket.socket.connect, socket.getaddrinfo
    with blocked():
        assert socket.socket.connect is not before[0]
    assert (socket.socket.connect, socket.getaddrinfo) == before
