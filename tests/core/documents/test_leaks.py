"""A template reads no file and no address, with a control that shows that it could."""

import io
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pypdf import PdfReader

from core.documents import Pdf, render_pdf

CANARY = "CANARIO-4711"


@pytest.fixture
def listener():
    """A server on this machine that counts who asks for what and sends /redirect on to /secret."""
    asked = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(302 if self.path == "/redirect" else 200)
            self.send_header("Location", "/secret")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def canary(tmp_path):
    path = tmp_path / "canary.txt"
    path.write_text(CANARY)
    return path.as_uri()


def vectors(file: str, host: str) -> dict[str, str]:
    svg = "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' width='9' height='9'>"
    return {
        "link attachment": f'<link rel="attachment" href="{file}"><link rel=attachment href="{host}/attachment">',
        "a attachment": f'<a rel="attachment" href="{file}">x</a>',
        "img": f'<img src="{file}"><img src="{host}/img"><img src="{host}/redirect"><img src="//{host[7:]}/slashes">',
        "style sheet": f'<link rel="stylesheet" href="{file}"><link rel="stylesheet" href="{host}/css">',
        "import": f'<style>@import url("{file}"); @import "{host}/import";</style>',
        "background": f'<p style="background:url({file})">x</p><p style="background:url({host}/background)">x</p>',
        "content": f'<style>p::before {{ content: url("{file}") url("{host}/content") }}</style><p>x',
        "list": f'<ul style="list-style:url({host}/list)"><li>x</ul>',
        "variable": f'<p style="--x:url({host}/variable);background:var(--x)">x</p>',
        "font": f"""<style>@font-face {{ font-family: f; src: url("{file}"), url("{host}/font"), local("DejaVu Sans") }}</style>
            <p style="font-family:f">x""",
        "base": f'<base href="{host}/base/"><img src="img"><link rel=attachment href="attachment">',
        "file base": f'<base href="{file}"><link rel=attachment href="canary.txt">',
        "svg image": f'{svg}<image xlink:href="{host}/svg" href="{file}" width="9" height="9"/></svg>',
        "svg use": f'{svg}<use xlink:href="{host}/use#x"/></svg>',
        "object": f'<object data="{file}"></object><object data="{host}/object"></object>',
        "embed": f'<embed src="{file}"><embed src="{host}/embed">',
        "iframe": f'<iframe src="{file}"></iframe><iframe src="{host}/iframe"></iframe>',
        "refresh": f'<meta http-equiv="refresh" content="0;url={host}/refresh">',
        "entity": f'<img src="data:image/svg+xml,{svg}<image href=\'{host}/inner\'/></svg>">',
        "border image": f'<p style="border:9px solid;border-image:url({host}/border) 9">x</p>',
        "page": f"<style>@page {{ background: url('{host}/page') }}</style>",
        "srcset": f'<img srcset="{host}/srcset"><picture><source srcset="{host}/source"></picture><video poster="{host}/poster"></video>',
        "capitals": f'<img src="FILE{file[4:]}"><img src="HTTP{host[4:]}/capitals"><img src=" {host}/space">',
    }


def everything_in(made: bytes) -> str:
    """The whole file, its streams unpacked, its texts and its attachments."""
    reader = PdfReader(io.BytesIO(made))
    parts = [made.decode("latin-1")]
    for number in range(1, reader.trailer["/Size"]):
        found = reader.get_object(number)
        if hasattr(found, "get_data"):
            parts.append(found.get_data().decode("latin-1"))
    parts += [content.decode("latin-1") for contents in reader.attachments.values() for content in contents]
    parts += [page.extract_text() for page in reader.pages]
    return "\n".join(parts)


@pytest.mark.parametrize("name", vectors("", "http://"))
def test_no_document_reads_a_file_or_an_address(name, canary, listener):
    host, asked = listener
    made: Pdf = render_pdf(f"<p>MARCA-ANTES</p>{vectors(canary, host)[name]}<p>MARCA-DESPUES</p>")
    found = everything_in(made.data)
    assert "MARCA-ANTES" in found
    assert CANARY not in found
    assert asked == []


def test_what_was_left_out_is_told(canary, listener):
    host, _ = listener
    made = render_pdf("".join(vectors(canary, host).values()))
    assert canary in made.refused
    assert {f"{host}/attachment", f"{host}/img", f"{host}/css", f"{host}/background", f"{host}/object"} <= set(made.refused)
    assert len(made.refused) <= 50


def test_a_fetcher_that_serves_everything_would_leak_both(canary, listener):
    """The control: without our fetcher the same documents do read the file and call the address."""
    from weasyprint import HTML

    host, asked = listener
    for name in ("link attachment", "a attachment"):
        assert CANARY in everything_in(HTML(string=f"<p>x</p>{vectors(canary, host)[name]}").write_pdf())
    HTML(string=vectors(canary, host)["img"]).write_pdf()
    assert {"/attachment", "/img", "/redirect", "/secret"} <= set(asked)
