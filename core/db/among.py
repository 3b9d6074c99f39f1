"""`among(column, values)`: `column IN (…)` with the whole list as one parameter. Fifty parameters take longer to pass than the query runs.

SQLite takes it for a subquery: beside an `OR` it would look at all rows. There, ask two questions by UNION ALL.
"""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ARRAY, Boolean, ColumnElement, Integer, String, Text, TypeDecorator, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import coercions, roles
from sqlalchemy.sql.visitors import InternalTraversal


class ValueList(TypeDecorator[Any]):
    """A list of whole numbers or of texts as a parameter: an array on PostgreSQL, JSON on SQLite."""

    impl = Text
    cache_ok = True

    def __init__(self, item: Any = Integer):
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Any) -> Any:
        return dialect.type_descriptor(ARRAY(self.item) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        return list(value) if dialect.name == "postgresql" else json.dumps(list(value))


class Among(ColumnElement[bool]):
    """What `among` gives."""

    _traverse_internals = [("column", InternalTraversal.dp_clauseelement), ("ids", InternalTraversal.dp_clauseelement)]
    type = Boolean()

    def __init__(self, column: Any, ids: Any):
        self.column = coercions.expect(roles.ExpressionElementRole, column)
        self.ids = ids

    @property
    def _from_objects(self) -> list[Any]:
        return self.column._from_objects  # type: ignore[no-any-return]

    def self_group(self, against: Any = None) -> Any:
        return self


def among(column: Any, values: Iterable[int] | Iterable[str] | str) -> ColumnElement[bool]:
    """The condition that `column` is one of `values`; a name instead makes it a parameter that is given on execution, as a list."""
    kind = ValueList(Text if isinstance(column.type, String) else Integer)
    if isinstance(values, str):
        return Among(column, bindparam(values, type_=kind))
    return Among(column, bindparam(None, list(values), type_=kind, unique=True))


@compiles(Among, "sqlite")
def _sqlite(element: Among, compiler: Any, **kw: Any) -> str:
    column, ids = compiler.process(element.column, **kw), compiler.process(element.ids, **kw)
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608 - ids are a parameter


@compiles(Among, "postgresql")
def _postgresql(element: Among, compiler: Any, **kw: Any) -> str:
    return f"{compiler.process(element.column, **kw)} = ANY ({compiler.process(element.ids, **kw)})"
