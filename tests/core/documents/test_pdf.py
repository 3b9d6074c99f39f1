import io
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pypdf import PdfReader

from core.documents import Pdf, pdf, pdf_available, render_pdf

PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def text_of(made: Pdf) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(made.data)).pages]


def test_html_becomes_a_pdf_with_its_language():
    made = render_pdf("<h1>Café – 100 €</h1>", language="es")
    reader = PdfReader(io.BytesIO(made.data))
    assert made.pages == len(reader.pages) == 1
    assert "Café – 100 €" in text_of(made)[0]
    assert reader.trailer["/Root"]["/Lang"] == "es"
    assert made.refused == ()
    assert pdf_available() is None


def test_a_document_keeps_the_language_that_it_names_itself():
    made = render_pdf("<html lang=fr><p>bonjour", language="es")
    assert PdfReader(io.BytesIO(made.data)).trailer["/Root"]["/Lang"] == "fr"


def test_an_invoice_of_120_lines_loses_none_and_repeats_its_head():
    lines = "".join(f"<tr><td>Concepto {n:03d}</td><td>{n}.00</td></tr>" for n in range(1, 121))
    html = f"""<style>@page {{ size: A4; @bottom-right {{ content: "page " counter(page) " of " counter(pages) }} }} td {{ padding: 4pt }}
    </style><table><thead><tr><th>Item</th><th>Amount</th></tr></thead><tbody>{lines}</tbody></table><p>total 8784.60</p>"""
    made = render_pdf(html)
    pages = text_of(made)
    assert made.pages >= 2
    everything = "\n".join(pages)
    assert all(everything.count(f"Concepto {n:03d}") == 1 for n in range(1, 121))
    assert all("Item" in page for page in pages if "Concepto" in page)
    assert all(f"page {number} of {len(pages)}" in page for number, page in enumerate(pages, 1))
    assert everything.count("8784.60") == 1


def test_assets_and_pasted_pictures_are_shown():
    logo = b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><rect width='9' height='9' fill='red'/></svg>"
    made = render_pdf(
        f'<link rel=stylesheet href="asset:look"><img src="asset:logo"><img src="data:image/png;base64,{PIXEL}"><p>text</p>',
        assets={"logo": ("image/svg+xml", logo), "look": ("text/css", b"p::after { content: ' styled' }")},
    )
    assert made.refused == ()
    assert "text styled" in text_of(made)[0]
    assert len(PdfReader(io.BytesIO(made.data)).pages[0].images) == 1


@pytest.mark.parametrize(
    ("address", "listed"),
    [
        ("asset:unknown", "asset:unknown"),
        ("data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>", "data:image/svg+xml"),
        ("data:text/html,x", "data:text/html"),
        (f"data:image/svg+xml;base64,{PIXEL}", "data:image/svg+xml"),
        ("data:image/png;base64,PHN2Zy8+", "data:image/png"),  # an SVG that calls itself a PNG
    ],
)
def test_any_other_picture_is_left_out_and_named(address, listed):
    made = render_pdf(f'<p>before</p><img src="{address}"><p>after</p>')
    assert [found.startswith(listed) for found in made.refused] == [True]
    assert "after" in text_of(made)[0]


def test_scripts_of_the_world_are_in_the_text_and_their_fonts_in_the_file():
    made = render_pdf("<p>株式会社テスト 한국예시 ₿ 😀 Ñandú 100 € Ελλάδα Київ</p>", language="es")
    if not (pdf.FONTS / "fonts.conf").exists():  # system fonts: the pages are made, what they can show depends on the machine
        assert "Ñandú" in text_of(made)[0]
        return
    for word in ("株式会社テスト", "한국예시", "₿", "😀", "Ñandú", "€", "Ελλάδα", "Київ"):
        assert word in text_of(made)[0]
    page = PdfReader(io.BytesIO(made.data)).pages[0]
    for font in page["/Resources"]["/Font"].values():
        descendant = font.get_object()["/DescendantFonts"][0].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(descendant["/FontDescriptor"].get_object())
        assert "\0" not in font.get_object()["/ToUnicode"].get_object().get_data().decode("latin-1")


def test_threads_share_one_child():
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda n: render_pdf(f"<p>number {n}</p>"), range(8)))
    assert [f"number {n}" in text_of(one)[0] for n, one in enumerate(made)] == [True] * 8
    assert threading.active_count() < 10


def test_a_child_that_was_killed_is_replaced():
    render_pdf("x")
    folder = Path(pdf._renderer._folder)
    assert folder.is_dir()
    pdf._renderer._process.kill()
    assert render_pdf("<p>again</p>").pages == 1
    assert not folder.exists()


def test_the_calling_process_never_loads_weasyprint():
    import subprocess
    import sys

    program = (
        "import sys; from core.documents import pdf_available, render_pdf; assert pdf_available() is None;"
        "assert render_pdf('x').pages == 1; assert 'weasyprint' not in sys.modules; assert 'PIL' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=Path(pdf.__file__).parents[2], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_child_knows_no_secrets(monkeypatch):
    monkeypatch.setenv("CARTERA_DATABASE_URL", "postgresql://user:secret@db/cartera")
    pdf.stop_renderer()
    render_pdf("x")
    assert b"secret" not in Path(f"/proc/{pdf._renderer._process.pid}/environ").read_bytes()
