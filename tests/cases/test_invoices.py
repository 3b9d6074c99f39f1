"""Cases from the trade about numbers and totals of invoices: the form, REST, CSV, the page and the PDF say the same figures.

A check holds an `invoice` (lines of quantity, price and rates; `irpf`, `discount`, `currency`, `concepts`) with its `figures`, or `numbers`:
a pattern, what is issued, received and typed by hand.
"""

import csv
import io
import re
from decimal import Decimal

import pytest

from .play import held, pdf_pages, visible
from .read import checks

DAY = "2025-06-02"
FIGURES = ("gross", "discount", "base", "withholding", "total")


class Bills:
    """Invoices as an administrator makes them on pages."""

    def __init__(self, play):
        self.play = play

    def setup(self, **values):
        """Save Setup's page with these values in place of what stands there."""
        now = held(self.send("get", "/invoices/setup").text, "invoice_id_pattern")
        answer = self.send("post", "/invoices/setup", form={**now, **values})
        assert answer.status_code == 302, visible(answer.text)[:1000]

    def taxes(self, rates):
        self.setup(tax_name=rates, tax_rate=rates, tax_category=["S"] * len(rates), tax_default=[])

    def send(self, method, path, **more):
        return self.play.send(method, {method: path, "as": "admin", **more})

    def post(self, lines=(("1", "1.00", ""),), concepts=(), **values):
        """Post the form of a new invoice."""
        names = [*concepts, *(f"Concept {n}" for n in range(len(concepts), len(lines)))]
        form = {
            "company_id": "2", "invoice_create_date": DAY, "status": "pending", "invoice_type": "Submitted", "currency": "EUR", **values,
            "line_concept": names, "line_quantity": [row[0] for row in lines], "line_unit_price": [row[1] for row in lines],
            "line_discount": [row[3] if len(row) > 3 else "0" for row in lines],
            "line_taxes": [row[2].replace(",", "\n") for row in lines],
        }  # fmt: skip
        return self.send("post", "/invoices/new", form=form)

    def make(self, **values):
        """The invoice that a posted form made, as REST gives it."""
        answer = self.post(**values)
        assert answer.status_code == 302, visible(answer.text)[:1500]
        return self.read(int(answer.location.rpartition("/")[2]))

    def read(self, invoice_id):
        return self.send("get", f"/api/v1/invoices/{invoice_id}").json

    def rows(self):
        return {int(row["id"]): row for row in csv.DictReader(io.StringIO(self.send("get", "/invoices/export.csv").text))}


@pytest.fixture
def bills(play):
    return Bills(play)


@pytest.mark.parametrize("checks", [pytest.param(p.values, id=p.id) for p in checks("invoice-numbers-and-totals", need="figures")])
def test_the_figures_are_the_same_to_the_last_unit_everywhere(checks, bills):
    (check,) = checks
    asked = dict(check["invoice"])
    bills.taxes(sorted({rate for row in asked["lines"] for rate in row[2].split(",") if rate}))
    if "discount" in asked:
        asked["discount_before"] = asked.pop("discount")
    invoice, figures = bills.make(**asked), check["figures"]
    assert {name: invoice[name] for name in FIGURES} == {name: figures[name] for name in FIGURES}
    assert {tax["name"]: tax["amount"] for tax in invoice["taxes"]} == figures["taxes"]
    row = bills.rows()[invoice["id"]]
    assert [Decimal(row[name]) for name in FIGURES] == [Decimal(figures[name]) for name in FIGURES]
    assert Decimal(row["base"]) + Decimal(row["taxes"]) - Decimal(row["withholding"]) == Decimal(row["total"])
    page = visible(bills.send("get", f"/invoices/{invoice['id']}").text)
    paper = "\n".join(pdf_pages(bills.send("get", f"/invoices/{invoice['id']}/pdf").data))
    for shown in (page, paper):
        digits = re.sub(r"(?<=\d),(?=\d{3}\b)", "", shown)  # thousands
        for figure in (figures["base"], figures["total"], *figures["taxes"].values()):
            assert re.search(rf"[−-]?\D?{re.escape(figure.lstrip('-'))}(?!\d)", digits), (figure, shown)
        assert not re.search(r"[−-]\D?0[.,]0+(?!\d)", shown), shown
        for text in [*check.get("pdf", []), *asked.get("concepts", [])]:
            assert text in shown


@pytest.mark.parametrize("check", checks("invoice-numbers-and-totals", need="numbers"))
def test_numbers_are_given_as_the_pattern_says(check, bills):
    for step in check["numbers"]:
        if "pattern" in step:
            bills.setup(invoice_id_pattern=step["pattern"], invoice_id_exceptions="\n".join(step.get("skip", [])), invoice_auto_id="1")
        for number in step.get("issue", []):
            assert bills.make()["bill_id"] == number
        if "receive" in step:
            made = bills.make(invoice_type="Received", bill_id=step["receive"], company_id=str(step["company"]))
            assert made["bill_id"] == step["receive"]
        if "typed" in step:
            answer = bills.post(bill_id=step["typed"])
            assert answer.status_code == (422 if step.get("refused") else 302), visible(answer.text)[:1500]
            if step.get("refused"):
                field = re.search(r'<input[^>]*\bname="bill_id"[^>]*>', answer.text)
                assert 'aria-invalid="true"' in field[0]
                assert f'value="{step["typed"]}"' in field[0]
                assert "Concept 0" in answer.text


@pytest.mark.parametrize("wanted", [pytest.param(p.values, id=p.id) for p in checks("invoice-numbers-and-totals", need="sum_of_totals")])
def test_an_invoice_and_its_mirror_leave_nothing(wanted, bills, request):
    (check,) = wanted
    case = request.node.callspec.id.rpartition("-")[0]
    pair = [p.values[0]["invoice"] for p in checks("invoice-numbers-and-totals", need="figures") if p.id.startswith(f"{case}-")]
    bills.taxes(sorted({rate for asked in pair for row in asked["lines"] for rate in row[2].split(",") if rate}))
    made = [bills.make(**asked) for asked in pair]
    rows = bills.rows()
    assert sum(Decimal(rows[m["id"]]["total"]) for m in made) == Decimal(check["sum_of_totals"])
    company = bills.send("get", "/companies/export.csv").text
    assert [row["billing"] for row in csv.DictReader(io.StringIO(company)) if row["name"] == "Customer #A"] == [check["sum_of_totals"]]
