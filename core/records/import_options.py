"""What somebody chose for an import, and what was found wrong with its rows: plain data that pages, commands and jobs hand on."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from flask_babel import lazy_gettext as _l

SKIP, UPDATE, CREATE = "skip", "update", "create"
DUPLICATES = {SKIP: _l("Skip the row"), UPDATE: _l("Change the record that is there"), CREATE: _l("Create it anyway")}
DAY_ORDERS = {"dmy": _l("day, month, year"), "mdy": _l("month, day, year"), "ymd": _l("year, month, day")}
Progress = Callable[[int, int], None]
"""Told how many rows are done, of how many; it may raise to end the work."""
MOST_PROBLEMS = 20_000
"""A check ends when it has found so many: then columns are matched wrongly, and nobody reads on."""
MOST_REMARKS = 5_000
"""More remarks are not kept; they stop nothing."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """How a file is to be read and what becomes of its rows. Empty values are found out.

    `mapping`: position (from 0, as text) → name of a column, "" to leave it out. `match`: the field by which rows meet records ("": the
    record type's own). `erase`: columns whose empty cells erase. `cells`: row → position → corrected text. `replace`: position → text in
    the file → text instead. `confirmed`: that people lose sight of records was announced and is accepted.
    """

    encoding: str = ""
    delimiter: str = ""
    header: bool | None = None
    layout: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    match: str = ""
    duplicates: str = SKIP
    good_rows: bool = False
    day_order: str = ""
    decimal: str = ""
    erase: tuple[str, ...] = ()
    cells: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    replace: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    confirmed: bool = False

    def to_json(self) -> dict[str, Any]:
        """As it is stored with the import."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Options":
        """From what was stored; keys of other versions are left out."""
        known = {f.name for f in fields(cls)}
        return cls(**{k: tuple(v) if k == "erase" else v for k, v in values.items() if k in known})


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One fault or remark. `row` counts the header as 1 (0: the file as a whole), `position` the columns from 0 (-1: none).

    `bad` rows are not imported; the others are remarks.
    """

    row: int
    kind: str
    message: str
    position: int = -1
    column: str = ""
    value: str = ""
    bad: bool = True

    def line(self) -> str:
        """As commands write it: `row 3, column id_parent: …`."""
        where = f"row {self.row}, column {self.column}" if self.column else f"row {self.row}" if self.row else ""
        return f"{where}: {self.message}" if where else self.message


@dataclass(slots=True)
class Ready:
    """A row that can be written: a new record (`record_id` None), or one to change whose `version` was checked."""

    row: int
    record_id: int | None
    version: int
    values: dict[str, Any]


WORDS: dict[str, Any] = {
    "value": _l("can't be read"),
    "damaged": _l("was damaged by a spreadsheet"),
    "missing": _l("is needed and empty"),
    "reference": _l("does not exist"),
    "ambiguous": _l("means several records"),
    "refused": _l("is refused"),
    "right": _l("You may not do this"),
    "sight": _l("People lose sight of it"),
    "circle": _l("would close a circle"),
    "parent": _l("belongs to a row with problems"),
    "duplicate": _l("is already there"),
    "double": _l("Two columns of one name"),
    "no column": _l("A column is missing"),
    "long": _l("More cells than columns"),
    "order": _l("Order of day and month"),
    "decimal": _l("Decimal sign"),
    "unknown": _l("is left out"),
    "computed": _l("is computed"),
    "country": _l("is kept as text"),
    "read as": _l("was read as a code"),
    "zeros": _l("Leading zeros may be lost"),
    "similar": _l("There is a similar name"),
    "warning": _l("is worth a look"),
    "layout": _l("Read without a header"),
    "changed": _l("was changed by somebody else meanwhile"),
}
"""What each kind of fault says beside the column's name."""

__all__ = [
    "CREATE", "DAY_ORDERS", "DUPLICATES", "MOST_PROBLEMS", "MOST_REMARKS", "SKIP", "UPDATE", "WORDS", "Options", "Problem", "Progress",
    "Ready",
]  # fmt: skip
