"""A real Chromium by Playwright, and axe. The browser is the machine's own: none is downloaded."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ARGUMENTS = [
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]  # fmt: skip
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")  # the first draws the same for a third less
_STAYS = ("http://127.0.0.1", "http://localhost", "data:", "blob:", "about:")


def launch_arguments() -> dict[str, Any]:
    """How Playwright starts the browser. Fails the test when there is none: a skipped browser test is no test."""
    program = os.environ.get("CARTERA_CHROMIUM") or next((path for name in _NAMES if (path := shutil.which(name))), None)
    if not program:
        pytest.fail("Chromium is missing: apt-get install chromium (or name it in CARTERA_CHROMIUM)", pytrace=False)
    return {"executable_path": program, "args": ARGUMENTS}


def watch(page: Any, problems: list[str]) -> None:
    """Note every script error, every violation of the content security policy and every request that would leave the machine."""

    def console(message: Any) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            problems.append(message.text)

    def asked(request: Any) -> None:
        if not request.url.startswith(_STAYS):
            problems.append(f"left for {request.url}")

    page.on("pageerror", lambda error: problems.append(f"script error: {error}"))
    page.on("console", console)
    page.on("request", asked)  # a route would see it too, but turns the browser's cache off


def axe_source(config: pytest.Config) -> str:
    """axe-core's script, which is no part of the product."""
    path = config.rootpath / config.getini("cartera_axe")
    if not path.exists():
        pytest.fail(f"{path} is missing: `make test` fetches it, or cartera_axe says where another axe.min.js lies", pytrace=False)
    return path.read_text(encoding="utf-8")


@pytest.fixture
def axe(pytestconfig: pytest.Config) -> Callable[[Any], list[str]]:
    """`axe(page)` gives what axe finds wrong with the page as it stands, one line each; an accessible page gives none."""
    source = axe_source(pytestconfig)

    def run(page: Any) -> list[str]:
        page.evaluate(f"{source};0")  # Playwright's evaluate is not subject to the page's policy
        found = page.evaluate("axe.run()")["violations"]
        return [f"{rule['id']}: {rule['help']} at {' · '.join(map(str, node['target']))}" for rule in found for node in rule["nodes"]]

    return run


@pytest.fixture
def screenshot(output_path: str) -> Callable[[Any, str], Path]:
    """`screenshot(page, "name")` keeps a picture of the whole page among the results of this test."""

    def take(page: Any, name: str) -> Path:
        path = Path(output_path) / f"{name}.png"
        page.screenshot(path=path, full_page=True)
        return path

    return take
