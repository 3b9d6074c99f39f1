"""Documents that would take all memory or time: each is refused within the limits, and the next document is made."""

import io
import struct
import tempfile
import time
import zlib
from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import pytest

from core.documents import DocumentTooComplex, PictureRefused, picture_type, render_pdf
from core.documents.pdf import LIMITS

SHORT = replace(LIMITS, wall=2.5)  # the same limits, so that the suite doesn't wait 20 s for each


def png(width: int, height: int) -> bytes:
    """A black picture of one bit per pixel: a few kilobytes however large it is."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack("!I", len(data)) + kind + data + struct.pack("!I", zlib.crc32(kind + data))

    pack = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    rows = b"".join(pack.compress(row) for _ in range(height)) + pack.flush()
    header = struct.pack("!IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def in_data(kind: str, body: bytes) -> str:
    return f"data:{kind};base64,{b64encode(body).decode()}"


ENTITIES = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "' + b"a" * 1000 + b'">' + b"".join(
    f'<!ENTITY {name} "{f"&{before};" * 20}">'.encode() for before, name in ("ab", "bc", "cd", "de", "ef")
) + b']><svg xmlns="http://www.w3.org/2000/svg"><text>&f;</text></svg>'  # fmt: skip
BOMBS = {
    "nested flex": '<div style="display:flex"><div style="display:flex">' * 12 + "x",
    "svg entities": f'<img src="{in_data("image/svg+xml", ENTITIES)}">',
    "picture of 144 Mpx": f'<img src="{in_data("image/png", png(12000, 12000))}">',
    "picture as background": f'<style>p {{ background: url("{in_data("image/png", png(12000, 12000))}") }}</style><p>x',
    "colspan": "<table><tr><td colspan=100000>x</table>",
    "rowspan": "<table><tr><td rowspan=' +0100000x'>x</table>",
    "column": "<table><col span=100000><tr><td>x</table>",
    "page breaks": '<p style="break-after:page">x' * 6000,
    "nested blocks": "<div>" * 900,
    "a megabyte": "x" * 1_000_001,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_and_the_next_document_is_made(name):
    render_pdf("warm")
    started = time.monotonic()
    with pytest.raises(DocumentTooComplex, match="too complex"):
        render_pdf(BOMBS[name], limits=SHORT)
    assert time.monotonic() - started < 2.5 + 10  # the machine may be busy
    assert render_pdf("<p>next</p>").pages == 1


def test_the_limits_are_those_of_the_promise():
    assert (LIMITS.wall, LIMITS.cpu, LIMITS.memory, LIMITS.html) == (20, 20, 1 << 30, 1_000_000)
    assert (LIMITS.nesting, LIMITS.span, LIMITS.pixels) == (100, 100, 25_000_000)


def test_more_memory_than_allowed_ends_the_document_only():
    html = "<table>" + "<tr><td>x<td>y" * 2000
    with pytest.raises(DocumentTooComplex):
        render_pdf(html, limits=replace(LIMITS, memory=32 << 20))
    assert render_pdf("x").pages == 1


def test_processor_time_is_limited_too():
    started = time.monotonic()
    with pytest.raises(DocumentTooComplex):
        render_pdf(BOMBS["nested flex"], limits=replace(LIMITS, cpu=1, wall=15))
    assert time.monotonic() - started < 10


def test_what_is_just_within_the_limits_is_made():
    made = render_pdf("<div>" * 90 + "<table><tr><td colspan=100>x</table>" + f'<img src="{in_data("image/png", png(5000, 5000))}">')
    assert (made.pages >= 1, made.refused) == (True, ())


def test_a_killed_document_leaves_no_file_behind():
    import core.documents.pdf as pdf

    render_pdf("x")
    root = Path(tempfile.gettempdir())
    before = {path.name for path in root.iterdir()}
    face = '<style>@font-face { font-family: f; src: url("http://127.0.0.1/f.ttf") }</style>'
    assert render_pdf(face + "<p style='font-family: f'>x").pages == 1
    with pytest.raises(DocumentTooComplex):
        render_pdf(face + BOMBS["nested flex"], limits=replace(LIMITS, wall=1))
    assert {path.name for path in root.iterdir() if path.name.startswith("weasyprint")} <= before
    pdf.stop_renderer()
    assert not {path.name for path in root.iterdir() if path.name.startswith("cartera-pdf-")} - before


def test_two_bombs_at_once_do_not_stop_the_third_document():
    from concurrent.futures import ThreadPoolExecutor

    def bomb():
        try:
            render_pdf(BOMBS["nested flex"], limits=SHORT)
        except DocumentTooComplex:
            return True

    with ThreadPoolExecutor(3) as pool:
        bombs = [pool.submit(bomb) for _ in range(2)]
        assert pool.submit(render_pdf, "x").result(timeout=30).pages == 1
        assert [one.result() for one in bombs] == [True, True]


def test_an_uploaded_picture_is_judged_by_its_header():
    assert picture_type(png(5000, 5000)) == "image/png"
    with pytest.raises(PictureRefused, match="25 million"):
        picture_type(png(5001, 5000))
    with pytest.raises(PictureRefused, match="25 million"):
        picture_type(png(20000, 20000))
    for other in (b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.4", b"GIF89a"):
        with pytest.raises(PictureRefused, match="PNG"):
            picture_type(other)
    from PIL import Image

    for kind, name in (("image/jpeg", "JPEG"), ("image/gif", "GIF"), ("image/webp", "WEBP")):
        Image.new("RGB", (3, 2)).save(body := io.BytesIO(), name)
        assert picture_type(body.getvalue()) == kind
