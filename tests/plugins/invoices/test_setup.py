"""Setup → CRM → Invoices: what is saved, wrong values beside their fields, a logo that no machine could draw (case 064)."""

import io
import re
from pathlib import Path

import pytest

from .conftest import png

pytestmark = pytest.mark.usefixtures("world", "asked")
BOMB = Path(__file__).parents[2] / "cases/files/064-logo-20000x20000.png"
GOOD = {"invoice_id_pattern": "F[001]", "invoice_auto_id": "1", "currency": "EUR", "languages": ["en", "es"], "tax_name": ["VAT", ""],
        "tax_rate": ["21", ""], "tax_category": ["S", "S"], "tax_default": ["0"], "seller_name": "Me"}  # fmt: skip


def upload(client, data):
    return client.post("/invoices/setup", data={**GOOD, "invoice_logo": (io.BytesIO(data), "logo.png")}, content_type="multipart/form-data")


def test_what_is_saved_stands_there_again_with_the_next_three_numbers(as_user, rest):
    admin = as_user("admin")
    assert admin.post("/invoices/setup", data=GOOD).status_code == 302
    page = admin.get("/setup/crm/invoices", follow_redirects=True).text
    assert "F001, F002, F003" in page
    assert 'value="Me"' in page
    made = rest().make()
    assert (made["bill_id"], made["lines"][0]["taxes"]) == ("F001", [])


def test_an_invoice_form_says_that_nobody_is_named_as_the_seller_until_somebody_is(as_user):
    admin = as_user("admin")
    new = admin.get("/invoices/new").text
    assert "printed without a sender" in new
    assert 'href="/setup/crm/invoices"' in new
    plain = as_user("user1").get("/invoices/new").text
    assert "Ask an administrator" in plain
    assert 'href="/setup/crm/invoices"' not in plain
    admin.post("/invoices/setup", data=GOOD)
    assert "printed without a sender" not in admin.get("/invoices/new").text


def test_texts_are_said_in_other_languages_and_go_along_with_a_text_that_is_changed(as_user, record_factory):
    record_factory("invoices.payment_method")(name="Transfer", description="Account 1\nAccount 2")
    admin = as_user("admin")
    admin.post("/invoices/setup", data={**GOOD, "invoice_footer": "Thanks", "languages": ["en", "es", "de"]})
    shown = re.findall(r'name="text" value="([^"]*)"', admin.get("/invoices/setup").text)
    assert shown == ["Thanks", "VAT", "Transfer", "Account 1\nAccount 2"]
    said = {"text": shown, "text_es": ["Gracias", "IVA", "", "Cuenta 1\r\nCuenta 2"], "text_de": ["Danke", "", "", ""]}
    changed = {**GOOD, "invoice_footer": "Thank you", "tax_name": ["Tax", ""], "languages": ["en", "es", "de"], **said}
    assert admin.post("/invoices/setup", data=changed).status_code == 302
    page = admin.get("/invoices/setup").text
    assert re.findall(r'name="text" value="([^"]*)"', page) == ["Thank you", "Tax", "Transfer", "Account 1\nAccount 2"]
    read = lambda code: re.findall(rf'<textarea[^>]*name="text_{code}"[^>]*>\n([^<]*)</textarea>', page)  # noqa: E731
    assert read("es") == ["Gracias", "IVA", "", "Cuenta 1\nCuenta 2"]
    assert read("de") == ["Danke", "", "", ""]
    refused = admin.post("/invoices/setup", data={**changed, "invoice_id_pattern": "F1"})
    assert "Cuenta 2" in refused.text
    admin.post("/invoices/setup", data={**GOOD, "languages": ["en"]})  # German is not offered for a while
    assert "Danke" in admin.post("/invoices/setup", data={**changed, "languages": ["en", "de"]}, follow_redirects=True).text


def test_a_tax_that_takes_the_name_of_another_brings_its_translation_along(as_user):
    admin = as_user("admin")
    taxes = {"tax_rate": ["21", "10"], "tax_category": ["S", "S"]}
    admin.post("/invoices/setup", data={**GOOD, **taxes, "tax_name": ["VAT", "Reduced"]})
    said = {"text": ["VAT", "Reduced"], "text_es": ["IVA", "IVA reducido"]}
    admin.post("/invoices/setup", data={**GOOD, **taxes, "tax_name": ["Reduced", "VAT"], **said})
    page = admin.get("/invoices/setup").text
    assert re.findall(r'name="text" value="([^"]*)"', page) == ["Reduced", "VAT"]
    assert re.findall(r'<textarea[^>]*name="text_es"[^>]*>\n([^<]*)</textarea>', page) == ["IVA", "IVA reducido"]


def test_wrong_values_are_told_beside_their_fields_and_nothing_is_saved(as_user):
    admin = as_user("admin")
    wrong = {**GOOD, "invoice_id_pattern": "F1", "invoice_id_exceptions": "x" * 70, "seller_name": "x" * 300, "tax_rate": ["200", ""]}
    page = admin.post("/invoices/setup", data=wrong)
    assert page.status_code == 422
    for name in ("invoice_id_pattern", "invoice_id_exceptions", "seller_name"):
        field = page.text[page.text.index(f'id="{name}"') :][:1500]
        assert 'class="err"' in field, name
    assert "VAT:" in page.text
    assert 'value="200"' in page.text
    assert 'value="F[001]"' not in admin.get("/invoices/setup").text


def test_only_superadmins_come_here(as_user):
    for login in ("manager1", "user1", "user2"):
        assert as_user(login).get("/invoices/setup").status_code == 404
        assert as_user(login).post("/invoices/setup", data=GOOD).status_code == 404
        assert as_user(login).post("/invoices/payment-methods/new", data={"name": "x"}).status_code in (403, 404)


def test_a_logo_of_400_million_pixels_is_refused_at_once_with_the_limit(as_user, app):
    data = BOMB.read_bytes() if BOMB.exists() else png(20_000, 20_000)
    assert len(data) < 200_000
    page = upload(as_user("admin"), data)
    assert page.status_code == 422
    assert "more than 25 million pixels" in page.text
    with app.app_context():
        from core.db import get_option

        assert get_option("invoices.invoice_logo") is None


def test_a_logo_is_a_picture_and_stays_until_it_is_taken_away(as_user, app):
    from core.db import get_option

    admin = as_user("admin")
    assert upload(admin, b"<svg/>").status_code == 422
    assert upload(admin, png(60, 20)).status_code == 302
    with app.app_context():
        first = get_option("invoices.invoice_logo")
    assert admin.post("/invoices/setup", data=GOOD).status_code == 302
    with app.app_context():
        assert first
        assert get_option("invoices.invoice_logo") == first
    assert admin.post("/invoices/setup", data={**GOOD, "remove_logo": "1"}).status_code == 302
    with app.app_context():
        assert get_option("invoices.invoice_logo") is None


def test_a_payment_method_in_use_is_not_deleted(as_user, rest, record_factory):
    method = record_factory("invoices.payment_method")(name="Transfer")
    rest().make(payment_method_id=method.id)
    assert as_user("admin").post(f"/invoices/payment-methods/{method.id}/delete").status_code == 409
