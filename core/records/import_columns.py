"""Which column of a file is which field: by the header, or, where there is none, by the order of the manual's layout.

A file without a header may also come in the shape of the manual's list of fields, which lacks some columns. Which of the two it is is told
by which cells can be read, is said, and can be changed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from flask_babel import gettext as _

from core.fields import Invalid, Reading
from core.fields.references import Ref

from .csv_layout import Column, columns, custom_columns, normal_header
from .csv_read import width_of
from .import_options import Options, Problem
from .record_type import RecordType

REASON = "reason"
"""The column that refused rows come back with; sent in again, it is left out."""
_DATA = re.compile(r"^[\d.,/:+ -]+$|@|^\d{4}-\d\d-\d\d")


@dataclass(kw_only=True)
class Matched:
    """The columns of a file: what stands over each, which column of the record type it is (None: left out), what is wrong with them.

    `ours`: the header is exactly one that we write. `layout`: of a file without a header, "manual" or "list".
    """

    headers: list[str]
    columns: list[Column | None]
    header: bool
    layout: str = ""
    ours: bool = False
    problems: list[Problem] = field(default_factory=list)

    def position(self, name: str) -> int | None:
        """Where the column of a field stands."""
        return next((n for n, c in enumerate(self.columns) if c is not None and c.name == name), None)


def known_columns(rt: RecordType) -> dict[str, Column]:
    """The columns that a header can name, by its normal form: their CSV name, the field's name, its label."""
    full = columns(rt, "full")
    out: dict[str, Column] = {}
    for text in (lambda c: str(c.label), lambda c: c.name, lambda c: c.header):
        out |= {normal_header(text(c)): c for c in full if text(c)}
    return out


def match_columns(rt: RecordType, sample: Sequence[list[str]], options: Options, reading: Reading) -> Matched:
    """The columns of the file whose first records are `sample`. Raises Unreadable for a header that is too wide."""
    first = sample[0] if sample else []
    known = known_columns(rt)
    header = _is_header(rt, first, known) if options.header is None else options.header
    found = _by_header(rt, first, known) if header else _by_order(rt, sample, options, reading)
    by_name = {c.name: c for c in columns(rt, "full")} | {c.name: c for c in found.columns if c is not None}
    for n in range(len(found.columns)):
        if (chosen := options.mapping.get(str(n))) is not None:
            found.columns[n] = by_name.get(chosen)
    _name_faults(rt, found, options, sample[1:] if header else sample)
    return found


def _is_header(rt: RecordType, first: list[str], known: Mapping[str, Column]) -> bool:
    cells = [c for c in first if c.strip()]
    hits = [known[n] for c in cells if (n := normal_header(c)) in known]
    if len(hits) >= 2 or any(c.name == rt.title for c in hits):
        return True
    return not any(_DATA.search(c.strip()) for c in cells)


def _by_header(rt: RecordType, first: list[str], known: Mapping[str, Column]) -> Matched:
    width = width_of(first)
    names = [cell.strip().lstrip("\ufeff") for cell in first[:width]]
    exact = [[c.header for c in columns(rt, layout)] for layout in ("manual", "full")]
    return Matched(
        headers=[name or _("column %(n)s", n=n) for n, name in enumerate(names, 1)],
        columns=[known.get(normal_header(name)) if name else None for name in names], header=True, ours=names in exact,
    )  # fmt: skip


def _by_order(rt: RecordType, sample: Sequence[list[str]], options: Options, reading: Reading) -> Matched:
    width = max((width_of(row) for row in sample), default=0)
    shapes = {"manual": _shape(rt, ()), "list": _shape(rt, rt.csv_left_out)}
    if options.layout in shapes:
        layout = options.layout
    elif not rt.csv_left_out:
        layout = "manual"
    else:
        cells = max((len(row) for row in sample), default=0)  # empty ones at the end count: who writes them means their columns
        layout = min(
            shapes,
            key=lambda name: (_misfits(shapes[name], sample, width, reading), len(shapes[name]) != cells, name != "manual"),
        )
    chosen: list[Column | None] = [*shapes[layout][:width], *[None] * (width - len(shapes[layout]))]
    headers = [c.header if c else _("column %(n)s", n=n) for n, c in enumerate(chosen, 1)]
    return Matched(headers=headers, columns=chosen, header=False, layout=layout)


def _shape(rt: RecordType, left_out: Iterable[str]) -> list[Column]:
    """The columns of a file without a header: the declared ones, then the fields of the row's own type in their order."""
    custom = {c.name for c in custom_columns(rt)}
    declared = [c for c in columns(rt) if c.name not in custom and c.header not in left_out]
    by_type: dict[object, list] = {}
    for c in custom_columns(rt):
        for f in c.fields:
            for type_id in f.type_ids or (None,):
                by_type.setdefault(type_id, []).append(f)
    shared = by_type.pop(None, [])
    rows = [[*shared, *own] for own in by_type.values()] or [shared]
    extra = []
    for n in range(max(len(row) for row in rows)):
        fields = tuple(dict.fromkeys(row[n] for row in rows if n < len(row)))
        extra.append(
            Column(
                header=" / ".join(dict.fromkeys(str(f.label) for f in fields)), name=fields[0].name, label=fields[0].label, fields=fields
            )
        )
    return declared + extra


def _misfits(shape: Sequence[Column], sample: Sequence[list[str]], width: int, reading: Reading) -> int:
    """How many cells of the first rows can't be what this shape says, and how far its width is off."""
    wrong = max(0, width - len(shape)) * len(sample)
    for row in sample:
        for column, cell in zip(shape, row, strict=False):
            f = column.field
            if f is None or not cell.strip() or isinstance(f.kind, Ref):
                continue
            try:
                f.kind.parse(cell, reading)
            except Invalid:
                wrong += 1
    return wrong


def _name_faults(rt: RecordType, found: Matched, options: Options, sample: Sequence[list[str]]) -> None:
    places: dict[str, list[int]] = {}
    for n, column in enumerate(found.columns):
        if column is not None:
            places.setdefault(column.name, []).append(n)
    for positions in places.values():
        if len(positions) > 1:
            message = _(
                "Columns %(positions)s both mean “%(name)s”. Choose one of them, or rename one.",
                positions=_("%(some)s and %(last)s", some=", ".join(str(n + 1) for n in positions[:-1]), last=positions[-1] + 1),
                name=found.headers[positions[0]],
            )
            found.problems.append(
                Problem(row=1, kind="double", message=message, position=positions[-1], column=found.headers[positions[0]])
            )
    title = rt.field(rt.title)
    if title.name not in places and not (options.match and options.match != title.name and options.duplicates == "update"):
        message = _("There is no column “%(name)s”. Match one of the file's columns to it.", name=title.csv or title.name)
        found.problems.append(Problem(row=1, kind="no column", message=message, column=title.csv or title.name))
    for n, column in enumerate(found.columns):
        chosen = str(n) in options.mapping
        if column is None and not chosen and normal_header(found.headers[n]) != REASON:
            text = _("No field is called “%(name)s”; the column is left out.", name=found.headers[n])
            found.problems.append(Problem(row=1, kind="unknown", message=text, position=n, column=found.headers[n], bad=False))
        elif column is not None and column.fields and not column.written and any(n < len(row) and row[n].strip() for row in sample):
            text = _("The column is computed here; what the file says is not taken over.")
            found.problems.append(Problem(row=1, kind="computed", message=text, position=n, column=found.headers[n], bad=False))
    if not found.header:
        words = {"manual": _("in the order of the manual's header"), "list": _("in the order of the manual's list of fields")}[found.layout]
        found.problems.append(
            Problem(row=1, kind="layout", message=_("The file has no header; it is read %(order)s.", order=words), bad=False)
        )


__all__ = ["REASON", "Matched", "known_columns", "match_columns"]
