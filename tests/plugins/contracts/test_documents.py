"""Templates and documents: every macro, what is no macro, what documents may not reach, where the PDF goes (case 068)."""

import io
import re
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from core.db import db
from core.identity.services import find_user

pytestmark = pytest.mark.usefixtures("world")
EVERY = [
    "id_contract=1",
    "name_contract=Support_2026",
    "contract_number=15/1,15/2",
    "contract_description=First<br>&lt;b&gt;Second",
    "date_begin=2026-01-20",
    "date_end=2027-01-19",
    "id_company=2",
    "private=1",
    "id_status=2",
    "name_status=Pendiente",
    "company_name=Müller_&amp;_Söhne",
    "company_address=Calle_1<br>Madrid",
    "company_fiscal_id=B1",
    "company_country=España",
    "company_website=https://example.com/",
    "company_comments=_date_end_",
    "company_manager=Ana_Uno",
    "company_last_update=2026-04-11_09:05:00",
    "company_payment_conditions=60",
    "contract_type_id=2",
    "contract_type_name=Licences",
    "contract_type_description=Of_software",
    "custom_3=Beta",
    "template_id=1",
    "template_name=Certificate",
    "template_description=Proof",
    "date_begin_words=20_de_enero_de_2026",
    "date_end_words=19_de_enero_de_2027",
    "today_words=11_de_abril_de_2026",
    "format_long_time=11_sáb_abril_2026",
    "format_short_time=11/04/2026",
    "format_annual_date=2026",
]
NOW = datetime(2026, 4, 11, 7, 5, tzinfo=UTC)


@pytest.fixture
def app_settings():
    """A site whose own language is Spanish, with readers of English."""
    return {"default_language": "es", "default_timezone": "Europe/Madrid"}


@pytest.fixture
def as_user(as_user):
    """People whose browsers ask for English."""

    def client(login):
        made = as_user(login)
        made.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
        return made

    return client


@pytest.fixture
def contract(work, app, record_factory):
    """The contract that fills each macro, and a template; ids are 1 and 1."""

    def make(body):
        from plugins.companies.models import Company
        from plugins.contracts.models import ContractType

        record_factory("contracts.template")(name="Certificate", description="Proof", body=body)
        with work("admin"):
            company, kind, user = db.session.get(Company, 2), db.session.get(ContractType, 2), find_user("user1")
            user.name, kind.description = "Ana Uno", "Of software"
            company.name, company.address, company.fiscal_id, company.country = "Müller & Söhne", "Calle 1\nMadrid", "B1", "ES"
            company.website, company.comments, company.payment_conditions = "https://example.com/", "_date_end_", 60
        record_factory("contracts.contract", by="user1")(
            name="Support 2026", contract_number="15/1,15/2", description="First\n<b>Second", date_begin="2026-01-20", date_end="2027-01-19",
            company_id=2, private=True, status=2, type_id=2, f3="Beta",
        )  # fmt: skip
        with work():
            db.session.get(Company, 2).last_update = NOW

    return make


def expanded(app, language="en"):
    from flask_babel import force_locale

    from plugins.contracts import macros
    from plugins.contracts.models import Contract, ContractTemplate
    from plugins.contracts.services import expand_template

    with app.app_context(), app.test_request_context(), force_locale(language), pytest.MonkeyPatch.context() as patch:
        patch.setattr(macros, "utcnow", lambda: NOW)
        return expand_template(db.session.get(Contract, 1), db.session.get(ContractTemplate, 1))


def test_every_macro_becomes_the_contracts_data_in_the_sites_language(contract, app):
    """The reader reads English; a value that looks like a macro is not looked into again."""
    names = [pair.partition("=")[0] for pair in EVERY]
    contract("".join(f"<p>{name}=_{name}_</p>" for name in names))
    found = expanded(app)
    assert re.findall(r"<p>(.*?)</p>", found.html) == [_spaced(pair) for pair in EVERY]
    assert found.unknown == ()
    from plugins.contracts.macros import GROUPS

    assert {name for _label, group in GROUPS for name, _words in group} == {n for n in names if n != "custom_3"}


def _spaced(pair):
    """`name=va_lue` with the underscores of the value as spaces; a value that is itself a macro keeps them."""
    name, _equals, value = pair.partition("=")
    return f"{name}={value if value.startswith('_') else value.replace('_', ' ')}"


def test_what_is_no_macro_stays_as_typed_and_is_told_when_it_is_saved(contract, app, as_user, work):
    contract("<p>[_company_name_] [_company_] [_foo_bar_] [_custom_3_] [_custom_999_] [__date_end__] [_DATE_END_]</p>")
    found = expanded(app)
    assert "[Müller &amp; Söhne] [_company_] [_foo_bar_] [Beta] [_custom_999_] [_2027-01-19_] [_DATE_END_]" in found.html
    assert set(found.unknown) == {"_company_", "_foo_bar_", "_custom_999_"}
    posted = {"name": "Other", "body": "<p>_company_ _foo_bar_ _custom_999_ _custom_3_</p>"}
    page = as_user("manager1").post("/contracts/templates/new", data=posted, follow_redirects=True).text
    assert "These are no macros and stay as typed: _company_, _foo_bar_, _custom_999_" in page


def test_saving_lists_the_addresses_that_are_left_out(as_user, app):
    body = (
        '<p>MARK</p><img src="http://example.org/a.png"><link rel="attachment" href="file:///etc/passwd"><a href="_company_website_">x</a>'
    )
    page = as_user("manager1").post("/contracts/templates/new", data={"name": "T", "body": body}, follow_redirects=True).text
    assert "http://example.org/a.png" in page
    assert "file:///etc/passwd" in page
    from plugins.contracts.models import ContractTemplate

    with app.app_context():
        kept = db.session.scalars(select(ContractTemplate.body)).one()
        assert "MARK" in kept
        assert 'href="_company_website_"' in kept
        assert "passwd" not in kept
        assert "example.org" not in kept


def test_the_editor_offers_all_macros_by_groups(as_user):
    page = as_user("manager1").get("/contracts/templates/new").text
    assert "data-editor" in page
    offered = set(re.findall(r'data-macro="_([a-z0-9_]+)_"', page))
    assert {pair.partition("=")[0] for pair in EVERY} <= offered
    for group in ("Contract", "Company", "Type of contract", "Template", "Today", "Licences"):
        assert f"<summary>{group}</summary>" in page


def test_the_pdf_is_filed_on_the_contract_for_whoever_may_edit_it(contract, as_user, app):
    contract(
        "<h1>Certificado _name_contract_</h1><p>{{ 7*7 }} _company_name_: añó, 100 €<p><b>negrita <i>cruzada</b> fin</i><p>MARCA-FINAL"
    )
    assert as_user("user2").get("/contracts/1/documents").status_code == 404
    client = as_user("user1")
    assert "Certificate" in client.get("/contracts/1/documents").text
    assert client.post("/contracts/1/documents", data={"template_id": "99"}).status_code == 422
    assert client.post("/contracts/1/documents", data={"template_id": "1"}).status_code == 302
    from core.files.services import files_of, read_file

    with app.app_context():
        (file,) = files_of("contracts.contract", [1])
        assert (file.kind, file.media_type) == ("document", "application/pdf")
        text = " ".join(PdfReader(io.BytesIO(read_file(file))).pages[0].extract_text().split())
    for words in ("Certificado Support 2026", "{{ 7*7 }}", "Müller & Söhne: añó, 100 €", "negrita cruzada fin", "MARCA-FINAL"):
        assert words in text
    page = client.get("/contracts/1?tab=files").text
    assert "Certificate_Support 2026.pdf" in page
    assert client.get(f"/files/{file.id}").status_code == 200
    assert as_user("user2").get(f"/files/{file.id}").status_code == 404


def test_who_only_sees_a_contract_makes_no_documents(as_user, record_factory):
    made = record_factory("contracts.contract")(company_id=3)
    assert as_user("user1").get(f"/contracts/{made.id}/documents").status_code == 403
    assert as_user("user1").post(f"/contracts/{made.id}/documents", data={"template_id": "1"}).status_code == 403
    assert "Generate PDF from template" not in as_user("user1").get(f"/contracts/{made.id}").text


def test_templates_are_read_with_cr_and_changed_with_cm(as_user, record_factory):
    record_factory("contracts.template")(name="T", body="<p>x</p>")
    assert as_user("user1").get("/contracts/templates/1").status_code == 200
    assert as_user("user1").post("/contracts/templates/1/edit", data={"name": "x", "version": "1"}).status_code == 403
    assert as_user("manager1").post("/contracts/templates/1/edit", data={"name": "x", "version": "1"}).status_code == 302
    assert as_user("user2").get("/contracts/templates/").status_code == 404


def test_a_double_click_files_one_document(contract, as_user):
    contract("<p>One</p>")
    client = as_user("user1")
    answers = [client.post("/contracts/1/documents", data={"template_id": "1", "form_id": "one-time"}) for _ in range(2)]
    assert [a.status_code for a in answers] == [302, 302]
    assert answers[1].location == answers[0].location
    assert client.get(answers[0].location).text.count(">Certificate_Support 2026.pdf<") == 1
