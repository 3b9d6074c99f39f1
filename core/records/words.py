"""Stored values in words, for history and for the question after two people changed the same: labels for ids, masked as on the page."""

from collections.abc import Callable, Iterable
from typing import Any

from flask_babel import gettext as _

from core.access import Actor
from core.fields.references import Ref, labels

from .query import all_fields
from .record_type import RecordType


def value_words(rt: RecordType, values: Iterable[tuple[str, Any]], actor: Actor) -> Callable[[str, Any], Any]:
    """`words(name, value)` for the (field name, value) pairs given: one statement for all values of one field that are references."""
    fields = {f.name: f for f in all_fields(rt)}
    ids: dict[str, set[int]] = {}
    for name, value in values:
        if name in fields and isinstance(fields[name].kind, Ref):
            ids.setdefault(name, set()).update(v for v in _each(value) if isinstance(v, int))
    known = {}
    for name, wanted in ids.items():
        kind = fields[name].kind
        known[name] = labels(kind.target, wanted, kind.condition(actor) if kind.masked else None)

    def words(name: str, value: Any) -> Any:
        f = fields.get(name)
        if f is not None and isinstance(f.kind, Ref):
            masked = f.kind.masked
            return ", ".join(str(known.get(name, {}).get(v, masked or v)) for v in _each(value))
        if f is not None and f.kind.choices():
            return dict(f.kind.choices()).get(value, value)
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        return value if not isinstance(value, str) or len(value) < 120 else value[:117] + "…"

    return words


def _each(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [] if value is None else [value]
