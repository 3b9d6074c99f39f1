"""The one metadata, a declarative base per plugin, and `Record`: the columns that each record of the trade has.

One SQLAlchemy registry per plugin over one metadata: a broken relationship in one plugin must not poison the others' mappers.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from itertools import repeat
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import ForeignKey, Integer, MetaData, String, Text, event
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column, registry

from .text import fold_once, sort_key
from .types import JsonDict, Micros, UtcTime, utcnow

__all__ = ["NAMING", "Mapped", "Record", "db", "mapped_column", "plugin_base", "search_column", "sort_column", "unload"]

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
db = SQLAlchemy(metadata=MetaData(naming_convention=NAMING), session_options={"expire_on_commit": False})
_bases: dict[str, type[DeclarativeBase]] = {}
_TYPES: dict[Any, Any] = {datetime: UtcTime(), Decimal: Micros(), dict: JsonDict, dict[str, Any]: JsonDict, str: Text()}


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def plugin_base(name: str) -> type[DeclarativeBase]:
    """The declarative base of a plugin: own registry, tables named `<plugin>_<class>`.

    Called as often as wished, it gives the same base. Raises TypeError for a table that is not named after its plugin.
    """
    if name not in _bases:

        class Base(DeclarativeBase):
            __abstract__ = True
            __plugin__ = name
            registry = registry(metadata=db.metadata, type_annotation_map=_TYPES)

            @declared_attr.directive
            def __tablename__(cls) -> str:
                return f"{name}_{_snake(cls.__name__)}"

            def __init_subclass__(cls, **kw: Any) -> None:
                table = cls.__dict__.get("__tablename__")
                if isinstance(table, str) and not table.startswith(name + "_"):
                    raise TypeError(f"{cls.__name__}: table {table!r} of plugin {name!r} must be named {name}_…")
                super().__init_subclass__(**kw)

        event.listen(Base, "before_insert", _fill_keys, propagate=True)
        event.listen(Base, "before_update", _fill_keys, propagate=True)
        _bases[name] = Base
    return _bases[name]


def unload(name: str) -> None:
    """Take a plugin that failed out of the metadata. Its dependants go first; by prefix, for a half-mapped class is in no registry."""
    base = _bases.pop(name, None)
    if base is not None:
        base.registry.dispose()
    for table in list(db.metadata.tables.values()):
        if table.name.startswith(name + "_"):
            db.metadata.remove(table)


def sort_column(of: str) -> Mapped[str]:
    """A stored sort key of another column: `name_key: Mapped[str] = sort_column("name")`. Filled before each write."""
    return mapped_column(
        String(collation=None).with_variant(String(collation="C"), "postgresql"), nullable=False, default="", info={"key_of": of}
    )


def search_column(*of: str) -> Mapped[str]:
    """The folded text that the text search of a record looks into: `search_text: Mapped[str] = search_column("name", "email")`."""
    return mapped_column(Text, nullable=False, default="", info={"search_of": of})


def derived_values(model: type, values: dict[str, Any]) -> dict[str, Any]:
    """The stored keys that follow from `values` (attribute → value): for rows that are written without the ORM."""
    keys, searches = _derived(model)
    out = {name: sort_key(values.get(of)) for name, of in keys}
    for name, parts in searches:
        out[name] = fold_once(" ".join([str(v) for p in parts if (v := values.get(p))]))
    return out


def derived_columns(model: type, columns: Mapping[str, Sequence[Any]], same: Mapping[str, Any]) -> dict[str, list[str]]:
    """The same of many rows, given as columns: attribute → a value per row, and in `same` what they have alike."""
    count = len(next(iter(columns.values())))
    of_all = lambda name: columns[name] if name in columns else repeat(same.get(name), count)  # noqa: E731
    keys, searches = _derived(model)
    out = {name: [sort_key(v) for v in of_all(of)] for name, of in keys}
    for name, parts in searches:
        rows = zip(*[of_all(p) for p in parts if p in columns or same.get(p)], strict=True)
        out[name] = [fold_once(" ".join([str(v) for v in row if v])) for row in rows] or [""] * count
    return out


@cache
def _derived(model: type) -> tuple[list[tuple[str, str]], list[tuple[str, tuple[str, ...]]]]:
    columns = list(model.__table__.columns)  # type: ignore[attr-defined]
    return (
        [(c.name, c.info["key_of"]) for c in columns if "key_of" in c.info],
        [(c.name, c.info["search_of"]) for c in columns if "search_of" in c.info],
    )


def _fill_keys(mapper: Any, connection: Any, target: Any) -> None:
    for column in mapper.local_table.columns:
        if of := column.info.get("key_of"):
            setattr(target, column.name, sort_key(getattr(target, of)))
        elif parts := column.info.get("search_of"):
            setattr(target, column.name, fold_once(" ".join(str(v) for p in parts if (v := getattr(target, p)))))


class Record:
    """Columns of every record of the trade. Use as first base: `class Company(Record, plugin_base("companies"))`.

    `version` is checked by each ORM update, so that no writer overwrites what he has not seen. Ids are never used twice.
    """

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("core_user.id"))
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)
    version: Mapped[int] = mapped_column(default=1)
    custom: Mapped[dict[str, Any]] = mapped_column(JsonDict, default=dict, server_default="{}")
    trashed_at: Mapped[datetime | None]

    @declared_attr.directive
    def __table_args__(cls) -> Any:
        return (*getattr(cls, "__more_table_args__", ()), {"sqlite_autoincrement": True})

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.__dict__.get("version") or cls.version}  # type: ignore[dict-item]
