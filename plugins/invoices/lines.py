"""Lines of an invoice: from a form's columns or REST's list to checked values, and from there to figures."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l

from core import Invalid
from core.fields import Reading, kinds

from . import setup_values
from .totals import Line, Tax, Totals, compute_totals

MOST = 2000
_CONCEPT = kinds.Multiline(max_length=2000)
_NUMBER = kinds.Number(places=6, maximum=Decimal("999999999"))
_PERCENT = kinds.Number(places=6, minimum=Decimal(0), maximum=Decimal(100))
_UNIT = kinds.Text(max_length=3)
UNIT = "C62"
"""The unit of a line that names none: one (UN/ECE recommendation 20)."""
COLUMNS = ("concept", "quantity", "unit", "unit_price", "discount", "taxes")


def parse_lines(raw: Any, reading: Reading) -> list[dict[str, Any]]:
    """Checked lines as they are stored: numbers as decimal strings, taxes as names.

    `raw` is a list of objects with concept, quantity (1), unit (C62), unit_price, discount (0, per cent), taxes (names; default: the
    default ones). Raises Invalid with keys such as `2.quantity`, lines counted from 0.
    """
    if not isinstance(raw, list) or len(raw) > MOST:
        raise Invalid({"": _l("Give a list of up to %(n)s lines.", n=MOST)})
    errors: dict[str, Any] = {}
    out = []
    for n, item in enumerate(raw):
        if not isinstance(item, Mapping):
            errors[str(n)] = [_l("A line is an object with concept, quantity, unit_price, discount and taxes.")]
            continue
        for name in item:
            if name not in COLUMNS and name != "amount":
                errors[f"{n}.{name}"] = [_l("A line has no “%(name)s”: it has %(known)s.", name=str(name)[:40], known=", ".join(COLUMNS))]
        line = _line(n, item, reading, errors)
        out.append(line)
    if errors:
        raise Invalid(errors)
    return out


def _line(n: int, item: Mapping[str, Any], reading: Reading, errors: dict[str, Any]) -> dict[str, Any]:
    def value(name: str, kind: Any, default: Any) -> Any:
        try:
            parsed = kind.parse(item.get(name), reading)
        except Invalid as refused:
            errors[f"{n}.{name}"] = next(iter(refused.errors.values()))
            return default
        return default if parsed is None else parsed

    concept = value("concept", _CONCEPT, None)
    if concept is None and f"{n}.concept" not in errors:
        errors[f"{n}.concept"] = [_l("Say what this line is for.")]
    price = value("unit_price", _NUMBER, None)
    if price is None and f"{n}.unit_price" not in errors:
        if reading.source == "form":
            price = Decimal(0)
        else:
            errors[f"{n}.unit_price"] = [_l("This is needed.")]
    names = item.get("taxes", None)
    if names is None:
        names = setup_values.default_taxes()
    if isinstance(names, str):
        names = [part for part in names.split("\n") if part]
    if not isinstance(names, Sequence) or not all(isinstance(x, str) for x in names):
        errors[f"{n}.taxes"] = [_l("Give a list of names of taxes.")]
        names = []
    return {
        "concept": concept or "",
        "quantity": kinds.plain_decimal(value("quantity", _NUMBER, Decimal(1))),
        "unit": value("unit", _UNIT, UNIT),
        "unit_price": kinds.plain_decimal(price if price is not None else Decimal(0)),
        "discount": kinds.plain_decimal(value("discount", _PERCENT, Decimal(0))),
        "taxes": list(dict.fromkeys(names)),
    }


def check_taxes(lines: Sequence[Mapping[str, Any]], kept: Sequence[Mapping[str, Any]] = ()) -> None:
    """Every tax of the lines is one of Setup, or one that the invoice has already (`kept`). Raises Invalid with keys as `2.taxes`."""
    known = [*setup_values.taxes(), *(row["name"] for row in kept)]
    errors = {}
    for n, line in enumerate(lines):
        if unknown := [x for x in line["taxes"] if x not in known]:
            words = ", ".join(dict.fromkeys(known))
            errors[f"lines.{n}.taxes"] = [_l("There is no tax “%(name)s”. Setup has: %(known)s.", name=unknown[0][:60], known=words)]
    if errors:
        raise Invalid(errors)


def lines_of_form(posted: Any, *, every: bool = False) -> list[dict[str, Any]]:
    """The lines of a posted form: one column per field, read in order; wholly empty rows are left out, unless `every` one is asked."""
    columns = {name: posted.getlist(f"line_{name}") for name in COLUMNS}
    rows = []
    for n in range(max((len(c) for c in columns.values()), default=0)):
        row = {name: (cells[n] if n < len(cells) else "") for name, cells in columns.items()}
        if every or row["concept"].strip() or row["unit_price"].strip():
            rows.append({**row, "taxes": [t for t in row["taxes"].split("\n") if t]})
    return rows


def as_lines(stored: Sequence[Mapping[str, Any]]) -> list[Line]:
    """Stored lines as `totals.Line`."""
    return [
        Line(
            concept=row["concept"],
            quantity=Decimal(row["quantity"]),
            unit_price=Decimal(row["unit_price"]),
            discount=Decimal(row["discount"]),
            taxes=tuple(row["taxes"]),
        )
        for row in stored
    ]


def figures(
    stored: Sequence[Mapping[str, Any]], *, discount_before: Decimal, irpf: Decimal, currency: str, kept: Sequence[Any] = ()
) -> Totals:
    """What an invoice with these stored lines adds up to. `kept` are the taxes that it was computed with before: a tax that was renamed
    or removed in Setup since goes on counting on the invoices that have it."""
    known = {row["name"]: Tax(name=row["name"], rate=Decimal(row["rate"])) for row in kept} | setup_values.taxes()
    return compute_totals(as_lines(stored), taxes=known, discount_before=discount_before, irpf=irpf, currency=currency)
