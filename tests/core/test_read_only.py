"""Whoever looks through another's eyes (View as) changes nothing."""

from dataclasses import replace

import pytest

from core.setup import signin


@pytest.fixture
def looking(app, world, as_user, monkeypatch):
    """A client of somebody who may see all and only look."""
    client = as_user("admin")
    client._csrf_token()
    monkeypatch.setattr("core.web.request.signed_in_actor", lambda: replace(signin.signed_in_actor(), read_only=True))
    return client


def test_who_may_only_look_is_refused_at_every_address_that_writes(app, looking):
    views = app.view_functions
    found, asked = [], 0
    for rule in app.url_map.iter_rules():
        methods = rule.methods - {"GET", "HEAD", "OPTIONS"}
        public = getattr(views[rule.endpoint], "__cartera_public__", False)
        if not methods or public or rule.rule.startswith("/api/"):
            continue
        address = rule.rule
        for name in rule.arguments - set(rule.defaults or ()):
            address = address.replace(f"<int:{name}>", "1").replace(f"<{name}>", "x")
        asked += 1
        code = looking.open(address, method=sorted(methods)[0]).status_code
        if code not in (403, 404) or (code == 404 and "<" not in address and rule.endpoint.endswith((".new", ".edit", ".delete"))):
            found.append((address, code))
    assert asked > 50
    assert found == []


def test_who_may_only_look_still_reads(looking):
    assert looking.get("/companies/").status_code == 200
    assert looking.get("/companies/1").status_code == 200
