"""The PDF: what stands in it, in which language, when it is made, replaced and kept (cases 060 and 062)."""

import io
import re

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from core.db import db
from core.files.services import attach_file

from .conftest import line, png

pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture
def fake(monkeypatch):
    """PDFs are made without rendering: bytes that say which invoice and revision they show."""
    from plugins.invoices import pdf

    monkeypatch.setattr(pdf, "render_invoice", lambda i: f"%PDF-1.7 {i.bill_id} {i.revision} {i.reference}".encode())


def filed(app, invoice_id):
    from core.files.models import File
    from core.files.services import read_file

    with app.app_context():
        rows = db.session.scalars(select(File).where(File.record_id == invoice_id, File.kind == "invoice_pdf").order_by(File.id))
        return [(file.name, read_file(file).decode(), file.replaced_at is not None) for file in rows]


def test_it_is_filed_on_create_and_replaced_by_each_save_that_changes_what_is_printed(fake, rest, app, as_user):
    api = rest()
    made = api.make()
    assert filed(app, made["id"]) == [("invoice_15-1000.pdf", "%PDF-1.7 15/1000 1 None", False)]
    api.change(made["id"], internal_note="never printed")
    assert len(filed(app, made["id"])) == 1
    api.change(made["id"], reference="PO 7")
    assert filed(app, made["id"]) == [
        ("invoice_15-1000.pdf", "%PDF-1.7 15/1000 1 None", True),
        ("invoice_15-1000.pdf", "%PDF-1.7 15/1000 2 PO 7", False),
    ]
    page = as_user("user1").get(f"/invoices/{made['id']}?tab=files").text
    assert page.count(">invoice_15-1000.pdf<") == 1


def test_its_address_makes_it_at_once_and_never_serves_an_older_one(fake, rest, as_user, app, monkeypatch):
    from plugins.invoices import services

    monkeypatch.setattr(services, "enqueue", lambda *args, **more: None)  # the worker is late
    api = rest()
    made = api.make()
    client = as_user("user1")
    assert "The PDF is being made" in client.get(f"/invoices/{made['id']}").text
    assert client.get(f"/invoices/{made['id']}/pdf").data == b"%PDF-1.7 15/1000 1 None"
    api.change(made["id"], reference="PO 7")
    reply = client.get(f"/invoices/{made['id']}/pdf")
    assert reply.data == b"%PDF-1.7 15/1000 2 PO 7"
    assert reply.content_type == "application/pdf"
    assert 'filename="invoice_15-1000.pdf"' in reply.headers["Content-Disposition"]
    assert len(filed(app, made["id"])) == 2
    assert as_user("user2").get(f"/invoices/{made['id']}/pdf").status_code == 404


def test_neither_drafts_nor_received_ones_have_one(fake, rest, app, as_user):
    api = rest()
    for made in (api.make(status="draft"), api.make(invoice_type="Received", bill_id="7")):
        assert filed(app, made["id"]) == []
        assert as_user("admin").get(f"/invoices/{made['id']}/pdf").status_code == 302
        assert "/pdf" not in as_user("admin").get(f"/invoices/{made['id']}").text


def test_what_is_printed_is_frozen_at_issue_and_taken_anew_by_a_save(fake, rest, app, setting, api_as):
    from plugins.invoices.models import Invoice
    from plugins.invoices.printed import printed

    setting(seller_name="Seller One", invoice_footer="Old footer")
    api = rest()
    made = api.make()

    def shown():
        with app.app_context():
            found = printed(db.session.get(Invoice, made["id"]))["s"]
            return found["seller"]["name"], found["footer"], found["customer"]["name"]

    assert shown() == ("Seller One", "Old footer", "Customer #A")
    setting(seller_name="Seller Two", invoice_footer="New footer")
    api_as("admin").patch("/api/v1/companies/2", json={"name": "Customer Renamed"})
    assert shown() == ("Seller One", "Old footer", "Customer #A")
    assert len(filed(app, made["id"])) == 1
    api.change(made["id"], internal_note="x")
    assert shown()[0] == "Seller One"
    api.change(made["id"], reference="x")
    assert shown() == ("Seller Two", "New footer", "Customer Renamed")


@pytest.fixture
def paper(app):
    """The cells of what an invoice's PDF is laid out from."""
    from flask import render_template

    from plugins.invoices.models import Invoice
    from plugins.invoices.printed import printed

    def cells(invoice_id):
        with app.app_context():
            html = render_template("invoices/pdf.html", **printed(db.session.get(Invoice, invoice_id)))
        return [" ".join(re.sub("<[^>]+>", " ", cell).split()) for cell in re.split("</(?:td|th|div|p|h1)>", html)]

    return cells


@pytest.mark.usefixtures("asked")
def test_what_setup_says_is_printed_in_the_language_of_the_invoice(rest, setting, record_factory, paper):
    method = record_factory("invoices.payment_method")(name="Bank transfer", description="Within a month")
    texts = {"Header": "Cabecera", "Footer": "Pie", "VAT": "IVA", "Bank transfer": "Transferencia", "Within a month": "En un mes"}
    setting(invoice_header="Header", invoice_footer="Footer", taxes=[{"name": "VAT", "rate": "21", "category": "S", "default": True}],
            languages=["en", "es", "de"], translations={"es": texts})  # fmt: skip
    lines = [line(taxes=["VAT"])]
    printed = {
        code: " | ".join(paper(rest().make(language=code, lines=lines, payment_method_id=method.id)["id"])) for code in ("en", "es", "de")
    }
    for text, spanish in texts.items():
        assert (text in printed["en"], text in printed["de"], text in printed["es"]) == (True, True, False), text
        assert spanish in printed["es"], text


@pytest.mark.usefixtures("asked", "world")
def test_the_taxes_that_everybody_begins_with_are_known_in_every_language(app):
    from plugins.invoices.setup_values import DEFAULT_TAXES
    from plugins.invoices.words import TEXTS, WORDS

    for language in set(WORDS) - {"en"}:
        assert set(TEXTS[language]) == {row["name"] for row in DEFAULT_TAXES}, language


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(
    ("currency", "price", "amount"),
    [("EUR", "1.200,50", "1.800,75"), ("JPY", "1.200,5", "1.801"), ("KWD", "1.200,500", "1.800,750")],
)
def test_prices_have_the_decimals_of_the_currency_or_those_more_that_they_have(rest, setting, paper, currency, price, amount):
    setting(taxes=[{"name": "A", "rate": "21", "category": "S"}, {"name": "B", "rate": "5.2", "category": "S"}])
    lines = [line("Service", "1200.5", quantity="1.5", taxes=["A", "B"]), line("Precise", "33.3351", taxes=["A"]), line("Free", "0")]
    cells = paper(rest().make(currency=currency, language="es", lines=lines)["id"])
    at = cells.index("Service")
    assert cells[at + 1 : at + 4] == ["1,5", price, "21 % + 5,2 %"]
    assert cells[at + 4].startswith(amount)
    at = cells.index("Precise")
    assert cells[at + 1 : at + 4] == ["1", "33,3351", "21 %"]
    assert cells[cells.index("Free") + 3] == "–"


def text_of(as_user, pdf_text, invoice_id, login="admin"):
    return pdf_text(as_user(login).get(f"/invoices/{invoice_id}/pdf").data)


@pytest.mark.usefixtures("asked")
def test_a_spanish_invoice_with_all_its_parts_and_foreign_letters(rest, setting, as_user, pdf_text, record_factory, work):
    name = "株式会社テスト 한국예시 ₿ 😀 Ñandú"
    with work():
        logo = attach_file("core.setup", 0, png(60, 20), "logo.png", None, kind="logo").id
    setting(invoice_logo=logo, taxes=[{"name": "IVA", "rate": "21", "category": "S", "default": True}], seller_name="Vendedor, S.L.", seller_fiscal_id="B99000018",
            seller_address="Calle 1\n28004 Madrid", invoice_header="Cabecera", invoice_footer="Pie de página")  # fmt: skip
    company = record_factory("companies.company")(
        name=name, parent_id=1, country="DE", address="Platz 1\nBerlin", fiscal_id="DE1", language="es"
    )
    method = record_factory("invoices.payment_method")(name="Transferencia", description="ES00 1234")
    made = rest().make(
        company_id=company.id, reference="PO 7", description="Línea del pedido", internal_note="SECRETO", discount_before="10",
        irpf="15", currency_change="JPY", rates="160.5", payment_method_id=method.id, status="paid", invoice_payment_date="2026-02-03",
        lines=[line("Servicio 100 €", "33.335", quantity="3", taxes=["IVA"])],
    )  # fmt: skip
    assert made["language"] == "es"
    data = as_user("admin").get(f"/invoices/{made['id']}/pdf").data  # who reads English
    (page,) = pdf_text(data)
    reader = PdfReader(io.BytesIO(data))
    assert [(picture.image.width, picture.image.height) for picture in reader.pages[0].images] == [(60, 20)]
    fonts = [font.get_object() for font in reader.pages[0]["/Resources"]["/Font"].get_object().values()]
    inner = [font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font for font in fonts]
    assert all({"/FontFile", "/FontFile2", "/FontFile3"} & set(font["/FontDescriptor"].get_object()) for font in inner)
    squeezed = "".join(page.split())
    for part in (
        "Factura", "15/1000", "Fecha", "15/01/2026", "Vencimiento", "14/02/2026", "Pagada", "03/02/2026", "Vendedor, S.L.", "B99000018", "Cliente",
        "Alemania", "NIF", "Servicio 100 €", "33,335", "100,01", "10,00", "Base imponible", "90,01", "18,90", "13,50", "95,41", "Línea del pedido",
        "Transferencia", "ES00 1234", "Pie de página", "Cabecera", "PO 7", "Página 1 de 1", *name.split(),
    ):  # fmt: skip
        assert "".join(part.split()) in squeezed, part
    assert "15.313" in squeezed  # the second currency, with its own decimals: none
    assert "SECRETO" not in page
    assert "Invoice" not in page


@pytest.mark.usefixtures("asked")
def test_120_lines_run_over_pages_with_their_headings_and_the_totals_once_at_the_end(rest, taxes, as_user, pdf_text):
    taxes(21)
    lines = [line(f"Concepto {n:03d}", str(n), taxes=["21"]) for n in range(1, 121)]
    made = rest().make(lines=lines, language="es", status="canceled")
    pages = text_of(as_user, pdf_text, made["id"])
    whole = "\n".join(pages)
    assert len(pages) >= 2
    assert all(whole.count(f"Concepto {n:03d}") == 1 for n in range(1, 121))
    assert all("Concepto" in page and "Importe" in page for page in pages if "Concepto 0" in page or "Concepto 1" in page)
    assert f"1 de {len(pages)}" in pages[0]
    assert "Anulada" in pages[0]
    for figure in ("7.260,00", "1.524,60", "8.784,60"):
        assert whole.count(figure) == (2 if figure == "7.260,00" else 1)  # the base stands beside the tax, too
        assert figure in pages[-1]


def test_every_language_that_setup_can_offer_has_its_words():
    from plugins.invoices.words import WORDS

    assert {"en", "es", "de", "fr", "it", "pt"} == set(WORDS)
    assert len({frozenset(words) for words in WORDS.values()}) == 1
