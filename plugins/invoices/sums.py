"""What the lines of an invoice's form add up to, in words: as it opens and while somebody types, rounded as a save rounds."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from core import Invalid, record_type
from core.fields import Reading
from core.records import read_form
from core.web import money, number

from . import setup_values
from .lines import check_taxes, figures, parse_lines

NUMBERS = ("quantity", "unit_price", "discount")
COUNTED = ("currency", "discount_before", "irpf", "discount_concept", "concept_irpf")
"""The fields beside the lines that the sums depend on."""


def sums_of_form(
    rows: Sequence[Mapping[str, Any]], fields: Any, reading: Reading, kept: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """Amounts of the lines ("" where one can't be counted yet) and the totals under them, of a form as it stands; and as "wrong" the
    controls whose number a save would refuse, each with the save's words: {name, line (from 0, or None), text}.

    `fields` gives what stands in the other controls; `kept` are the taxes that the invoice was computed with before.
    """
    values, errors = read_form([f for f in record_type("invoices.invoice").fields if f.name in COUNTED], fields, reading)
    wrong: list[dict[str, Any]] = [{"name": name, "line": None, "text": str(said[0])} for name, said in errors.items()]
    counted = {n: line for n, row in enumerate(rows) if (line := _line(n, row, reading, kept, wrong)) is not None}
    currency = values.get("currency") or setup_values.currency()
    found = figures(
        list(counted.values()), discount_before=values.get("discount_before") or Decimal(0), irpf=values.get("irpf") or Decimal(0),
        currency=currency, kept=kept,
    )  # fmt: skip
    amounts = dict(zip(counted, found.line_amounts, strict=True))
    named = values.get("discount_concept"), values.get("concept_irpf")
    return {
        "lines": [money(amounts[n], currency) if n in amounts else "" for n in range(len(rows))],
        "totals": told(
            found, currency, (named[0], values.get("discount_before")), (named[1], values.get("irpf")),
            taxes=[(tax.name, tax.base, tax.amount) for tax in found.taxes],
        ),
        "wrong": wrong,
    }


def _line(
    n: int, row: Mapping[str, Any], reading: Reading, kept: Sequence[Mapping[str, Any]], wrong: list[dict[str, Any]]
) -> dict[str, Any] | None:
    if not str(row["concept"]).strip() and not str(row["unit_price"]).strip():
        return None  # an empty line is not saved either
    try:
        line = parse_lines([{**row, "concept": row["concept"] or "–"}], reading)
        check_taxes(line, kept)
    except Invalid as refused:
        said = {name: messages for name in NUMBERS if (messages := refused.errors.get(f"0.{name}"))}
        wrong += [{"name": f"line_{name}", "line": n, "text": str(messages[0])} for name, messages in said.items()]
        return None
    return line[0]


Part = tuple[str | None, Decimal | None]
"""What takes something off: the name that it was given, and its rate in per cent."""


def told(
    sums: Any, currency: str, discount: Part, withholding: Part, *, taxes: Sequence[tuple[str, Decimal, Decimal]]
) -> list[dict[str, Any]]:
    """The rows under the lines, from the sum to what is to be paid. `sums` has gross, discount, base, withholding and total."""
    rows = []
    if sums.discount:
        rows += [(_("Sum"), sums.gross), (_rated(discount, _("Discount")), -sums.discount)]
    rows.append((_("Base"), sums.base))
    rows += [(f"{name} · {money(base, currency)}", amount) for name, base, amount in taxes]
    if sums.withholding:
        rows.append((_rated(withholding, _("Withholding")), -sums.withholding))
    shown = [{"label": label, "value": money(value, currency), "sum": False} for label, value in rows]
    return [*shown, {"label": _("Total"), "value": money(sums.total, currency), "sum": True}]


def _rated(part: Part, usual: str) -> str:
    name, rate = part
    return f"{name or usual} {number(rate or Decimal(0))} %"
