"""Asking the rules of `create` before there is a row: the values that rules look at are given to them as a row of constants.

The rows are asked again once they stand (import_write.py). A rule that looks at more than references, flags and choices is asked then only.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Boolean, Integer, String, and_, literal, null, select, true, union_all

from core.access import Actor, allowed
from core.db import db
from core.fields.references import Ref, Refs

from .record_type import RecordType

PART = 200  # SQLite takes up to 500 SELECTs in one UNION


class _Row:
    """Stands for the model in a rule: its attributes are columns of constants."""

    def __init__(self, columns: Any):
        self.__dict__.update(columns)


def may_not_create(rt: RecordType, actor: Actor, rows: Mapping[int, Mapping[str, Any]]) -> list[int]:
    """Of rows (number → values), those that the actor may not create."""
    names = [
        f.name for f in rt.fields
        if (isinstance(f.kind, Ref) and not isinstance(f.kind, Refs)) or f.kind.filter in ("flag", "choice")
    ]  # fmt: skip
    combinations: dict[tuple[Any, ...], list[int]] = {}
    for number, values in rows.items():
        combinations.setdefault(tuple(values.get(n) for n in names), []).append(number)
    refused: list[int] = []
    keys = list(combinations)
    for start in range(0, len(keys), PART):
        part = keys[start : start + PART]
        types = [_type([key[n] for key in part]) for n in range(len(names))]
        selects = [
            select(literal(n, Integer).label("n"), *(literal(v, t).label(name) for name, v, t in zip(names, key, types, strict=True)))
            for n, key in enumerate(part)
        ]
        table = union_all(*selects).subquery("rows_of_file")
        columns = {name: table.c[name] for name in names} | {"id": literal(0, Integer), "trashed_at": null()}
        try:
            may = and_(true(), allowed(rt, "create", actor, _Row(columns)))
        except AttributeError:
            return refused
        good = set(db.session.scalars(select(table.c.n).where(may)))
        refused += [row for n, key in enumerate(part) if n not in good for row in combinations[key]]
    return refused


def _type(values: list[Any]) -> Any:
    """The SQL type of a column of constants, some of them NULL."""
    known = next((v for v in values if v is not None), 0)
    return Boolean() if isinstance(known, bool) else Integer() if isinstance(known, int) else String()


__all__ = ["may_not_create"]
