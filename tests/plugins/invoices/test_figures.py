"""The figures of an invoice are the same in REST, on the page, in CSV and in the PDF (cases 040 to 048)."""

import csv
import html
import io
import re
from decimal import Decimal

import pytest

from .conftest import form, line

pytestmark = pytest.mark.usefixtures("world", "asked")
CASES = {
    "040": ({"lines": [("10.01", "20")] * 3}, ("30.03", "0.00", "30.03", {"20": "6.01"}, "0.00", "36.04")),
    "042": (
        {"lines": [("100.00", "21\n5.2"), ("0.03", "21\n5.2")], "irpf": "15"},
        ("100.03", "0.00", "100.03", {"21": "21.01", "5.2": "5.20"}, "15.00", "111.24"),
    ),
    "044": ({"lines": [("100.50", "25")]}, ("100.50", "0.00", "100.50", {"25": "25.13"}, "0.00", "125.63")),
    "044, its mirror": ({"lines": [("-100.50", "25")]}, ("-100.50", "0.00", "-100.50", {"25": "-25.13"}, "0.00", "-125.63")),
    "046": ({"lines": [("45.00", "21"), ("-45.00", "21"), ("0.00", "21")]}, ("0.00", "0.00", "0.00", {"21": "0.00"}, "0.00", "0.00")),
    "048": ({"lines": [("12.345", "5"), ("0.005", "5")], "currency": "KWD"}, ("12.350", "0.000", "12.350", {"5": "0.618"}, "0.000", "12.968")),
    "with discount and withholding": (
        {"lines": [("33.335", "21", "3")], "discount_before": "10", "irpf": "15"},
        ("100.01", "10.00", "90.01", {"21": "18.90"}, "13.50", "95.41"),
    ),
}  # fmt: skip


def csv_rows(client, query=""):
    reply = client.get(f"/invoices/export.csv{query}")
    assert reply.status_code == 200
    return list(csv.DictReader(io.StringIO(reply.text)))


def test_a_posted_form_gives_the_figures_of_the_cases_everywhere(as_user, rest, taxes):
    taxes(20, 21, "5.2", 25, 5)
    admin, api = as_user("admin"), rest()
    for name, (values, (gross, discount, base, of_taxes, withholding, total)) in CASES.items():
        lines = [(f"Concept {n}", *(row[2:] or ["1"]), row[0], "0", row[1]) for n, row in enumerate(values["lines"])]
        more = {k: v for k, v in values.items() if k != "lines"}
        made = admin.post("/invoices/new", data=form(lines=lines, **more))
        assert made.status_code == 302, name
        invoice = api.read(int(made.location.rpartition("/")[2]))
        shown = {k: invoice[k] for k in ("gross", "discount", "base", "withholding", "total")}
        assert shown == {"gross": gross, "discount": discount, "base": base, "withholding": withholding, "total": total}, name
        assert {tax["name"]: tax["amount"] for tax in invoice["taxes"]} == of_taxes, name
        page = admin.get(made.location).text
        digits = re.sub(r"[^0-9.,−-]", " ", page)
        assert total.lstrip("-") in digits, name
        assert "-0.00" not in page
        row = next(r for r in csv_rows(admin) if r["id"] == str(invoice["id"]))
        assert [Decimal(row[k]) for k in ("gross", "discount", "base", "withholding", "total")] == [
            Decimal(v) for v in (gross, discount, base, withholding, total)
        ]
        assert Decimal(row["base"]) + Decimal(row["taxes"]) - Decimal(row["withholding"]) == Decimal(row["total"])


def test_rest_takes_the_same_lines_and_gives_them_back_with_their_amounts(rest, taxes):
    taxes(21)
    api = rest()
    made = api.make(lines=[line(price="33.335", quantity="3", taxes=["21"], discount="50")])
    assert made["lines"] == [
        {"concept": "Service", "quantity": "3", "unit": "C62", "unit_price": "33.335", "discount": "50", "taxes": ["21"], "amount": "50.00"}
    ]
    again = api.change(made["id"], lines=made["lines"])
    assert (again["total"], again["version"]) == (made["total"], made["version"])


def test_what_a_line_can_not_be_is_said_by_line_and_field(rest, as_user, taxes):
    taxes(21)
    said = rest().make(422, lines=[line(), {"unit_price": "x", "concept": ""}, line(taxes=["VAT"]), line(colour="red")])["errors"]
    assert {"lines.1.concept", "lines.1.unit_price", "lines.3.colour"} <= set(said)
    assert list(rest().make(422, lines=[line(), line(taxes=["VAT"])])["errors"]) == ["lines.1.taxes"]
    assert "lines" in rest().make(422, lines=[line(price="999999999", quantity="999999999")])["errors"]
    page = as_user("admin").post("/invoices/new", data=form(lines=[("", "1", "10", "0", ""), ("Good", "one", "10", "0", "")]))
    assert page.status_code == 422
    assert "Line 1: Say what this line is for." in page.text
    assert 'value="one"' in page.text


def test_a_tax_that_setup_dropped_goes_on_counting_where_it_is(rest, taxes, as_user):
    taxes(21, 10)
    api = rest()
    made = api.make(lines=[line(taxes=["21"])])
    taxes(10)
    assert api.change(made["id"], lines=[line(price="200", taxes=["21"])])["total"] == "242.00"
    api.make(422, lines=[line(taxes=["21"])])
    posted = form(lines=[("Service", "1", "300", "0", "21")], version=str(api.read(made["id"])["version"]))
    assert as_user("admin").post(f"/invoices/{made['id']}/edit", data=posted).status_code == 302
    assert api.read(made["id"])["total"] == "363.00"


def test_a_changed_rate_does_not_reach_the_page_of_an_issued_invoice(rest, taxes, as_user, setting):
    setting(taxes=[{"name": "VAT", "rate": "21", "category": "S", "default": True}])
    made = rest().make(lines=[line(taxes=["VAT"])])
    setting(taxes=[{"name": "VAT", "rate": "22", "category": "S", "default": True}])
    page = as_user("admin").get(f"/invoices/{made['id']}").text
    assert "21.00" in page
    assert "22.00" not in page


def test_lines_without_taxes_of_their_own_get_the_default_ones(rest, taxes):
    taxes(21, 10, default=("21",))
    api = rest()
    assert api.make(lines=[{"concept": "x", "unit_price": "100"}])["total"] == "121.00"
    assert api.make(lines=[line(taxes=[])])["total"] == "100.00"


def test_the_live_totals_are_those_that_a_save_would_give(as_user, taxes):
    taxes(21)
    posted = form(lines=[("a", "3", "33.335", "0", "21"), ("", "x", "1", "0", "")], discount_before="10", irpf="15")
    told = as_user("user1").post("/invoices/totals", data=posted).json
    assert told["lines"] == ["€100.01", ""]
    assert told["totals"][-1] == {"label": "Total", "value": "€95.41", "sum": True}
    assert as_user("user2").post("/invoices/totals", data=posted).status_code == 404


TYPED = ("49,95", "49.95", "1.200,50", "1,200.50", "1 200", "1.234", "0,5", "0.5", "1,2,3", "x", "-3", "101", "")


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("name", ["line_quantity", "line_unit_price", "line_discount", "irpf", "discount_before"])
def test_a_number_is_in_the_live_total_as_a_save_reads_it_or_is_said_to_be_wrong_as_a_save_says_it(as_user, api_as, world, language, name):
    assert api_as("admin").patch(f"/api/v1/users/{world.users['user1']}", json={"language": language}).status_code == 200
    client = as_user("user1")
    for typed in TYPED:
        posted = form(lines=[("a", "2", "3", "1", "")], irpf="5", discount_before="10", save_as="draft") | {name: typed}
        told = client.post("/invoices/totals", data=posted).json
        saved = client.post("/invoices/new", data=posted)
        assert saved.status_code == (422 if told["wrong"] else 302), typed
        if told["wrong"]:
            (said,) = told["wrong"]
            assert (said["name"], said["line"]) == (name, 0 if name.startswith("line") else None)
            assert said["text"] in html.unescape(saved.text)
        else:
            assert f"data-total>{told['totals'][-1]['value']}<" in client.get(f"{saved.location}/edit").text, typed


def test_amounts_stand_beside_their_lines_when_an_empty_one_lies_between(as_user, taxes):
    taxes(21)
    posted = form(lines=[("a", "1", "10", "0", "21"), ("", "1", "", "0", "21"), ("b", "1", "20", "0", "21")])
    assert as_user("user1").post("/invoices/totals", data=posted).json["lines"] == ["€10.00", "", "€20.00"]


def test_an_invoice_generated_from_a_contract_opens_with_its_sums(as_user, record_factory, taxes):
    taxes(21, default=("21",))
    contract = record_factory("contracts.contract")(name="Support 2026", company_id=2, amount=Decimal("1200"), currency="EUR")
    page = as_user("admin").get(f"/contracts/{contract.id}/invoice", follow_redirects=True).text
    assert re.findall(r"data-amount>([^<]*)<", page)[0] == "€1,200.00"
    under = page[page.index("data-totals "):].split("</dl>")[0]
    assert re.findall(r"<d[td][^>]*>([^<]+)</d[td]>", under) == [
        "Base", "€1,200.00", "21 · €1,200.00", "€252.00", "Total", "€1,452.00",
    ]  # fmt: skip


def test_a_refused_form_shows_what_its_good_lines_add_up_to(as_user, taxes):
    taxes(21)
    refused = as_user("admin").post("/invoices/new", data=form(lines=[("a", "1", "10", "0", "21"), ("b", "x", "1", "0", "")]))
    assert refused.status_code == 422
    assert re.findall(r"data-amount>([^<]*)<", refused.text)[:2] == ["€10.00", ""]
    assert "€12.10" in refused.text


def test_one_row_a_line_on_wish(rest, as_user, taxes):
    taxes(21)
    made = rest().make(lines=[line("=First", taxes=["21"]), line("Second", "5", quantity="2")], description="x")
    rows = csv_rows(as_user("admin"), "?lines=1")
    assert [(r["id"], r["line"], r["concept"], r["quantity"], r["line_taxes"], r["line_amount"]) for r in rows] == [
        (str(made["id"]), "1", "'=First", "1", "21", "100.00"),
        (str(made["id"]), "2", "Second", "2", "", "10.00"),
    ]


@pytest.mark.both_databases
def test_the_columns_of_the_file_are_those_of_the_trade(rest, as_user, record_factory):
    contract = record_factory("contracts.contract")(name="Support 2026", company_id=2)
    rest().make(contract_id=contract.id, reference="PO 7")
    reply = as_user("admin").get("/invoices/export.csv")
    header, row = list(csv.reader(io.StringIO(reply.text)))
    assert ",".join(header) == (
        "id,bill_id,invoice_type,status,id_company,company,contract,reference,invoice_create_date,invoice_expiration_date,"
        "invoice_payment_date,currency,gross,discount,base,taxes,withholding,total,language,locked,description,internal_note"
    )
    assert row[:8] == ["1", "15/1000", "Submitted", "pending", "2", "Customer #A", "Support 2026", "PO 7"]
    full = as_user("admin").get("/invoices/export.csv?layout=full").text.splitlines()[0].split(",")
    assert full[0] == "id"
    assert len(full) == len(set(full))


def test_a_form_that_is_sent_as_it_was_shown_changes_no_line(as_user, rest, taxes):
    taxes(21, 10)
    lines = [
        {"concept": "Hours", "quantity": "1.5", "unit": "HUR", "unit_price": "1234.5", "discount": "2.5", "taxes": ["21", "10"]},
        {"concept": "Pieces", "quantity": "3", "unit": "C62", "unit_price": "7", "discount": "0", "taxes": []},
    ]
    made = rest().make(lines=lines)
    for language in ("en", "es"):
        page = as_user("admin").get(f"/invoices/{made['id']}/edit", headers={"Accept-Language": language}).text
        body = page[page.index("<tbody>") : page.index("<template")]
        sent = {"version": re.search(r'name="version" value="(\d+)"', page)[1], "reference": language}
        for name in lines[0]:
            key = f"line_{name}"
            selects = re.findall(rf'<select[^>]*name="{key}".*?</select>', body, re.S)
            chosen = [re.search(r'value="([^"]*)" selected', one)[1] for one in selects]
            sent[key] = chosen or re.findall(rf'name="{key}" value="([^"]*)"', body)
            assert len(sent[key]) == 2, name
        reply = as_user("admin").post(f"/invoices/{made['id']}/edit", data=sent, headers={"Accept-Language": language})
        assert reply.status_code == 302
        now = rest().read(made["id"])
        assert [{k: v for k, v in row.items() if k != "amount"} for row in now["lines"]] == lines
        assert now["reference"] == language


def test_what_is_taken_off_stands_there_with_its_rate(as_user, rest):
    made = rest().make(irpf="15", concept_irpf="IRPF", discount_before="2.5")
    page = as_user("admin").get(f"/invoices/{made['id']}", headers={"Accept-Language": "es"}).text
    for words in ("IRPF 15 %", "Descuento 2,5 %"):
        assert f"<dt>{words}</dt>" in page
    sums = as_user("admin").post("/invoices/totals", data=form(irpf="7", discount_before="1.5")).json
    assert [row["label"] for row in sums["totals"] if "%" in row["label"]] == ["Discount 1.5 %", "Withholding 7 %"]


def test_a_blank_form_tells_all_that_it_needs_in_its_own_order(as_user):
    blank = form(company_id="", lines=[("", "1", "", "0", "")], discount_before="x", status="paid", currency_change="USD")
    page = as_user("admin").post("/invoices/new", data=blank)
    assert page.status_code == 422
    first = as_user("admin").post("/invoices/new", data={**blank, "discount_before": "", "currency_change": ""}).text
    summary = first[first.index('role="alert"') :]
    assert 0 < summary.index("This is needed") < summary.index("An invoice needs a line")


def test_prices_and_discounts_of_lines_are_written_in_the_readers_customs(as_user, rest, taxes):
    taxes(21)
    made = rest().make(lines=[{"concept": "Service", "quantity": "1.5", "unit_price": "1234.5", "discount": "2.5", "taxes": ["21"]}])
    page = as_user("admin").get(f"/invoices/{made['id']}", headers={"Accept-Language": "es"}).text
    for text in ("1,5", "1.234,50", "2,5"):
        assert re.search(rf'<td class="num[^"]*">{re.escape(text)}</td>', page), text
    form_page = as_user("admin").get(f"/invoices/{made['id']}/edit", headers={"Accept-Language": "es"}).text
    assert re.findall(r'name="line_(?:quantity|unit_price|discount)" value="([^"]*)"', form_page)[:3] == ["1,5", "1234,5", "2,5"]
    values = {"line_concept": "Service", "line_quantity": "1,5", "line_unit_price": "1,234", "line_discount": "2,5", "line_taxes": "21"}
    version = re.search(r'name="version" value="(\d+)"', form_page)[1]
    sent = {**values, "version": version}
    assert as_user("admin").post(f"/invoices/{made['id']}/edit", data=sent, headers={"Accept-Language": "es"}).status_code == 302
    assert '<td class="num">1.234</td>' in as_user("admin").get(f"/invoices/{made['id']}", headers={"Accept-Language": "en"}).text
