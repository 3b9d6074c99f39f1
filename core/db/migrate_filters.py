"""What comparing models with a database looks at: the tables of one plugin, without what no model declares (search indexes, `ix_cf_…`)."""

import re
from typing import Any

from alembic.autogenerate import renderers
from alembic.autogenerate.render import _repr_type
from alembic.operations import ops
from sqlalchemy import JSON, Connection, Table, TypeDecorator, inspect

from . import runtime
from .base import db

_IMPORT = "from core.db import create_search_index, drop_search_index"
_NO_TABLE = re.compile(r"_alembic$|_fts(_data|_idx|_content|_docsize|_config)?$|^_alembic_tmp_")
_NO_INDEX = re.compile(r"^ix_cf_|_trgm$")


def filters(name: str) -> dict[str, Any]:
    """Alembic's `include_name` and `include_object` for one plugin: autogenerate never drops what it does not know."""
    prefix = name + "_"
    elsewhere = set(runtime.metadata.tables)

    def is_ours(table: str | None) -> bool:
        return bool(table) and str(table).startswith(prefix) and table not in elsewhere and not _NO_TABLE.search(str(table))

    def include_name(found: str | None, kind: str, parents: Any) -> bool:
        if kind == "table":
            return is_ours(found)
        return not (kind == "index" and _NO_INDEX.search(found or ""))

    def include_object(item: Any, found: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
        if kind == "table":
            return is_ours(found)
        return not (kind == "index" and _NO_INDEX.search(found or ""))

    return {"include_name": include_name, "include_object": include_object}


def render_type(kind: str, item: Any, context: Any) -> Any:
    """Our column types as the plain types that the database holds: a revision must not change when a class of ours does."""
    if kind != "type":
        return False
    if isinstance(item, TypeDecorator):
        return _repr_type(item.impl_instance, context)
    if isinstance(item, JSON):
        context.imports.add("from sqlalchemy.dialects import postgresql")
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    return False


def search_tables(name: str) -> list[Table]:
    """The tables of a plugin that have a column for text search."""
    return [t for t in db.metadata.sorted_tables if t.name.startswith(name + "_") and _is_searched(t)]


def _is_searched(table: Table) -> bool:
    return "search_text" in table.c and "search_of" in table.c.search_text.info


def missing_search_indexes(connection: Connection, name: str) -> list[str]:
    """Sentences on tables with a text search but without its index; on PostgreSQL it may be missing (core.db.search_index)."""
    if connection.dialect.name != "sqlite":
        return []
    there = set(inspect(connection).get_table_names())
    lacking = [t.name for t in search_tables(name) if t.name in there and f"{t.name}_fts" not in there]
    return [f"the search index {table}_fts is in the models only" for table in lacking]


class SearchIndexOp(ops.MigrateOperation):
    """`create_search_index` or `drop_search_index` in a revision that is written."""

    def __init__(self, function: str, table: str):
        self.function, self.table = function, table


@renderers.dispatch_for(SearchIndexOp)
def _render(context: Any, op: SearchIndexOp) -> str:
    context.imports.add(_IMPORT)
    return f"{op.function}(op, {op.table!r})"


def _brings_search(op: Any) -> bool:
    if isinstance(op, ops.ModifyTableOps):
        return any(isinstance(o, ops.AddColumnOp) and o.column.name == "search_text" for o in op.ops)
    return isinstance(op, ops.CreateTableOp) and _is_searched(op.to_table())


def with_search_indexes(context: Any, revision: Any, directives: list[Any]) -> None:
    """Complete what autogenerate found by search indexes: they come with a new table or column, and go before it."""
    script = directives[0]
    if script.upgrade_ops is None:
        return
    up, down = script.upgrade_ops.ops, script.downgrade_ops.ops
    for op in list(up):
        if _brings_search(op):
            up.append(SearchIndexOp("create_search_index", op.table_name))
            down.insert(0, SearchIndexOp("drop_search_index", op.table_name))
    if not up and context.connection is not None and context.connection.dialect.name == "sqlite":
        there = set(inspect(context.connection).get_table_names())
        prefix = context.opts["version_table"].removesuffix("_alembic")
        for table in search_tables(prefix):
            if table.name in there and f"{table.name}_fts" not in there:
                up.append(SearchIndexOp("create_search_index", table.name))
                down.insert(0, SearchIndexOp("drop_search_index", table.name))
