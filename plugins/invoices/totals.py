"""What an invoice adds up to. Pure: page, PDF, CSV, REST and e-invoice all take their figures from here.

Every figure is rounded half away from zero to the currency's decimals at the place where it is printed, and the total is the sum of
the printed figures. So what is printed adds up, and a credit note is the exact mirror of its invoice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext

from babel.numbers import get_currency_precision
from flask_babel import gettext as _

# Amounts come with up to 6 decimals and 13 digits before them, percentages with 6: no product below may be rounded on the way.
_EXACT = Context(prec=100, rounding=ROUND_HALF_UP)
_HUNDRED = Decimal(100)
_ZERO = Decimal(0)


class UnknownTax(LookupError):
    """A line names a tax that is not among those given."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of an invoice: `quantity` × `unit_price`, less `discount` per cent, with the taxes of these names."""

    unit_price: Decimal
    quantity: Decimal = Decimal(1)
    discount: Decimal = _ZERO
    taxes: tuple[str, ...] = ()
    concept: str = ""


@dataclass(frozen=True, kw_only=True)
class Tax:
    """A tax of Setup: its name, its rate in per cent, its category by EN 16931 (S standard, Z zero rated, E exempt …)."""

    name: str
    rate: Decimal
    category: str = "S"


@dataclass(frozen=True, kw_only=True)
class TaxAmount:
    """What one tax comes to: `amount` = `base` × `rate` per cent."""

    name: str
    rate: Decimal
    base: Decimal
    amount: Decimal


@dataclass(frozen=True, kw_only=True)
class Totals:
    """The figures of an invoice, each with as many decimals as the currency has; total = base + Σ taxes − withholding."""

    gross: Decimal
    discount: Decimal
    base: Decimal
    taxes: tuple[TaxAmount, ...]
    withholding: Decimal
    total: Decimal
    line_amounts: tuple[Decimal, ...]


def round_money(amount: Decimal, currency: str) -> Decimal:
    """`amount` to the decimals that `currency` has (by CLDR: EUR 2, JPY 0, KWD 3), half away from zero, never -0.00."""
    with localcontext(_EXACT):
        return _round(amount, get_currency_precision(currency))


def compute_totals(
    lines: Sequence[Line],
    *,
    taxes: Mapping[str, Tax],
    discount_before: Decimal = _ZERO,
    irpf: Decimal = _ZERO,
    currency: str = "EUR",
) -> Totals:
    """The figures of an invoice with these lines.

    `taxes` holds the taxes by name, `discount_before` is the per cent taken off before taxes, `irpf` the per cent of the base that
    the customer withholds, `currency` an ISO 4217 code. Taxes come in the order in which the lines first name them.
    Raises UnknownTax for a line whose tax is not among `taxes`.
    """
    digits = get_currency_precision(currency)
    with localcontext(_EXACT):
        amounts = tuple(_round(line.quantity * line.unit_price * _share(_HUNDRED - line.discount), digits) for line in lines)
        gross = _round(sum(amounts, _ZERO), digits)
        discount = _round(gross * _share(discount_before), digits)
        base = gross - discount
        groups = _group_bases(lines, amounts, _share(_HUNDRED - discount_before), base, digits)
        tax_amounts = tuple(_tax_amounts(lines, groups, taxes, digits))
        withholding = _round(base * _share(irpf), digits)
        total = base + sum((tax.amount for tax in tax_amounts), _ZERO) - withholding
    return Totals(
        gross=gross,
        discount=discount,
        base=base,
        taxes=tax_amounts,
        withholding=withholding,
        total=total,
        line_amounts=amounts,
    )


def _group_bases(
    lines: Sequence[Line], amounts: Sequence[Decimal], kept: Decimal, base: Decimal, digits: int
) -> dict[frozenset[str], Decimal]:
    """The base of each set of taxes; together they are exactly `base`.

    Rounding group by group can miss `base` by a few units. They go whole to the group with the largest absolute base, at a tie the
    first: there they weigh least, and a credit note, all of whose bases are negative, gets them at the same place.
    """
    sums: dict[frozenset[str], Decimal] = {}
    for line, amount in zip(lines, amounts, strict=True):
        group = frozenset(line.taxes)
        sums[group] = sums.get(group, _ZERO) + amount
    bases = {group: _round(amount * kept, digits) for group, amount in sums.items()}
    if bases:
        largest = max(bases, key=lambda group: abs(bases[group]))
        bases[largest] += base - sum(bases.values(), _ZERO)
    return bases


def _tax_amounts(
    lines: Sequence[Line], groups: Mapping[frozenset[str], Decimal], taxes: Mapping[str, Tax], digits: int
) -> Sequence[TaxAmount]:
    names = dict.fromkeys(name for line in lines for name in line.taxes)
    found = []
    for name in names:
        if name not in taxes:
            raise UnknownTax(_("There is no tax named %(name)s. Choose one of Setup → CRM → Invoices.", name=name))
        tax = taxes[name]
        base = sum((amount for group, amount in groups.items() if name in group), _ZERO)
        found.append(TaxAmount(name=tax.name, rate=tax.rate, base=base, amount=_round(base * _share(tax.rate), digits)))
    return found


def _share(percent: Decimal) -> Decimal:
    return percent / _HUNDRED


def _round(amount: Decimal, digits: int) -> Decimal:
    """Half away from zero, to `digits` decimals. Adding zero turns -0.00 into 0.00."""
    return amount.quantize(Decimal(1).scaleb(-digits)) + _ZERO
