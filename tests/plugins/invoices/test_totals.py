"""What an invoice adds up to: cases from the trade, and what holds for every invoice."""

from dataclasses import replace
from decimal import Decimal as D

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from plugins.invoices.totals import Line, Tax, UnknownTax, compute_totals, round_money

TAXES = {name: Tax(name=name, rate=D(name)) for name in ("0", "4", "5", "5.2", "10", "20", "21", "25")}


def line(quantity: str, price: str, taxes: str = "", discount: str = "0") -> Line:
    names = tuple(name for name in taxes.split(",") if name)
    return Line(quantity=D(quantity), unit_price=D(price), discount=D(discount), taxes=names)


def figures(lines, **options) -> dict:
    """The totals as the cases write them: text with the currency's decimals, taxes by name."""
    totals = compute_totals(lines, taxes=TAXES, **options)
    named = {name: str(getattr(totals, name)) for name in ("gross", "discount", "base", "withholding", "total")}
    return named | {"taxes": {tax.name: str(tax.amount) for tax in totals.taxes}}


CASES = {
    "040 the tax is taken on the sum, not line by line": (
        [line("1", "10.01", "20")] * 3,
        {},
        {"gross": "30.03", "discount": "0.00", "base": "30.03", "taxes": {"20": "6.01"}, "withholding": "0.00", "total": "36.04"},
    ),
    "042 two taxes and a withholding on one base": (
        [line("1", "100.00", "21,5.2"), line("1", "0.03", "21,5.2")],
        {"irpf": D(15)},
        {
            "gross": "100.03",
            "discount": "0.00",
            "base": "100.03",
            "taxes": {"21": "21.01", "5.2": "5.20"},
            "withholding": "15.00",
            "total": "111.24",
        },
    ),
    "044 an invoice whose tax ends in half a cent": (
        [line("1", "100.50", "25")],
        {},
        {"gross": "100.50", "discount": "0.00", "base": "100.50", "taxes": {"25": "25.13"}, "withholding": "0.00", "total": "125.63"},
    ),
    "044 and its credit note": (
        [line("1", "-100.50", "25")],
        {},
        {"gross": "-100.50", "discount": "0.00", "base": "-100.50", "taxes": {"25": "-25.13"}, "withholding": "0.00", "total": "-125.63"},
    ),
    "046 a total of zero, with a free line": (
        [line("1", "45.00", "21"), line("1", "-45.00", "21"), line("1", "0.00", "21")],
        {},
        {"gross": "0.00", "discount": "0.00", "base": "0.00", "taxes": {"21": "0.00"}, "withholding": "0.00", "total": "0.00"},
    ),
    "048 a currency with three decimals": (
        [line("1", "12.345", "5"), line("1", "0.005", "5")],
        {"currency": "KWD"},
        {"gross": "12.350", "discount": "0.000", "base": "12.350", "taxes": {"5": "0.618"}, "withholding": "0.000", "total": "12.968"},
    ),
    "a currency without decimals": (
        [line("3", "333.5", "10")],
        {"currency": "JPY", "irpf": D(10)},
        {"gross": "1001", "discount": "0", "base": "1001", "taxes": {"10": "100"}, "withholding": "100", "total": "1001"},
    ),
    "quantity, discount and withholding together": (
        [line("3", "33.335", "21")],
        {"discount_before": D(10), "irpf": D(15)},
        {"gross": "100.01", "discount": "10.00", "base": "90.01", "taxes": {"21": "18.90"}, "withholding": "13.50", "total": "95.41"},
    ),
    "a discount of a line": (
        [line("2", "50", "21", discount="12.5")],
        {},
        {"gross": "87.50", "discount": "0.00", "base": "87.50", "taxes": {"21": "18.38"}, "withholding": "0.00", "total": "105.88"},
    ),
    "lines without tax": (
        [line("1", "10"), line("1", "10", "0")],
        {},
        {"gross": "20.00", "discount": "0.00", "base": "20.00", "taxes": {"0": "0.00"}, "withholding": "0.00", "total": "20.00"},
    ),
    "no line at all": (
        [],
        {},
        {"gross": "0.00", "discount": "0.00", "base": "0.00", "taxes": {}, "withholding": "0.00", "total": "0.00"},
    ),
}


@pytest.mark.parametrize(("lines", "options", "expected"), CASES.values(), ids=CASES)
def test_the_figures_are_those_of_the_case(lines, options, expected):
    assert figures(lines, **options) == expected


def test_what_rounding_misses_goes_to_the_largest_group():
    # 10 % off 0.05 and 0.15 gives 0.045 → 0.05 and 0.135 → 0.14: one cent more than the base of 0.18
    totals = compute_totals([line("1", "0.05", "4"), line("1", "0.15", "21")], taxes=TAXES, discount_before=D(10))
    assert totals.base == D("0.18")
    assert [tax.base for tax in totals.taxes] == [D("0.05"), D("0.13")]


def test_at_a_tie_the_first_group_takes_what_is_missing():
    totals = compute_totals([line("1", "0.05", "4"), line("1", "0.05", "21")], taxes=TAXES, discount_before=D(10))
    assert totals.base == D("0.09")
    assert [tax.base for tax in totals.taxes] == [D("0.04"), D("0.05")]


def test_the_order_of_a_lines_taxes_makes_no_group_of_its_own():
    apart = compute_totals([line("1", "0.05", "21,5.2"), line("1", "0.15", "5.2,21")], taxes=TAXES, discount_before=D(10))
    assert {tax.base for tax in apart.taxes} == {apart.base}


def test_a_tax_of_several_groups_is_taken_on_their_sum():
    totals = compute_totals([line("1", "10.01", "20"), line("1", "10.01", "20,5"), line("1", "10.01", "20")], taxes=TAXES)
    assert [(tax.name, tax.base, tax.amount) for tax in totals.taxes] == [("20", D("30.03"), D("6.01")), ("5", D("10.01"), D("0.50"))]


def test_the_amount_of_each_line_is_given_in_order():
    totals = compute_totals([line("3", "33.335"), line("-1", "0.005")], taxes=TAXES)
    assert totals.line_amounts == (D("100.01"), D("-0.01"))


def test_long_numbers_are_rounded_once():
    # 28 digits, Python's default precision, would round the product before we do
    totals = compute_totals([line("999999999999.999999", "1.000001")], taxes=TAXES)
    assert totals.gross == D("1000000999999.999999").quantize(D("0.01"))


def test_a_tax_that_does_not_exist_is_named():
    with pytest.raises(UnknownTax, match="IGIC"):
        compute_totals([line("1", "1", "IGIC")], taxes=TAXES)


@pytest.mark.parametrize(
    ("amount", "currency", "rounded"),
    [("0.005", "EUR", "0.01"), ("-0.005", "EUR", "-0.01"), ("-0.004", "EUR", "0.00"), ("0.5", "JPY", "1"), ("1.0005", "KWD", "1.001")],
)
def test_money_is_rounded_half_away_from_zero(amount, currency, rounded):
    assert str(round_money(D(amount), currency)) == rounded


micros = st.decimals("-99999.999999", "99999.999999", places=6)
percents = st.decimals(0, 100, places=2)
one_tax = st.sampled_from(list(TAXES)).map(lambda name: (name,))
any_taxes = st.lists(st.sampled_from(list(TAXES)), max_size=3, unique=True).map(tuple)


def invoices(taxes):
    lines = st.builds(Line, quantity=micros, unit_price=micros, discount=percents, taxes=taxes)
    options = st.fixed_dictionaries(
        {"discount_before": percents, "irpf": percents, "currency": st.sampled_from(["EUR", "JPY", "KWD", "CLF"])},
    )
    return st.tuples(st.lists(lines, max_size=8), options)


@given(invoices(any_taxes))
def test_what_is_printed_adds_up(invoice):
    lines, options = invoice
    totals = compute_totals(lines, taxes=TAXES, **options)
    assert sum(totals.line_amounts) == totals.gross
    assert totals.gross - totals.discount == totals.base
    assert totals.base + sum(tax.amount for tax in totals.taxes) - totals.withholding == totals.total


@given(invoices(one_tax))
@example(([line("1", "0.05", "4"), line("1", "0.05", "21"), line("1", "0.05", "10")], {"discount_before": D(10)}))
def test_with_one_tax_a_line_the_taxes_bases_are_the_base(invoice):
    lines, options = invoice
    totals = compute_totals(lines, taxes=TAXES, **options)
    assert sum(tax.base for tax in totals.taxes) == totals.base


@given(invoices(any_taxes))
@example(([line("1", "0.05", "4"), line("1", "0.05", "21")], {"discount_before": D(10)}))
def test_a_credit_note_is_the_mirror_of_its_invoice(invoice):
    lines, options = invoice
    totals = compute_totals(lines, taxes=TAXES, **options)
    credit = compute_totals([replace(line, unit_price=-line.unit_price) for line in lines], taxes=TAXES, **options)
    for name in ("gross", "discount", "base", "withholding", "total"):
        assert getattr(totals, name) + getattr(credit, name) == 0
    for tax, mirrored in zip(totals.taxes, credit.taxes, strict=True):
        assert (tax.base + mirrored.base, tax.amount + mirrored.amount) == (0, 0)


@given(invoices(any_taxes))
def test_each_figure_has_the_currencys_decimals_and_is_never_minus_zero(invoice):
    lines, options = invoice
    totals = compute_totals(lines, taxes=TAXES, **options)
    decimals = {"EUR": 2, "JPY": 0, "KWD": 3, "CLF": 4}[options["currency"]]
    printed = [totals.gross, totals.discount, totals.base, totals.withholding, totals.total, *totals.line_amounts]
    for figure in [*printed, *(tax.base for tax in totals.taxes), *(tax.amount for tax in totals.taxes)]:
        assert figure.as_tuple().exponent == -decimals
        assert not (figure == 0 and figure.is_signed())
