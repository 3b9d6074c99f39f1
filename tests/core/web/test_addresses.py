"""Addresses are built by functions that are compiled when they are used: at the start nobody waits for those of all pages."""

import pytest
from flask import Flask, url_for
from werkzeug.routing import Rule

from core.web.converters import init_converters


def test_an_address_is_compiled_when_it_is_first_built(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled = []
    compile_now = Rule._compile_builder
    monkeypatch.setattr(Rule, "_compile_builder", lambda rule, unknown=True: (compiled.append(rule.rule), compile_now(rule, unknown))[1])
    app = Flask("small", static_folder=None)
    init_converters(app)
    app.add_url_rule("/a/<int:id>/<name>", "a", lambda id, name: "")
    app.add_url_rule("/b", "b", lambda: "")
    assert compiled == []
    with app.test_request_context():
        assert [url_for("a", id=n, name="ñ", q="1 2") for n in (7, 8)] == ["/a/7/%C3%B1?q=1+2", "/a/8/%C3%B1?q=1+2"]
        assert url_for("b") == "/b"
    assert compiled == ["/a/<int:id>/<name>", "/b"]
