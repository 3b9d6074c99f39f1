"""A demo installation on a fresh data folder, served by two processes as in real life, and people who sign in to it."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from core.testing.parts.browser import axe_source, watch
from core.testing.parts.ports import free_port, wait_until
from core.testing.parts.run import Run
from tests.browser.pages import Person

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"


@dataclass(frozen=True, kw_only=True)
class Installation:
    """`cartera demo`, and two web processes over its data: `url` is the first (with the worker), `other` the second."""

    data: Path
    url: str
    other: str
    passwords: Mapping[str, str]
    printed: str
    demo_seconds: float

    @property
    def urls(self) -> tuple[str, str]:
        """Both processes."""
        return self.url, self.other


@pytest.fixture(scope="session")
def installation(cartera_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The demo, running. What one test changes the next one finds: tests of this folder clean up, or look only at what is theirs."""
    data = tmp_path_factory.mktemp("demo")
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "core", "demo"], env={**os.environ, "CARTERA_DATA": str(data)}, capture_output=True, text=True, check=False
    )
    seconds = time.monotonic() - began
    assert done.returncode == 0, done.stderr
    passwords = {line.split()[0]: line.split()[-1] for line in done.stdout.splitlines() if line}
    ports = (free_port(), free_port())
    kept = []
    for n, port in enumerate(ports):
        serve = [sys.executable, "-m", "core", "serve", "--port", str(port), "--workers", "1", *(["--no-worker"] if n else [])]
        one = cartera_run.keep(f"serve-{cartera_run.worker}-{n}", ["/usr/bin/env", f"CARTERA_DATA={data}", *serve])
        kept.append(one)
    url, other = (f"http://127.0.0.1:{port}" for port in ports)
    for one, address in zip(kept, (url, other), strict=True):
        try:
            wait_until(lambda address=address: _answers(address), alive=one.alive, what="cartera serve", seconds=60)
        except RuntimeError as ended:
            pytest.fail(f"{ended}\n{one.words()}", pytrace=False)
    yield Installation(data=data, url=url, other=other, passwords=passwords, printed=done.stdout, demo_seconds=seconds)
    for one in kept:
        one.stop()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


@pytest.fixture(scope="session")
def axe_script(pytestconfig: pytest.Config) -> str:
    """axe-core, read once."""
    return axe_source(pytestconfig)


@pytest.fixture
def person(browser: Browser, installation: Installation, axe_script: str, page_problems: list[str]) -> Iterator[Callable[..., Person]]:
    """`person("user1")` opens a browser window of its own, in which user1 signed in by the page for it.

    In the end no window may have seen a script error, a breach of the content security policy, or a request to elsewhere.
    """
    contexts = []

    def come(login: str | None, *, url: str = "", **options: Any) -> Person:
        usual = {"viewport": {"width": 1440, "height": 900}, "locale": "en-GB", "timezone_id": "Europe/Madrid", "color_scheme": "light"}
        context = browser.new_context(**usual | options)
        contexts.append(context)
        page: Page = context.new_page()
        page.set_default_timeout(15_000)
        watch(page, page_problems)
        someone = Person(page, url or installation.url, axe_script, PICTURES if os.environ.get("CARTERA_PICTURES") == "1" else None)
        if login:
            someone.sign_in(login, installation.passwords[login])
        return someone

    yield come
    for context in contexts:
        context.close()
    assert not page_problems, "\n".join(page_problems)
