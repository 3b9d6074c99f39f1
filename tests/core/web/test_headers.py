from flask import Flask, Response
from flask.testing import FlaskClient

from core.web import headers


def test_every_page_carries_a_policy_without_exceptions(client: FlaskClient) -> None:
    policy = client.get("/nothing").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy


def test_pages_are_never_kept_by_browsers_or_proxies(client: FlaskClient) -> None:
    answer = client.get("/nothing")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_https_is_remembered_only_when_it_is_used(client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/nothing").headers
    assert "max-age" in client.get("/nothing", base_url="https://crm.example").headers["Strict-Transport-Security"]


def test_a_view_may_let_our_own_pages_frame_its_answer(app: Flask) -> None:
    app.add_url_rule("/pdf", "pdf", lambda: Response("x", headers={"Content-Security-Policy": headers.FRAMED}))
    assert "frame-ancestors 'self'" in app.test_client().get("/pdf").headers["Content-Security-Policy"]


def test_reports_of_violations_are_collected_only_while_testing(client: FlaskClient, app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    client.post("/csp-report", json={"csp-report": {"violated-directive": "style-src"}})
    assert app.extensions["csp_reports"] == [{"csp-report": {"violated-directive": "style-src"}}]
    product = Flask("product")
    headers.init_headers(product)
    assert product.test_client().post("/csp-report").status_code == 404
    assert "report-uri" not in product.test_client().get("/").headers["Content-Security-Policy"]
