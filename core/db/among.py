"""`among(column, ids)`: `column IN (…)` with the whole list as one parameter. Fifty parameters take longer to pass than the query runs."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ARRAY, Boolean, ColumnElement, Integer, Text, TypeDecorator, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import coercions, roles
from sqlalchemy.sql.visitors import InternalTraversal


class IdList(TypeDecorator[Any]):
    """A list of whole numbers as a parameter: an array on PostgreSQL, JSON on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Any) -> Any:
        return dialect.type_descriptor(ARRAY(Integer) if dialect.name == "postgresql" else Text())

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


def among(column: Any, ids: Iterable[int] | str) -> ColumnElement[bool]:
    """The condition that `column` is one of `ids`; a name instead makes it a parameter that is given on execution, as a list."""
    if isinstance(ids, str):
        return Among(column, bindparam(ids, type_=IdList()))
    return Among(column, bindparam(None, list(ids), type_=IdList(), unique=True))


@compiles(Among, "sqlite")
def _sqlite(element: Among, compiler: Any, **kw: Any) -> str:
    column, ids = compiler.process(element.column, **kw), compiler.process(element.ids, **kw)
    return f"{column} IN (SELECT value FROM json_each({ids}))"  # noqa: S608 - ids are a parameter


@compiles(Among, "postgresql")
def _postgresql(element: Among, compiler: Any, **kw: Any) -> str:
    return f"{compiler.process(element.column, **kw)} = ANY ({compiler.process(element.ids, **kw)})"
