"""One pass over a file before its rows are read: how many there are, what references they hold, how dates and numbers are written.

The order of days and the decimal sign belong to the column, not to the cell: one 20/01 settles all 03/04. Where the file doesn't tell,
it is asked; where it contradicts itself, the cells that don't fit become problems.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from core.fields import kinds
from core.fields.references import Ref

from .csv_layout import unguard
from .import_columns import Matched
from .import_options import Options, Problem

_DATE = re.compile(r"^(\d{1,4})[./-](\d{1,2})[./-](\d{1,4})(?:[ T].*)?$")
_ISO = re.compile(r"^\d{4}-\d{1,2}-\d{1,2}")


@dataclass(kw_only=True)
class Scan:
    """What one pass found. `raws`: position of a reference → the different texts in it. `day_order` and `decimal`: "" when not told.

    `lengths`: position of a text column → how many cells of digits alone have which length; `zeros`: of those, which begin with 0.
    """

    rows: int = 0
    last: int = 0
    raws: dict[int, set[str]] = field(default_factory=dict)
    day_order: str = ""
    decimal: str = ""
    lengths: dict[int, Counter[int]] = field(default_factory=dict)
    zeros: set[int] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)

    def seems_short(self, position: int, text: str) -> bool:
        """Whether a number-like text may have lost a leading zero: the others of its column are one longer, and some begin with 0."""
        lengths = self.lengths.get(position)
        if not lengths or position not in self.zeros or not text.isdigit():
            return False
        usual, times = lengths.most_common(1)[0]
        return len(text) == usual - 1 and times * 2 > lengths.total()


def scan(rows: Iterable[tuple[int, list[str]]], matched: Matched, options: Options, delimiter: str) -> Scan:
    """Pass once over the rows (their number, their cells) of a file."""
    out = Scan()
    dates, numbers, texts = [], [], []
    for position, column in enumerate(matched.columns):
        f = column.field if column is not None and column.written else None
        if f is None:
            continue
        if isinstance(f.kind, Ref):
            out.raws[position] = set()
        elif isinstance(f.kind, kinds.Date | kinds.Instant):
            dates.append(position)
        elif f.kind.numeric and not isinstance(f.kind, kinds.Integer):
            numbers.append(position)
        elif type(f.kind) in (kinds.Text, kinds.Phone):
            texts.append(position)
            out.lengths[position] = Counter()
    orders: Counter[str] = Counter()
    signs: Counter[str] = Counter()
    example = {"date": "", "number": ""}
    for number, row in rows:
        out.rows += 1
        out.last = number
        for position, found in out.raws.items():
            if row[position]:
                found.add(row[position])
        for position in dates:
            if (cell := row[position]) and not _ISO.match(cell):
                _date_evidence(cell.strip(), orders, example)
        for position in numbers:
            if cell := row[position]:
                _number_evidence(cell.strip(), signs, example)
        for position in texts:
            if (cell := row[position]).isdigit():
                out.lengths[position][len(cell)] += 1
                if cell[0] == "0":
                    out.zeros.add(position)
    out.day_order = options.day_order or _day_order(orders, example["date"], out)
    out.decimal = options.decimal or _decimal(signs, example["number"], out, matched, delimiter)
    return out


def _date_evidence(cell: str, orders: Counter[str], example: dict[str, str]) -> None:
    m = _DATE.match(unguard(cell))
    if m is None:
        return
    first, second = int(m[1]), int(m[2])
    if len(m[1]) > 2:
        orders["ymd"] += 1
    elif first > 12 and second <= 12:
        orders["dmy"] += 1
    elif second > 12 and first <= 12:
        orders["mdy"] += 1
    elif first <= 12:  # else no order makes it a date: it is told in its row, and says nothing of the others
        orders["?"] += 1
        example["date"] = example["date"] or cell


def _day_order(orders: Counter[str], example: str, out: Scan) -> str:
    told = [(n, o) for o, n in orders.items() if o != "?"]
    if told:
        most = max(n for n, _o in told)
        best = [o for n, o in told if n == most]
        if len(best) == 1:
            return best[0]
    elif not orders:
        return ""
    text = _("“%(value)s” can be read with the day or the month first. Say which order the file has.", value=example or "–")
    out.problems.append(Problem(row=0, kind="order", message=text))
    return ""


def _number_evidence(cell: str, signs: Counter[str], example: dict[str, str]) -> None:
    """Which sign must be the decimal one in this cell: the last of two, one that is no group of three, or one that stands after a 0."""
    comma, point = cell.rfind(","), cell.rfind(".")
    if comma < 0 and point < 0:
        return
    if comma >= 0 and point >= 0:
        signs["," if comma > point else "."] += 1
        return
    sign, other = (",", ".") if comma >= 0 else (".", ",")
    body = cell.lstrip("'+-")
    groups = body.split(sign)
    if len(groups) > 2:
        signs[other] += 1
    elif len(groups[1]) != 3 or groups[0] in ("", "0") or len(groups[0]) > 3:
        signs[sign] += 1
    else:
        signs[f"?{sign}"] += 1
        example["number"] = example["number"] or cell


def _decimal(signs: Counter[str], example: str, out: Scan, matched: Matched, delimiter: str) -> str:
    comma, point = signs[","], signs["."]
    if comma != point:
        return "," if comma > point else "."
    if matched.ours:  # our own files: a point with commas between cells, a comma with semicolons
        return "," if delimiter == ";" else "."
    if not comma and not (signs["?,"] or signs["?."]):
        return "."
    text = _("“%(value)s” can be read with the comma or the point as decimal sign. Say which one the file has.", value=example or "–")
    out.problems.append(Problem(row=0, kind="decimal", message=text))
    return "."


def fit(cells: list[str], width: int) -> list[str]:
    """A row as wide as the header: short ones are filled up, what stands beyond is cut off."""
    count = len(cells)
    return cells if count == width else cells[:width] if count > width else cells + [""] * (width - count)


def corrected(number: int, row: list[str], options: Options) -> list[str]:
    """A row with what somebody corrected in it; the file stays as it is."""
    out = list(row)
    for position, texts in options.replace.items():
        if (at := int(position)) < len(out) and out[at] in texts:
            out[at] = texts[out[at]]
    for position, text in options.cells.get(str(number), {}).items():
        if (at := int(position)) < len(out):
            out[at] = text
    return out


__all__: list[Any] = ["Scan", "corrected", "fit", "scan"]
