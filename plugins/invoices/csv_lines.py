"""CSV out with one row for each line of an invoice (`?lines=1`): the invoice's columns, then the line's."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from core import db
from core.records import More, guard

from .lines import figures
from .models import Invoice

HEADERS = ("line", "concept", "quantity", "unit", "unit_price", "line_discount", "line_taxes", "line_amount")


def line_cells(ids: Sequence[int]) -> Mapping[int, Sequence[Sequence[str]]]:
    """Invoice id → the cells of each of its lines, counted from 1. One statement."""
    columns = (Invoice.id, Invoice.lines, Invoice.taxes, Invoice.discount_before, Invoice.irpf, Invoice.currency)
    out = {}
    for row in db.session.execute(select(*columns).where(Invoice.id.in_(ids))):
        amounts = figures(row.lines, discount_before=row.discount_before, irpf=row.irpf, currency=row.currency, kept=row.taxes).line_amounts
        out[row.id] = [
            (
                str(n), guard(line["concept"]), line["quantity"], guard(line["unit"]), line["unit_price"], line["discount"],
                guard(", ".join(line["taxes"])), str(amount),
            )
            for n, (line, amount) in enumerate(zip(row.lines, amounts, strict=True), 1)
        ]  # fmt: skip
    return out


LINE_CELLS = More(headers=HEADERS, rows=line_cells, numeric=frozenset({2, 4, 5, 7}))
