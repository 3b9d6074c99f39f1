"""What hangs on a record, found through the foreign keys of all tables and the custom fields that refer to its like.

A plugin knows none of those that depend on it.
"""

from collections import Counter
from collections.abc import Collection
from functools import lru_cache
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Table, func, literal, select, true, union, union_all

from core.access import Actor, Conflict
from core.addons.runtime import runtime
from core.custom_fields.definitions import custom_fields, fields_of_type
from core.custom_fields.expression import ID, CustomValue
from core.custom_fields.models import CustomField
from core.db import among, db
from core.fields import id_of
from core.fields.references import Ref, Refs, lookup
from core.history.listener import record_type_of

from .ahead import LookUp, answer

BY_CUSTOM_FIELD = ".custom"
"""What stands behind a table's name where its records refer by a custom field."""


def _references(target: Table) -> list[tuple[Table, Any]]:
    """The columns of this installation's tables that lead to a table's primary key; link tables are no uses.

    Another app of the process may have loaded plugins that this one does not have: their tables are not in its database.
    """
    owner = runtime().addons.owner
    return [
        (table, key.parent)
        for table in db.metadata.sorted_tables
        if not table.info.get("link") and (table.name.startswith("core_") or owner(table.name))
        for key in sorted(table.foreign_keys, key=lambda k: k.parent.name)
        if key.column.table is target
    ]


def _named_in_custom_fields(model: Any, ids: Collection[int]) -> list[tuple[Table, Any]]:
    """The tables whose records may name some of these in a custom field, each with a SELECT of (which one, who names it)."""
    name, found = record_type_of(model), []
    for rt in runtime().record_types.values():
        names_it = []
        for f in custom_fields(rt.name) if rt.custom else ():
            if not isinstance(f.kind, Ref) or isinstance(f.kind, Refs) or f.kind.target != name:
                continue
            value = CustomValue(rt.model.custom, f.custom_id or 0, form=ID)
            stmt = select(value.label("which"), rt.model.id.label("who")).where(value.in_(ids), rt.model.trashed_at.is_(None))
            if rt.model is model:
                stmt = stmt.where(rt.model.id != value)
            if f.type_ids is not None and rt.custom and rt.custom.type_attribute:
                stmt = stmt.where(getattr(rt.model, rt.custom.type_attribute).in_(f.type_ids))
            names_it.append(stmt)
        if names_it:
            found.append((rt.model.__table__, union(*names_it).subquery()))
    return found


def _defaults_that_name(model: Any) -> Counter[int]:
    """How many custom fields have each of these records as their default."""
    name = record_type_of(model)
    fields = (f for rt in runtime().record_types.values() if rt.custom for f in custom_fields(rt.name))
    return Counter(f.default for f in fields if isinstance(f.kind, Ref) and f.kind.target == name and isinstance(f.default, int))


def uses_of(model: Any, record_id: int) -> dict[str, int]:
    """Table name → how many rows (those in the trash left out) refer to a record. One statement, whoever asks.

    Records that name it in a custom field are counted apart, once each, under `<table>.custom`.
    """
    return uses_of_many(model, [record_id]).get(record_id, {})


def uses_of_many(model: Any, ids: Collection[int]) -> dict[int, dict[str, int]]:
    """The same of many records, by their ids; those that nobody refers to are left out."""
    parts = []
    for table, column in _references(model.__table__):
        there = table.c.trashed_at.is_(None) if "trashed_at" in table.c else true()
        counted = literal(table.name).label("name"), column.label("which"), func.count().label("n")
        parts.append(select(*counted).where(among(column, ids), there).group_by(column))
    for table, named in _named_in_custom_fields(model, ids):
        counted = literal(table.name + BY_CUSTOM_FIELD).label("name"), named.c.which, func.count().label("n")
        parts.append(select(*counted).group_by(named.c.which))
    found: dict[int, dict[str, int]] = {}
    for name, which, n in db.session.execute(union_all(*parts)) if parts else ():
        uses = found.setdefault(which, {})
        uses[name] = uses.get(name, 0) + n
    for which, n in _defaults_that_name(model).items():
        if which in ids:
            found.setdefault(which, {})[CustomField.__tablename__] = n
    return found


@lru_cache(maxsize=64)
def _look_up(model: Any) -> LookUp:
    return lambda ids, _actor: uses_of_many(model, ids)


def _words(table: str, n: int, model: Any) -> str:
    custom = table.endswith(BY_CUSTOM_FIELD)
    table = table.removesuffix(BY_CUSTOM_FIELD)
    for rt in runtime().record_types.values():
        if rt.model.__tablename__ == table:
            words = str(rt.labels if n != 1 else rt.label)
            if custom:
                return _("%(n)s %(labels)s by a custom field", n=n, labels=words)
            return _("%(n)s %(labels)s below it", n=n, labels=words) if table == model.__tablename__ else f"{n} {words}"
    return f"{n} {getattr(db.metadata.tables[table], 'info', {}).get('label') or table}"


def refuse_without_ground(record: Any) -> None:
    """Raises Conflict while a record that this one refers to lies in the trash: it would hang in the air."""
    missing = []
    for key in sorted(type(record).__table__.foreign_keys, key=lambda k: k.parent.name):
        table = key.column.table
        target = getattr(record, key.parent.name, None)
        if target is None or "trashed_at" not in table.c:
            continue
        if db.session.scalar(select(table.c.id).where(key.column == target, table.c.trashed_at.is_not(None))) is not None:
            missing.append(next((str(rt.label) for rt in runtime().record_types.values() if rt.model.__table__ is table), table.name))
    missing += _trashed_in_custom_fields(record)
    if missing:
        what = ", ".join(dict.fromkeys(missing))
        raise Conflict(_("It can't be restored before what it belongs to, which is in the trash: %(what)s.", what=what))


def _trashed_in_custom_fields(record: Any) -> list[str]:
    """Labels of the custom fields in which a record names another that lies in the trash. One statement per type of record named."""
    rt = runtime().record_types[record_type_of(type(record))]
    named: dict[str, dict[int, list[str]]] = {}
    type_id = getattr(record, rt.custom.type_attribute) if rt.custom and rt.custom.type_attribute else None
    for f in fields_of_type(rt.name, type_id) if rt.custom else ():
        if isinstance(f.kind, Ref) and (target := id_of((record.custom or {}).get(f.name))) is not None:
            named.setdefault(f.kind.target, {}).setdefault(target, []).append(str(f.label))
    out = []
    for target, by_id in named.items():
        table = lookup(target).model.__table__
        if "trashed_at" in table.c:
            gone = db.session.scalars(select(table.c.id).where(table.c.id.in_(by_id), table.c.trashed_at.is_not(None)))
            out += [label for key in gone for label in by_id[key]]
    return out


def refuse_while_used(record: Any, actor: Actor) -> None:
    """Raises Conflict with the counts of what draws on a record: of all records, without naming any (docs/access.md)."""
    model = type(record)
    uses = answer(_look_up(model), record.id, actor)
    if uses:
        words = ", ".join(_words(table, n, model) for table, n in uses.items())
        name = runtime().record_types[record_type_of(model)].title_of(record)
        raise Conflict(_("“%(name)s” can't be deleted: %(uses)s.", name=name, uses=words), details={"uses": uses})
