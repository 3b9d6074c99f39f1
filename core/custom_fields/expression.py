"""The one SQL expression of a custom value: the same text in WHERE, ORDER BY and CREATE INDEX, else SQLite never uses the index.

The path is a literal: `json_extract(custom, '$.f12')` on SQLite, `custom ->> 'f12'` on PostgreSQL, a text on both. Numbers have an
expression that sorts by value (decimals lie in JSON as canonical strings), references one that is an id. Values that don't fit, left from
another kind that the field had before, are NULL there: casting them would be an error on PostgreSQL and anything on SQLite.
"""

from typing import Any

from sqlalchemy import ColumnElement, Integer, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.visitors import InternalTraversal

from core.db import Micros

TEXT, ORDER, NUMBER, DATE, ID = "text", "order", "number", "date", "id"
"""The forms of a value."""
ORDERED = 200
"""Characters of a text by which lists sort: where a page begins stands in its address, which holds no text of several lines."""


class CustomValue(ColumnElement[Any]):
    """The value of field `field_id` in the JSON column `column`: as text, as its beginning (ORDER), as the scaled integer of a
    Decimal (NUMBER), as ISO text (DATE), or as an id (ID)."""

    # What tells two of them apart: so that a statement with custom fields is compiled once, as any other.
    _traverse_internals = [
        ("column", InternalTraversal.dp_clauseelement),
        ("field_id", InternalTraversal.dp_plain_obj),
        ("form", InternalTraversal.dp_string),
    ]

    def __init__(self, column: Any, field_id: int, *, form: str = TEXT):
        self.column = column
        self.field_id = int(field_id)
        self.form = form
        self.type = {TEXT: String(), ORDER: String(), NUMBER: Micros(), DATE: String(), ID: Integer()}[form]

    @property
    def _from_objects(self) -> list[Any]:
        return self.column._from_objects  # type: ignore[no-any-return]

    def self_group(self, against: Any = None) -> Any:
        return self


@compiles(CustomValue, "sqlite")
def _sqlite(element: CustomValue, compiler: Any, **kw: Any) -> str:
    value = f"CAST(json_extract({compiler.process(element.column, **kw)}, '$.f{element.field_id}') AS TEXT)"
    if element.form == TEXT:
        return value
    if element.form == ORDER:
        return f"substr({value}, 1, {ORDERED})"
    if element.form == DATE:
        return f"CASE WHEN {value} GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' THEN {value} END"
    kind = f"json_type({compiler.process(element.column, **kw)}, '$.f{element.field_id}') IN ('text', 'integer')"  # true is 1, too
    if element.form == ID:
        return f"CASE WHEN {kind} AND {value} NOT GLOB '*[^0-9]*' AND length({value}) BETWEEN 1 AND 9 THEN CAST({value} AS INTEGER) END"
    fits = f"{value} GLOB '*[0-9]' AND {value} NOT GLOB '*[^-.0-9]*' AND {value} NOT GLOB '?*-*' AND {value} NOT GLOB '*.*.*'"
    fits += f" AND ltrim({value}, '-') GLOB '[0-9]*' AND instr({value} || '.', '.') < 15"
    return f"CASE WHEN {kind} AND {fits} THEN CAST(round({value} * 1000000) AS INTEGER) END"


@compiles(CustomValue, "postgresql")
def _postgresql(element: CustomValue, compiler: Any, **kw: Any) -> str:
    value = f"({compiler.process(element.column, **kw)} ->> 'f{element.field_id}')"
    if element.form == TEXT:
        return value
    if element.form == ORDER:
        return f"substr({value}, 1, {ORDERED})"
    if element.form == DATE:
        return f"CASE WHEN {value} ~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}$' THEN {value} END"
    if element.form == ID:
        return f"CASE WHEN {value} ~ '^[0-9]{{1,9}}$' THEN {value}::integer END"
    return f"CASE WHEN {value} ~ '^-?[0-9]{{1,12}}([.][0-9]+)?$' THEN CAST(({value}::numeric * 1000000) AS bigint) END"
