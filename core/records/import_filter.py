"""The list of what an import made and changed: `?import=12`, for whoever may look at that import."""

from typing import Any

from sqlalchemy import ColumnElement, Integer, cast, func, select, true, union_all

from core.access import Actor
from core.db import db

from .import_models import Import, ImportPart
from .record_type import RecordType

NAME = "import"


def import_of(rt: RecordType, actor: Actor, import_id: int) -> Import | None:
    """An import of records of this type: one's own, or anybody's for superadmins."""
    one = db.session.get(Import, import_id) if 0 < import_id < 2**31 else None
    if one is None or one.record_type != rt.name or not (actor.superadmin or one.created_by_id == actor.user_id):
        return None
    return one


def is_of_import(column: Any, import_id: int) -> ColumnElement[bool]:
    """The record with this id was made or changed by an import."""
    table = ImportPart.__table__
    part = table.c
    if db.session.get_bind().dialect.name == "sqlite":
        made, changed = func.json_each(part.created).table_valued("value"), func.json_each(part.changed).table_valued("key")
        found = (
            select(made.c.value).select_from(table.join(made, true())),
            select(cast(changed.c.key, Integer)).select_from(table.join(changed, true())),
        )
    else:
        made, changed = func.jsonb_array_elements_text(part.created), func.jsonb_object_keys(part.changed)
        found = select(cast(made, Integer)), select(cast(changed, Integer))
    return column.in_(union_all(*[ids.where(part.import_id == import_id) for ids in found]))  # type: ignore[no-any-return]


__all__ = ["NAME", "import_of", "is_of_import"]
