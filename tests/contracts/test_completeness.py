"""Nothing is left out: each record type and plugin has its contract, each hook its user, each setting its reader; no route is careless."""

import ast
import inspect
from dataclasses import fields
from itertools import count
from pathlib import Path

import pytest

from core import hookspecs
from core.config import Settings
from core.testing.contracts.stage import changed, fingerprint
from core.testing.contracts.walk import sample_address

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
NEEDS_NO_TOKEN = {
    "classic.call": "the classic API: each call carries its own user and password, and forms on other sites must reach it",
}
MAKES_ROWS = {
    "invoices.pdf": "a PDF that was asked for before its job came is made at once: the file is no change of the invoice",
}


def said(name):
    """What the contract classes of this folder say of themselves by a class attribute."""
    found = set()
    for path in HERE.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                for line in node.body:
                    targets = line.targets[0] if isinstance(line, ast.Assign) else None
                    names = [t.id for t in getattr(targets, "elts", [targets]) if isinstance(t, ast.Name)]
                    values = getattr(line.value, "elts", [line.value]) if names else []
                    found |= {v.value for n, v in zip(names, values, strict=False) if n == name and isinstance(v, ast.Constant)}
    return found


def test_every_record_type_has_a_contract(app):
    assert set(app.extensions["cartera"].record_types) - said("record_type") == set()


def test_every_plugin_has_a_contract(app):
    assert set(app.extensions["cartera"].addons.names) - said("plugin") == set()


def test_every_hook_is_in_its_list_says_since_when_and_shows_its_use():
    for family, names in ((hookspecs.Declarations, hookspecs.DECLARATIONS), (hookspecs.Events, hookspecs.EVENTS)):
        specs = {name: function for name, function in vars(family).items() if hasattr(function, "cartera_spec")}
        assert set(specs) == set(names)
        for name, function in specs.items():
            told = inspect.getdoc(function)
            assert "Since " in told, name
            example = told.partition("::")[2]
            assert "@hookimpl" in example, name
            arguments = [a for a in inspect.signature(function).parameters if a != "self"]
            assert f"def {name}({', '.join(arguments)})" in example, name


def test_every_hook_is_used_by_the_helpdesk_and_what_it_does_is_tested():
    helpdesk = ast.parse((ROOT / "tests/addons/helpdesk/__init__.py").read_text())
    assert {n.name for n in helpdesk.body if isinstance(n, ast.FunctionDef)} == {*hookspecs.DECLARATIONS, *hookspecs.EVENTS}
    tests = "".join((ROOT / "tests" / name).read_text() for name in ("core/addons/test_helpdesk.py", "contracts/test_helpdesk_events.py"))
    # A change of state is told under the name by which the helpdesk notes it.
    assert [e for e in hookspecs.EVENTS if {"plugin_state_changed": "STATES_SEEN"}.get(e, e) not in tests] == []


def test_every_setting_says_what_it_is_for_and_is_read_by_somebody():
    sources = [p.read_text() for p in (ROOT / "core").rglob("*.py") if p.name != "config.py" and "testing" not in p.parts]
    for setting in fields(Settings):
        assert setting.metadata["env"].startswith("CARTERA_"), setting.name
        assert len(setting.metadata["help"]) > 10, setting.name
    assert [s.name for s in fields(Settings) if not any(f".{s.name}" in text for text in sources)] == []


def test_nothing_in_the_core_imports_a_plugin():
    for path in (ROOT / "core").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names] if isinstance(node, ast.Import) else []
            assert not [n for n in names if n.partition(".")[0] == "plugins"], path


@pytest.fixture
def everything(app, world):
    """A record of each type; its ids by record type."""
    from core.testing.factories import Factory

    numbers = count(1)
    return {name: Factory(app, name, "admin", numbers)().id for name in app.extensions["cartera"].record_types}


def addresses(app, everything, methods):
    """(rule, method, address) of all rules with one of these methods, with ids of records that are there."""
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        type_name = (rule.defaults or {}).get("type_name") or rule.endpoint.partition(".")[0].replace("_", ".", 1)
        known = {"id": everything.get(type_name, 1), "type_name": "companies.company", "plural": "companies", "prefix": "x"}
        for method in sorted(set(rule.methods) & set(methods)):
            yield rule, method, sample_address(app, rule, known)


def test_no_route_that_changes_something_answers_without_the_token_of_its_form(app, everything, as_user):
    client, before, wrong = as_user("admin"), fingerprint(app), []
    client.csrf = False
    for rule, method, address in addresses(app, everything, ("POST", "PUT", "PATCH", "DELETE")):
        if rule.endpoint in NEEDS_NO_TOKEN:
            continue
        answer = client.open(address, method=method)
        wanted = 401 if address.startswith("/api/") else 400
        if answer.status_code != wanted:
            wrong.append((method, address, answer.status_code))
    assert not wrong
    assert not changed(before, fingerprint(app))


def test_no_get_changes_a_row(app, everything, as_user, api_as):
    client, api, wrong = as_user("admin"), api_as("admin"), []
    before = fingerprint(app)
    for rule, method, address in addresses(app, everything, ("GET",)):
        if rule.endpoint in MAKES_ROWS:
            continue
        answer = (api if address.startswith("/api/") else client).open(address, method=method, buffered=True)
        if answer.status_code >= 500:
            wrong.append((address, answer.status_code))
        after = fingerprint(app)
        if differ := changed(before, after):
            wrong.append((address, differ))
            before = after
    assert not wrong
