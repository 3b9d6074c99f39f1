import gzip
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from core.web import assets


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(assets, "FOLDER", tmp_path)
    (tmp_path / "a.js").write_text("let a;")
    (tmp_path / "a.js.gz").write_bytes(gzip.compress(b"let a;"))
    (tmp_path / ".stamp").write_text("secret")
    return tmp_path


def test_an_address_carries_a_hash_of_the_content(folder: Path, app: Flask) -> None:
    address = assets.Assets(app)("a.js")
    assert address.startswith("/static/a.js?v=")
    (folder / "a.js").write_text("let b;")
    assert assets.Assets(app)("a.js") != address


def test_a_file_that_is_not_there_keeps_its_plain_address(folder: Path, app: Flask) -> None:
    assert assets.Assets(app)("nothing.js") == "/static/nothing.js"


def get(client: FlaskClient, address: str, **headers: str) -> TestResponse:
    """The whole answer, with its file closed."""
    return client.get(address, headers=headers, buffered=True)


def test_hashed_addresses_are_kept_for_a_year_and_others_for_an_hour(folder: Path, client: FlaskClient) -> None:
    assert get(client, "/static/a.js?v=1").headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "max-age=3600" in get(client, "/static/a.js").headers["Cache-Control"]


def test_browsers_get_the_compressed_form_that_was_made_before(folder: Path, client: FlaskClient) -> None:
    answer = get(client, "/static/a.js", **{"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.mimetype == "text/javascript"
    assert gzip.decompress(answer.data) == b"let a;"
    assert get(client, "/static/a.js").data == b"let a;"
    assert answer.vary == get(client, "/static/a.js").vary


ELSEWHERE = ["/static/.stamp", "/static/../conftest.py", "/static/%2e%2e/conftest.py", "/static/", "/static/none.js"]


@pytest.mark.parametrize("address", ELSEWHERE)
def test_nothing_else_is_served(folder: Path, client: FlaskClient, address: str) -> None:
    assert get(client, address).status_code == 404


def test_browsers_find_the_icon_where_they_look_by_themselves(client: FlaskClient) -> None:
    answer = get(client, "/favicon.ico")
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
