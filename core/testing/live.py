"""A running server for browser tests: the test's app on a port of 127.0.0.1, in threads of this process."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest


@dataclass(frozen=True)
class LiveServer:
    """The address of the app, and how a browser becomes somebody there."""

    url: str
    app: Any

    def sign_in(self, page: Any, login: str) -> None:
        """Make the browser behind `page` signed in as this user, without the sign-in page."""
        name, value = self.app.test_client().sign_in(login).session_cookie
        page.context.add_cookies([{"name": name, "value": value, "url": self.url, "httpOnly": True, "sameSite": "Lax"}])


@pytest.fixture
def live_server(app: Any) -> Iterator[LiveServer]:
    """The app under `live_server.url`; `live_server.sign_in(page, "user1")` signs a browser in."""
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def log_request(self, code: Any = "-", size: Any = "-") -> None:
            """Say nothing: requests are what the test is about."""

    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    server.daemon_threads = True  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield LiveServer(f"http://127.0.0.1:{server.server_port}", app)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def signed_in_page(live_server: LiveServer, page: Any) -> Any:
    """`signed_in_page("user1", "/companies/")`: the strict page, as this user, at this address."""

    def open_page(login: str, path: str = "/") -> Any:
        live_server.sign_in(page, login)
        page.goto(live_server.url + path)
        return page

    return open_page
