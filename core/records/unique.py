"""What only one record may have: of custom fields asked before a form, a file or REST writes, of many rows at once; what a unique index of
the table refuses, because two wrote the same at once, in the words of who asked before.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from core.custom_fields.definitions import unique_fields
from core.custom_fields.expression import CustomValue
from core.db import db
from core.fields import Field, Invalid

from .record_type import RecordType

_LOCK = 0x43_46_75  # PostgreSQL's advisory lock of who is about to write such a value


def taken(
    rt: RecordType, rows: Sequence[tuple[Any, int | None, Mapping[str, Any]]], *, to_write: bool = True
) -> dict[Any, dict[str, list[Any]]]:
    """Messages by row and field, of rows (key, id of the record or None, values) that would repeat a value. One statement per field.

    Who is about to write them keeps others from writing the same until he has committed.
    """
    wanted = [
        (f, given)
        for f in (unique_fields(rt.name) if rt.custom else ())
        if (given := [(key, i, str(v)) for key, i, values in rows if (v := values.get(f.name)) not in (None, "", True, False)])
    ]
    if wanted and to_write and db.engine.dialect.name == "postgresql":  # on SQLite whoever writes is alone
        db.session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    out: dict[Any, dict[str, list[Any]]] = {}
    for f, given in wanted:
        holders = _holders(rt, f, sorted({text for _key, _id, text in given}))
        earlier: set[str] = set()
        for key, record_id, text in given:
            if text in earlier or holders.get(text, set()) - {record_id}:
                out.setdefault(key, {})[f.name] = [_l("Another record has this value already, and only one may have it.")]
            earlier.add(text)
    return out


def _holders(rt: RecordType, f: Field, texts: Sequence[str]) -> dict[str, set[int]]:
    model, out = rt.model, {}  # type: ignore[var-annotated]
    value = CustomValue(model.custom, f.custom_id or 0)
    stmt = select(model.id, value.label("value")).where(value.in_(texts), model.trashed_at.is_(None))
    if f.type_ids is not None and rt.custom and rt.custom.type_attribute:
        stmt = stmt.where(getattr(model, rt.custom.type_attribute).in_(f.type_ids))
    for record_id, text in db.session.execute(stmt):
        out.setdefault(text, set()).add(record_id)
    return out


def refused_by_index(model: Any, held: Mapping[str, Any], error: IntegrityError) -> Invalid | None:
    """What a unique index says of a record that `held` these values: by its `info["refuses"]`, a field and what makes words of its value.

    None for other errors.
    """
    table = model.__table__
    broken = getattr(getattr(error.orig, "diag", None), "constraint_name", None)  # SQLite names the columns instead
    for index in table.indexes:
        columns = ", ".join(f"{table.name}.{column.name}" for column in index.columns)
        if "refuses" in index.info and (broken == index.name if broken else str(error.orig).endswith(f": {columns}")):
            field, words = index.info["refuses"]
            return Invalid({field: words(held.get(field))})
    return None


__all__ = ["refused_by_index", "taken"]
