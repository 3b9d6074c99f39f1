"""docs/classic-api.md: its program runs, its operations are those of the product, in their order."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from core.identity.services import create_user
from core.testing.apps import PASSWORD
from core.web.classic import CALLS, FAILURES, OWN

PAGE = (Path(__file__).parents[2] / "docs/classic-api.md").read_text(encoding="utf-8")
ROWS = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if re.match(r"\| `\w+` \| `[\w:]+` \|", line)]


@pytest.fixture
def app_settings():
    """The product as it is: this page makes no plugin."""
    return {}


@pytest.fixture
def program():
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.S)
    names = {}
    exec(code, names)
    return names


def test_its_program_makes_a_lead_with_a_comma_in_it(world, work, live_server, program, api_as):
    with work():
        create_user("webform", password=PASSWORD, classic_api=True)
    assert program["call"](live_server.url, "webform", PASSWORD, "user_exists", "webform") == "1"
    assert program["create_lead"](live_server.url, "webform", PASSWORD, "Ana", "ACME, S.A.", "ana@example.net", "Hola, ¿precio?")
    (lead,) = api_as("admin").get("/api/v1/leads").json["items"]
    assert (lead["fullname"], lead["company"], lead["description"]) == ("Ana", "ACME, S.A.", "Hola, ¿precio?")


def test_its_operations_are_all_that_there_are(app):
    declared = [op for plugin, op in app.extensions["cartera"].addons.declared("classic_operations")]
    assert {(f"`{op.name}`", f"`{op.scope or 'write'}`") for op in (*OWN, *declared)} == {(row[0], row[1]) for row in ROWS}


@pytest.mark.parametrize(("operation", "plugin"), [("create_lead", "leads"), ("create_company", "companies"), ("create_invoice", "invoices")])
def test_their_values_stand_in_the_order_in_which_they_are_read(operation, plugin):
    (row,) = [row for row in ROWS if row[0] == f"`{operation}`"]
    assert tuple(row[2].split(", ")) == import_module(f"plugins.{plugin}.classic").ORDER


def test_its_limits_are_those_that_hold():
    assert CALLS == ("30 per minute", "1000 per day")
    assert FAILURES == "10 per 15 minutes"
    assert "30 calls a minute and 1,000 a day" in PAGE
    assert "10 wrong passwords in 15 minutes" in PAGE
