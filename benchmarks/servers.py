"""Limit and product as they run: gunicorn with two workers each on a free port of this machine, and somebody signed in to them."""

import http.client
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from core.testing.parts.ports import free_port, listens, wait_until

from . import product_data, rows
from .data import Data

WORKERS = 2


@dataclass(frozen=True, kw_only=True)
class Site:
    """A server, and the headers by which somebody is signed in to it."""

    port: int
    headers: Mapping[str, str] = field(default_factory=dict)

    def ask(self, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> tuple[int, Mapping[str, str], bytes]:
        """One request on a connection of its own: status, headers, body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        try:
            connection.request("GET" if body is None else "POST", path, body, {**self.headers, **(headers or {})})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()


@contextmanager
def serve(application: str, environment: Mapping[str, str], log: Path) -> Iterator[int]:
    """gunicorn with this application; gives its port. Raises RuntimeError with its last words when it does not start."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-w", str(WORKERS), "-b", f"127.0.0.1:{port}"]
    command += ["--no-control-socket", "--log-level", "warning", "--timeout", "600", application]
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=Path(__file__).parents[1], env={**os.environ, **environment}, stdout=output, stderr=subprocess.STDOUT
        )  # fmt: skip
    try:
        wait_until(lambda: listens(port), alive=lambda: process.poll() is None, what=f"{application} (see {log})")
        yield port
    finally:
        process.terminate()
        process.wait()


@contextmanager
def limit(data: Data, log: Path) -> Iterator[Site]:
    """The limit, signed in as SELLER."""
    with serve("benchmarks.limit:app", {"LIMIT_URL": data.limit_url}, log) as port:
        _status, headers, _body = Site(port=port).ask(f"/login/{rows.SELLER}")
        yield Site(port=port, headers={"Cookie": _cookie(headers)})


@contextmanager
def product(data: Data, log: Path) -> Iterator[Site]:
    """The product, signed in as SELLER through its page; `sign_in` gives it as others see it."""
    environment = {"CARTERA_DATA": str(data.data_dir), "CARTERA_DATABASE_URL": data.product_url, "CARTERA_JOBS": "inline"}
    with serve("core.wsgi:app", environment, log) as port:
        yield sign_in(Site(port=port), product_data.LOGIN, data.password)


def sign_in(site: Site, login: str, password: str) -> Site:
    """The same site for somebody who has signed in. `X-CSRFToken` is set, so that he may post."""
    _status, headers, body = site.ask("/login")
    visitor = {"Cookie": _cookie(headers), "Content-Type": "application/x-www-form-urlencoded"}
    form = {"csrf_token": token_in(body), "user": login, "password": password}
    status, headers, body = site.ask("/login", urlencode(form).encode(), visitor)
    if status != 302:
        raise RuntimeError(f"signing in was answered with {status}: {body[:500]!r}")
    cookie = {"Cookie": _cookie(headers)}
    _status, _headers, body = site.ask("/me", headers=cookie)
    return Site(port=site.port, headers={**cookie, "X-CSRFToken": token_in(body)})


def token_in(page: bytes) -> str:
    """The CSRF token of a page."""
    found = re.search(rb'name="csrf_token"[^>]* value="([^"]+)"', page)
    if found is None:
        raise RuntimeError(f"no CSRF token in {page[:500]!r}")
    return found[1].decode()


def _cookie(headers: Mapping[str, str]) -> str:
    return headers["Set-Cookie"].partition(";")[0]
