"""The strict page: what a browser complains about fails the test."""

import threading

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'"
PAGES = {
    "/good": '<html lang="en"><title>Good</title><main><h1>Good</h1></main></html>',
    "/inline": '<html lang="en"><title>x</title><p style="color:red">x</p></html>',
    "/error": '<html lang="en"><title>x</title><script src="/error.js"></script></html>',
    "/leaves": '<html lang="en"><title>x</title><script src="/leave.js"></script></html>',
    "/picture": '<html><img src="/none.png"></html>',
}
SCRIPTS = {"/error.js": "throw new Error('broken on purpose')", "/leave.js": "location = 'http://192.0.2.1/away'"}


@Request.application
def site(request):
    if request.path in SCRIPTS:
        return Response(SCRIPTS[request.path], mimetype="text/javascript")
    return Response(PAGES.get(request.path, ""), mimetype="text/html", headers={"Content-Security-Policy": POLICY})


@pytest.fixture(scope="module")
def address():
    server = make_server("127.0.0.1", 0, site, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


pytestmark = pytest.mark.browser


def test_a_good_page_has_no_problems(page, address, axe):
    page.goto(f"{address}/good")
    assert page.inner_text("h1") == "Good"
    assert axe(page) == []


@pytest.mark.parametrize(
    ("path", "problem"),
    [("/inline", "Content Security Policy"), ("/error", "broken on purpose"), ("/leaves", "left for http://192.0.2.1/away")],
)
def test_what_a_page_does_wrong_is_noted(page, address, page_problems, path, problem):
    page.goto(f"{address}{path}")
    page.wait_for_timeout(50)
    assert [text for text in page_problems if problem in text], page_problems
    page_problems.clear()


def test_axe_names_rule_and_place(page, address, axe, page_problems):
    page.goto(f"{address}/picture")
    assert any(line.startswith("image-alt: ") and line.endswith(" at img") for line in axe(page))
    page_problems.clear()


def test_a_picture_of_the_page_can_be_kept(page, address, screenshot):
    page.goto(f"{address}/good")
    assert screenshot(page, "good").read_bytes().startswith(b"\x89PNG")
