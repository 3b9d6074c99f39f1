"""Records as JSON, both ways: rows become dictionaries by a plan made once per page, a body becomes values by the kinds' one `parse`.

Only declared fields go out or come in. Money, quantities and rates are strings, dates ISO, references ids.
"""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, bindparam, select

from core.access import Actor, allowed, for_reader
from core.db import db
from core.errors import Conflict, NotFound
from core.fields import Field, Invalid, Kind, Reading, kinds
from core.fields.references import Ref, Refs

from . import list_spec, query
from .record_type import RecordType
from .services import sent_back, writable_fields

FIXED = ("id", "created_at", "created_by_id", "updated_at", "version")
"""What every record has and nobody sets."""
_TIME = kinds.Instant()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How rows of one record type become JSON: the SQL columns, their names, what has to be converted, and what lies elsewhere."""

    rt: RecordType
    columns: tuple[ColumnElement[Any], ...]
    names: tuple[str, ...]
    convert: tuple[tuple[str, Callable[[Any], Any]], ...]
    custom: tuple[Field, ...]
    links: tuple[tuple[str, Refs], ...]

    @property
    def type_attribute(self) -> str | None:
        """The attribute that says which custom fields a record has."""
        return self.rt.custom.type_attribute if self.rt.custom else None


def plan(rt: RecordType, actor: Actor) -> Plan:
    """The plan for a record type with the custom fields that it has now, of values as far as the actor may know them."""
    fields = [f for f in list_spec.all_fields(rt) if f.api]
    plain = [f for f in fields if not f.custom_id and not isinstance(f.kind, Refs) and f.name != "id"]
    named = {f.name: f.seen_expression(rt.model, actor) for f in plain}
    named |= {name: getattr(rt.model, name) for name in FIXED[1:] if name not in named}
    convert = [(f.name, f.kind.json) for f in plain if type(f.kind).json is not Kind.json]
    convert += [(name, _TIME.json) for name in ("created_at", "updated_at") if name not in {f.name for f in plain}]
    custom = tuple(f for f in fields if f.custom_id)
    if custom:
        named["custom"] = rt.model.custom
    if rt.custom and rt.custom.type_attribute and rt.custom.type_attribute not in named:
        raise ValueError(f"record type {rt.name}: {rt.custom.type_attribute} decides on custom fields and must be a field")
    return Plan(
        rt=rt, columns=tuple(column.label(f"j{n}") for n, column in enumerate(named.values())), names=tuple(named), convert=tuple(convert),
        custom=custom, links=tuple((f.name, f.kind) for f in fields if isinstance(f.kind, Refs)),
    )  # fmt: skip


@for_reader
def _plan(actor: Actor, rt: RecordType) -> Plan:
    return plan(rt, actor)


def rows_json(made: Plan, rows: Sequence[Any], actor: Actor) -> list[dict[str, Any]]:
    """Rows that begin with the id and end with the plan's columns, as JSON. One statement more per field of several references."""
    ids = [row[0] for row in rows]
    links = [(name, kind.read(ids)) for name, kind in made.links] if ids else []
    parts = made.rt.to_json(ids, actor) if made.rt.to_json and ids else {}
    width = len(made.names)
    out = []
    for row in rows:
        values = dict(zip(made.names, row[-width:], strict=True))
        for name, convert in made.convert:
            values[name] = convert(values[name])
        record_id = row[0]
        item = {"id": record_id}
        fixed = {name: values.pop(name) for name in FIXED[1:]}
        custom = values.pop("custom", None) or {}
        item |= values
        for name, ids_of in links:
            item[name] = list(ids_of[record_id])
        if made.custom:
            type_id = values.get(made.type_attribute) if made.type_attribute else None
            for f in made.custom:
                if f.type_ids is None or type_id in f.type_ids:
                    item[f.name] = f.kind.json(custom.get(f.name))
        item |= parts.get(record_id, {})
        item |= fixed
        out.append(item)
    return out


def page_json(spec: list_spec.ListSpec) -> tuple[list[dict[str, Any]], str | None]:
    """A page of a list as JSON, and the cursor of the next one."""
    made = _plan(spec.actor, spec.rt)
    page = query.fetch_page(spec, made.columns)
    return rows_json(made, page.rows, spec.actor), page.next


@for_reader
def _one(actor: Actor, made: Plan) -> Select[Any]:
    rt = made.rt
    there = rt.model.id == bindparam("record_id"), allowed(rt, "view", actor), rt.model.trashed_at.is_(None)
    return select(rt.model.id, *made.columns).where(*there)


def one_json(rt: RecordType, record_id: int, actor: Actor) -> dict[str, Any]:
    """One record as JSON, found and authorised in one statement. Raises NotFound."""
    if not 0 < record_id < 2**31:
        raise NotFound
    made = _plan(actor, rt)
    row = db.session.execute(_one(actor, made), {"record_id": record_id}).first()
    if row is None:
        raise NotFound
    return rows_json(made, [row], actor)[0]


def seen_conflict(rt: RecordType, conflict: Conflict, actor: Actor) -> Conflict:
    """A conflict as it is told by REST: without the ids of references that the actor can't see."""
    details = dict(conflict.details) if isinstance(conflict.details, Mapping) else {}
    hidden = {f.name: f.kind for f in rt.fields if isinstance(f.kind, Ref) and f.kind.masked}

    def seen(row: Mapping[str, Any]) -> dict[str, Any]:
        kind = hidden.get(row["field"])
        return {k: None if kind and k in ("before", "theirs") and kind.hides(v, actor) else v for k, v in row.items()}

    if "fields" not in details or not hidden:
        return conflict
    return Conflict(conflict.message, details={**details, "fields": [seen(row) for row in details["fields"]]})


# --- from JSON to values -------------------------------------------------------------------------------------------------------------


def values_of(rt: RecordType, body: Mapping[str, Any], reading: Reading, record: Any = None) -> dict[str, Any]:
    """The values to write that a body holds; null means empty. Raises Invalid with all that is wrong: names, values, what is missing."""
    errors: dict[str, list[Any]] = {}
    fields = {f.name: f for f in writable_fields(rt, _type_id(rt, body, reading, record)) if f.api}
    parts = {part.name: part for part in rt.json_parts if part.parse}
    values: dict[str, Any] = {}
    for name, raw in body.items():
        try:
            if name in fields:
                values[name] = _value(rt, fields[name], raw, reading, record)
            elif name in parts:
                values[name] = parts[name].parse(raw, reading)  # type: ignore[misc]
            else:
                errors[name] = [unknown(name, [*fields, *parts], _read_only(rt))]
        except Invalid as refused:
            for key, messages in refused.errors.items():
                errors.setdefault(f"{name}.{key}" if key and name in parts else name, []).extend(messages)
    if errors and record is None:
        for f in fields.values():
            if f.required and f.name not in body and f.default_value(reading.actor) is None:
                errors[f.name] = [_l("This is needed.")]
    if errors:
        raise Invalid(errors)
    return values


def unknown(name: str, known: Iterable[str], read_only: Iterable[str] = ()) -> Any:
    """The message for a name that can't be set, with the nearest one that can."""
    if name in read_only:
        return _l("This can be read, not set.")
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return _l("There is no field of this name. Did you mean “%(name)s”?", name=near[0])
    return _l("There is no field of this name.")


def _read_only(rt: RecordType) -> set[str]:
    computed = {f.name for f in list_spec.all_fields(rt) if f.api and not f.written}
    return {*FIXED, *computed, *(part.name for part in rt.json_parts if not part.parse)}


def _type_id(rt: RecordType, body: Mapping[str, Any], reading: Reading, record: Any) -> int | None:
    """The type that decides which custom fields the body may hold; one that can't be read is reported with the other values."""
    name = rt.custom.type_attribute if rt.custom else None
    if name is None:
        return None
    if name not in body:
        return getattr(record, name, None)
    try:
        return _value(rt, rt.field(name), body[name], reading, record)  # type: ignore[no-any-return]
    except Invalid:
        return None


def _value(rt: RecordType, f: Field, raw: Any, reading: Reading, record: Any) -> Any:
    if isinstance(f.kind, Ref) and not isinstance(f.kind, Refs) and type(raw) is int and record is not None and raw == _now(f, record):
        if not f.kind.hides(raw, reading.actor):  # else a guess would be told to be right
            return raw  # sent back as it was: it may be out of the sender's sight (docs/access.md)
    try:
        value = f.kind.parse(raw, reading)
    except Invalid:
        if not sent_back(f, raw, record):
            raise
        return record.custom[f.name]
    if value is None and not f.custom_id and not f.required:
        column = rt.model.__table__.c.get(f.name)
        if column is not None and not column.nullable:
            if isinstance(f.kind, kinds.Flag):
                return False
            raise Invalid(_l("This can't be empty. Leave it out for the default."))
    return value


def _now(f: Field, record: Any) -> Any:
    return (record.custom or {}).get(f.name) if f.custom_id else getattr(record, f.name, None)
