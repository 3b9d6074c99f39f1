"""Stored values in words, for history and for the question after two people changed the same: labels for ids, masked as on the page."""

from collections.abc import Callable, Iterable
from typing import Any

from flask_babel import get_locale, get_timezone
from flask_babel import gettext as _
from markupsafe import Markup

from core.access import Actor
from core.errors import Invalid
from core.fields import Field, Reading, Writing
from core.fields.references import Ref, labels

from .list_spec import all_fields
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
        if f is not None and value is not None and f.kind.widget in _WRITTEN:
            return written(f, value, actor)
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        return value if not isinstance(value, str) or len(value) < 120 else value[:117] + "…"

    return words


_WRITTEN = ("date", "datetime", "number", "money")
"""Controls of what is kept in a form that people don't write: ISO dates, decimal points."""


def written(f: Field, value: Any, actor: Actor) -> Any:
    """A kept date, moment or number as pages write it; as it is kept, where the field reads it no longer."""
    try:
        parsed = f.kind.parse(value, Reading(actor=actor))
    except Invalid:
        return value
    return Markup(f.kind.page(parsed, Writing(locale=str(get_locale() or "en"), timezone=str(get_timezone() or "UTC"))))  # noqa: S704 - kinds escape


def _each(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [] if value is None else [value]
