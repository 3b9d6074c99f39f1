import logging

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient

from core.access import Conflict, Forbidden, NotFound


@pytest.fixture(autouse=True)
def routes(app: Flask) -> None:
    def fail(error: Exception) -> str:
        raise error

    app.add_url_rule("/companies/<int:n>", "missing", lambda n: fail(NotFound()))
    app.add_url_rule("/locked", "locked", lambda: fail(Forbidden()))
    app.add_url_rule("/clash", "clash", lambda: fail(Conflict("Irene saved <b>first</b>")))
    app.add_url_rule("/broken", "broken", lambda: fail(ZeroDivisionError("secret 4711")))
    app.add_url_rule("/api/v1/broken", "api_broken", lambda: fail(ZeroDivisionError("secret 4711")))
    app.add_url_rule("/api/v1/companies/<int:n>", "api_missing", lambda n: fail(NotFound()))
    app.add_url_rule("/busy", "busy", lambda: abort(429))
    app.add_url_rule("/large", "large", lambda: abort(413))


@pytest.mark.parametrize(
    ("address", "code"), [("/locked", 403), ("/clash", 409), ("/busy", 429), ("/large", 413), ("/broken", 500), ("/nothing", 404)]
)
def test_each_refusal_has_its_page_in_the_shell(client: FlaskClient, address: str, code: int) -> None:
    answer = client.get(address)
    assert answer.status_code == code
    assert '<nav class="side"' in answer.text


def test_missing_hidden_and_never_been_are_the_same_answer_byte_for_byte(client: FlaskClient) -> None:
    gone, never, none = client.get("/companies/5"), client.get("/companies/999999"), client.get("/nothing/at/all?x=1")
    assert gone.data == never.data == none.data
    assert "There is nothing here for you at this address" in gone.text


def test_a_404_holds_no_token_no_path_and_marks_nothing_as_current(client: FlaskClient) -> None:
    text = client.get("/companies/5").text
    assert "csrf" not in text.lower()
    assert "/companies/5" not in text
    assert "aria-current" not in text
    assert "Set-Cookie" not in client.get("/companies/5").headers


def test_who_is_signed_out_gets_a_bare_page(client: FlaskClient) -> None:
    text = client.get("/nothing?visitor=1").text
    assert "There is nothing here" in text
    assert '<nav class="side"' not in text


def test_a_failure_shows_a_reference_that_the_log_knows(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        text = client.get("/broken").text
    reference = text.split("<code data-copyable>")[1].split("<")[0]
    assert reference in caplog.text
    assert "4711" not in text


def test_a_conflict_says_what_stands_against_it_as_text(client: FlaskClient) -> None:
    assert "Irene saved &lt;b&gt;first&lt;/b&gt;" in client.get("/clash").text


def test_rest_gets_a_problem(client: FlaskClient) -> None:
    answer = client.get("/api/v1/companies/5")
    assert answer.mimetype == "application/problem+json"
    assert answer.json == {
        "type": "about:blank", "status": 404, "title": "There is nothing here for you at this address",
        "detail": "It may never have been, may be gone, or may be out of your sight.",
    }  # fmt: skip
    assert answer.data == client.get("/api/v1/nothing").data
    assert "reference" in client.get("/api/v1/broken").json


def test_htmx_gets_a_sentence_and_keeps_the_page(client: FlaskClient) -> None:
    answer = client.get("/locked", headers={"HX-Request": "true"})
    assert answer.status_code == 403
    assert answer.mimetype == "text/plain"
    assert answer.headers["HX-Reswap"] == "none"


def test_what_may_be_done_instead_is_kept_for_a_wrong_method(client: FlaskClient, app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    answer = client.post("/busy")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]
