"""The columns of a record type's files: the manual's layout in strict order, and the full one with every column, its id first.

Both are written and both are read. Custom fields stand at the end under their label; where two types of record share a label, one column
serves both, and each row reads it by its own type.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from core.custom_fields.definitions import custom_fields
from core.fields import Field
from core.fields.references import Ref, Refs

from .record_type import RecordType

ID = "id"
USER = "core.user"
_RUNS = re.compile(r"'*[=+\-@\t\r]")
_NEUTRALISED = re.compile(r"'+[=+\-@\t\r]")


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a file. `fields` is empty for the id, holds one declared field, or the custom fields that share a label."""

    header: str
    name: str
    label: Any
    fields: tuple[Field, ...] = ()

    @property
    def field(self) -> Field | None:
        """Its field, or the first of several; None for the id."""
        return self.fields[0] if self.fields else None

    @property
    def written(self) -> bool:
        """Whether its cells go into records; what is computed is known and left out."""
        return bool(self.fields) and self.fields[0].written


def columns(rt: RecordType, layout: str = "manual") -> list[Column]:
    """The columns of a layout, "manual" or "full", in order."""
    by_header = {f.csv or f.name: f for f in rt.fields}
    if rt.csv:
        declared = [by_header[name] for name in rt.csv]
    else:
        declared = [f for f in rt.fields if f.csv] or [f for f in rt.fields if f.name != ID]
    out = []
    if layout == "full":
        out.append(Column(header=ID, name=ID, label=ID))
        declared += [f for f in rt.fields if f not in declared and f.name != ID]
    out += [Column(header=f.csv or f.name, name=f.name, label=f.label, fields=(f,)) for f in declared if f.name != ID or not out]
    return out + custom_columns(rt)


def custom_columns(rt: RecordType) -> list[Column]:
    """One column per label of a custom field, in the order of types and fields."""
    if not rt.custom:
        return []
    by_label: dict[str, list[Field]] = {}
    for f in custom_fields(rt.name):
        by_label.setdefault(str(f.label), []).append(f)
    return [Column(header=label, name=fs[0].name, label=label, fields=tuple(fs)) for label, fs in by_label.items()]


def by_type(column: Column, type_id: int | None) -> Field | None:
    """The field that a row of this type has in a column, or None."""
    return next((f for f in column.fields if f.type_ids is None or type_id in f.type_ids), None)


def normal_header(text: str) -> str:
    """A header as it is compared: no case, single spaces, one Unicode form, without a star for "required"."""
    return " ".join(unicodedata.normalize("NFC", unguard(text)).casefold().rstrip(" *").split())


def same_text(text: str) -> str:
    """Names that differ only in case, spaces and Unicode form are one."""
    if text.isascii():
        return " ".join(text.lower().split())
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def guard(text: str) -> str:
    """A text that no spreadsheet runs: one apostrophe before what it could take for a formula."""
    return "'" + text if text and text[0] in "'=+-@\t\r" and _RUNS.match(text) else text


def unguard(text: str) -> str:
    """The inverse of `guard`, on all texts."""
    return text[1:] if text and text[0] == "'" and _NEUTRALISED.match(text) else text


def user_ids(columns: Iterable[Column]) -> bool:
    """Whether any column refers to people: they are written as logins."""
    return any(isinstance(f.kind, Ref) and f.kind.target == USER for c in columns for f in c.fields)


def is_text(f: Field) -> bool:
    """Whether its cells are free text, which is guarded; numbers, dates and ids can't be a formula."""
    return not (f.kind.numeric or f.kind.filter in ("range", "flag") or (isinstance(f.kind, Ref) and not isinstance(f.kind, Refs)))


__all__ = [
    "ID",
    "USER",
    "Column",
    "by_type",
    "columns",
    "custom_columns",
    "guard",
    "is_text",
    "normal_header",
    "same_text",
    "unguard",
    "user_ids",
]
