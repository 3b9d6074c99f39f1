"""The one SQL expression of a custom value: the same text in WHERE, ORDER BY and CREATE INDEX, else SQLite never uses the index.

The path is a literal: `json_extract(custom, '$.f12')` on SQLite, `custom ->> 'f12'` on PostgreSQL. Numbers have an expression that
sorts by value; decimals lie in JSON as canonical strings.
"""

from typing import Any

from sqlalchemy import ColumnElement, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.visitors import InternalTraversal

from core.db import Micros


class CustomValue(ColumnElement[Any]):
    """The value of field `field_id` in the JSON column `column`. `numeric` gives it as the scaled integer of a Decimal."""

    # What tells two of them apart: so that a statement with custom fields is compiled once, as any other.
    _traverse_internals = [
        ("column", InternalTraversal.dp_clauseelement),
        ("field_id", InternalTraversal.dp_plain_obj),
        ("numeric", InternalTraversal.dp_boolean),
    ]

    def __init__(self, column: Any, field_id: int, *, numeric: bool = False):
        self.column = column
        self.field_id = int(field_id)
        self.numeric = numeric
        self.type = Micros() if numeric else String()

    @property
    def _from_objects(self) -> list[Any]:
        return self.column._from_objects  # type: ignore[no-any-return]

    def self_group(self, against: Any = None) -> Any:
        return self


@compiles(CustomValue, "sqlite")
def _sqlite(element: CustomValue, compiler: Any, **kw: Any) -> str:
    value = f"json_extract({compiler.process(element.column, **kw)}, '$.f{element.field_id}')"
    return f"CAST(round({value} * 1000000) AS INTEGER)" if element.numeric else value


@compiles(CustomValue, "postgresql")
def _postgresql(element: CustomValue, compiler: Any, **kw: Any) -> str:
    value = f"({compiler.process(element.column, **kw)} ->> 'f{element.field_id}')"
    return f"CAST(({value}::numeric * 1000000) AS bigint)" if element.numeric else value
