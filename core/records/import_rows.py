"""One row of a file as values: cells through the kinds' one `parse`, references through what was resolved before, by the row's own type."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from core.custom_fields.definitions import fields_of_type
from core.custom_fields.kinds import Linked
from core.fields import Field, Invalid, Reading, kinds
from core.fields.references import Ref, Refs

from .csv_layout import Column, by_type, unguard
from .import_columns import Matched
from .import_options import MOST_REMARKS, Problem
from .import_refs import Missing, Resolved, Several
from .import_scan import Scan
from .record_type import RecordType
from .services import writable_fields

KEPT = 4096
"""Different texts of a column whose value is remembered: files repeat themselves."""
_DAMAGED = re.compile(r"^[+-]?\d([.,]\d+)?E[+-]?\d+$", re.I)
Read = Callable[[str], Any]


@dataclass(frozen=True, kw_only=True)
class TypePlan:
    """What a new record of one type needs: required fields, defaults, whether linked lists must be checked, its field per column."""

    required: tuple[Field, ...]
    defaults: tuple[Field, ...]
    linked: bool
    fields: Mapping[int, Field]
    cells: tuple[tuple[int, Field | None, Read | None], ...]
    """(position, field, the function that reads its cells) of each column that goes into records; None for what this type does not have."""


@dataclass(kw_only=True)
class RowReader:
    """Reads the rows of one file. `positions` are the columns whose cells go into records, that of the type first."""

    rt: RecordType
    matched: Matched
    reading: Reading
    scan: Scan
    resolved: Mapping[int, Resolved]
    problems: list[Problem]
    positions: list[int] = field(default_factory=list)
    faults: int = 0
    remarks: int = 0
    _plans: dict[Any, TypePlan] = field(default_factory=dict)
    _readers: dict[tuple[int, str], Read] = field(default_factory=dict)

    def __post_init__(self) -> None:
        written = [n for n, c in enumerate(self.matched.columns) if c is not None and c.written]
        type_name = self.type_attribute
        self.positions = sorted(written, key=lambda n: self.matched.columns[n].name != type_name)  # type: ignore[union-attr]

    @property
    def type_attribute(self) -> str | None:
        """The field that tells a record's type."""
        return self.rt.custom.type_attribute if self.rt.custom else None

    def plan(self, type_id: Any) -> TypePlan:
        """What holds for new records of a type."""
        if type_id not in self._plans:
            fields = writable_fields(self.rt, type_id)
            mine = {}
            for n in self.positions:
                column = self.matched.columns[n]
                assert column is not None
                if (f := by_type(column, type_id)) is not None:
                    mine[n] = f
            own = fields_of_type(self.rt.name, type_id) if self.rt.custom else ()
            self._plans[type_id] = TypePlan(
                required=tuple(f for f in fields if f.required), defaults=tuple(f for f in fields if f.default is not None),
                linked=any(isinstance(f.kind, Linked) and f.kind.parent for f in own), fields=mine,
                cells=tuple((n, f, self.read(n, f) if f is not None else None) for n in self.positions for f in (mine.get(n),)),
            )  # fmt: skip
        return self._plans[type_id]

    def read(self, position: int, f: Field) -> Read:
        """The function that reads a column's cells as values of a field. It raises Invalid, and Remark with a value that can be used."""
        key = (position, f.name)
        if key not in self._readers:
            self._readers[key] = self._reader(position, f)
        return self._readers[key]

    def value(self, number: int, position: int, f: Field, cell: str) -> tuple[bool, Any]:
        """(whether it could be read, the value) of a cell; what is wrong with it is noted."""
        try:
            return True, self.read(position, f)(cell)
        except (Invalid, Remark) as said:
            return self.said(number, position, cell, said)

    def said(self, number: int, position: int, cell: str, said: Exception) -> tuple[bool, Any]:
        """Note what was said while a cell was read; (whether it can be used, the value)."""
        if isinstance(said, Remark):
            self.problem(number, said.kind, said.message, position, cell, bad=False)
            return True, said.value
        assert isinstance(said, Invalid)
        kind = "reference" if isinstance(said, Missing) else "ambiguous" if isinstance(said, Several) else "value"
        if _DAMAGED.match(cell.strip()):
            kind = "damaged"
        self.problem(number, kind, said.errors[""][0], position, cell)
        return False, None

    def problem(
        self, number: int, kind: str, message: str, position: int = -1, value: str = "", *, bad: bool = True, column: str = ""
    ) -> None:
        """Note something about a row."""
        if not bad:
            self.remarks += 1
            if self.remarks > MOST_REMARKS:
                return
        else:
            self.faults += 1
        column = self.matched.headers[position] if position >= 0 else column
        self.problems.append(Problem(row=number, kind=kind, message=message, position=position, column=column, value=value[:200], bad=bad))

    def _reader(self, position: int, f: Field) -> Read:
        if isinstance(f.kind, Ref):
            return self._reference(f.kind, self.resolved[position])
        parse, reading, warnings = f.kind.parse, self.reading, self.reading.warnings
        if type(f.kind) in (kinds.Text, kinds.Phone):

            def read_text(cell: str) -> Any:
                text = unguard(cell)
                value = parse(text, reading)
                if value is not None and value[0] in "+-0123456789":
                    self._look_at(position, text.strip(), value)
                return value

            return read_text
        if isinstance(f.kind, kinds.Multiline | kinds.Email | kinds.Url):
            return lambda cell: parse(unguard(cell), reading)
        kept: dict[str, Any] = {}

        def read(cell: str) -> Any:
            if cell not in kept:
                if len(kept) >= KEPT:
                    kept.clear()
                kept[cell] = fresh(unguard(cell))
            value = kept[cell]
            if isinstance(value, Exception):
                raise value
            return value

        def fresh(text: str) -> Any:
            try:
                value = parse(text, reading)
            except Invalid as refused:
                return refused
            if warnings:
                message = warnings.pop()[1]
                warnings.clear()
                return Remark("country", message, value)
            if isinstance(f.kind, kinds.Country) and value and value != text.strip():
                return Remark("read as", _("“%(value)s” was read as %(code)s.", value=text.strip()[:60], code=value), value)
            return value

        return read

    def _look_at(self, position: int, text: str, value: Any) -> None:
        if _DAMAGED.match(text):
            message = _("“%(value)s” looks as if a spreadsheet had written it (scientific notation); digits may be lost.", value=text)
            raise Remark("damaged", message, value)
        if self.scan.seems_short(position, text):
            raise Remark("zeros", _("“%(value)s” is shorter than its neighbours: has a leading zero been lost?", value=text[:60]), value)

    @staticmethod
    def _reference(kind: Ref, resolved: Resolved) -> Read:
        if not isinstance(kind, Refs):
            return lambda cell: resolved.id(text) if (text := unguard(cell).strip()) else None

        def several(cell: str) -> list[int]:
            return sorted({resolved.id(part) for p in unguard(cell).split(",") if (part := p.strip())})

        return several

    def to_keep(self, column: Column | None) -> bool:
        """Whether an empty cell of a new record means none instead of the default: a company's parent."""
        kind = column.field.kind if column is not None and column.field is not None else None
        return isinstance(kind, Ref) and kind.target == self.rt.name


class Remark(Exception):
    """A value that can be used, and something to say about it."""

    def __init__(self, kind: str, message: str, value: Any):
        super().__init__(message)
        self.kind, self.message, self.value = kind, message, value


__all__ = ["KEPT", "Remark", "RowReader", "TypePlan"]
