"""Defining custom fields: new ones, changes that keep values, fields that retire, sections."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from core.access import Actor
from core.addons.runtime import runtime
from core.db import db, utcnow
from core.errors import Conflict, Invalid, NotFound
from core.fields import Reading
from core.fields.kinds import clean_text
from core.fields.references import Ref

from .definitions import definitions_changed
from .expression import CustomValue
from .kinds import kind_of, known_kinds, split_linked, split_options
from .models import CustomField, CustomSection

MOST = 200
FLAGS = ("required", "unique", "searchable", "show_in_list")


def fields_to_define(record_type: str, type_id: int | None) -> list[CustomField]:
    """The definitions of a record type (and type), in order."""
    stmt = select(CustomField).where(
        CustomField.record_type == record_type,
        CustomField.retired_at.is_(None),
        CustomField.type_id.is_(None) if type_id is None else CustomField.type_id == type_id,
    )
    return list(db.session.scalars(stmt.order_by(CustomField.position, CustomField.id)))


def sections_to_define(record_type: str) -> list[CustomSection]:
    """The sections of a record type, in order."""
    stmt = select(CustomSection).where(CustomSection.record_type == record_type)
    return list(db.session.scalars(stmt.order_by(CustomSection.position, CustomSection.id)))


def find_definition(record_type: str, field_id: int) -> CustomField:
    """A definition that is in use. Raises NotFound."""
    found = db.session.get(CustomField, field_id) if 0 < field_id < 2**31 else None
    if found is None or found.record_type != record_type or found.retired_at is not None:
        raise NotFound
    return found


def _checked(
    record_type: str, type_id: int | None, values: Mapping[str, Any], field: CustomField | None, actor: Actor | None
) -> dict[str, Any]:
    """Values of a definition's form, parsed; raises Invalid by field."""
    errors: dict[str, Any] = {}
    out: dict[str, Any] = {}
    label = clean_text(values.get("label"), lines=False)
    kind = str(values.get("kind") or (field.kind if field else ""))
    options = clean_text(values.get("options"), lines=True) or ""
    if not label or len(label) > 100:
        errors["label"] = [_l("Give it a label of up to 100 characters.")]
    elif _is_taken(record_type, type_id, label, field):
        errors["label"] = [_l("“%(label)s” is a column or another field already. Files tell fields by their label.", label=label)]
    if kind not in known_kinds():
        errors["kind"] = [_l("Choose a kind.")]
    if kind == "combo" and not split_options(options):
        errors["options"] = [_l("Write the options, separated by commas.")]
    if len(options) > 60_000 or any(len(o) > 200 for o in split_options(options)):
        errors["options"] = [_l("Each option may have up to 200 characters.")]
    parent_id = _number(values.get("parent_id"))
    if kind == "linked":
        errors |= _check_linked(record_type, type_id, options, parent_id, field)
    else:
        parent_id = None
    section_id = _number(values.get("section_id"))
    if section_id is not None and section_id not in {s.id for s in sections_to_define(record_type)}:
        section_id = None
    out = {"label": label, "kind": kind, "options": options, "parent_id": parent_id, "section_id": section_id}
    out["default"] = clean_text(values.get("default"), lines=False)
    out["position"] = _number(values.get("position")) or 0
    out |= {flag: str(values.get(flag, "")).lower() in ("1", "true", "on") for flag in FLAGS}
    if out["unique"] and (kind == "checkbox" or out["default"]):
        errors["unique"] = [_l("A checkbox, or a field with a default value, has the same value on many records.")]
    if errors:
        raise Invalid(errors)
    if out["default"]:
        out["default"] = _checked_default(CustomField(id=0, record_type=record_type, extra={}, **out), field, actor)
    return out


def _checked_default(probe: CustomField, field: CustomField | None, actor: Actor | None) -> str:
    """The default of a definition as it is kept: a reference as its id. Raises Invalid for what the kind refuses or the actor can't see."""
    same = field is not None and (field.kind, field.default) == (probe.kind, probe.default)
    reading = Reading(actor=actor if actor is not None and not same else Actor.system(), source="form")  # another may have chosen it
    kind = kind_of(probe)
    assert kind is not None
    assert probe.default
    try:
        value = kind.parse(probe.default, reading)
    except Invalid as refused:
        raise Invalid({"default": next(iter(refused.errors.values()))}) from None
    return str(value) if isinstance(kind, Ref) else probe.default


def _number(raw: Any) -> int | None:
    text = str(raw or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _is_taken(record_type: str, type_id: int | None, label: str, field: CustomField | None) -> bool:
    rt = runtime().record_types[record_type]
    names = (
        {f.csv.casefold() for f in rt.fields if f.csv}
        | {f.name.casefold() for f in rt.fields}
        | {str(f.label).casefold() for f in rt.fields}
    )
    names |= {c.casefold() for c in rt.csv}
    if label.casefold() in names - {
        f.label.casefold() for f in fields_to_define(record_type, type_id) if field is not None and f.id == field.id
    }:
        return True
    return any(
        other.label.casefold() == label.casefold()
        for other in fields_to_define(record_type, type_id)
        if field is None or other.id != field.id
    )


def _check_linked(record_type: str, type_id: int | None, options: str, parent_id: int | None, field: CustomField | None) -> dict[str, Any]:
    pairs = split_linked(options)
    if not pairs:
        return {"options": [_l("Write the options, separated by commas; below another list as parent|option.")]}
    if parent_id is None:
        return {}
    parent = db.session.get(CustomField, parent_id)
    if parent is None or parent.kind != "linked" or parent.record_type != record_type or parent.type_id != type_id:
        return {"parent_id": [_l("The parent has to be a linked list of the same records.")]}
    seen = {field.id} if field is not None else set()
    above: CustomField | None = parent
    while above is not None:
        if above.id in seen:
            return {"parent_id": [_l("A list can't stand below itself.")]}
        seen.add(above.id)
        above = db.session.get(CustomField, above.parent_id) if above.parent_id else None
    known = {value for _p, value in split_linked(parent.options)}
    unknown = sorted({p for p, _v in pairs if p not in known})
    if unknown:
        return {"options": [_l("“%(value)s” is no option of “%(parent)s”.", value=unknown[0] or "–", parent=parent.label)]}
    return {}


def create_field(record_type: str, type_id: int | None, values: Mapping[str, Any], actor: Actor | None = None) -> CustomField:
    """A new custom field from a form's raw values; without an actor, by the installation itself. Raises Invalid by field."""
    if len(fields_to_define(record_type, type_id)) >= MOST:
        raise Invalid({"label": _l("At most %(n)s fields.", n=MOST)})
    field = CustomField(record_type=record_type, type_id=type_id, extra={}, **_checked(record_type, type_id, values, None, actor))
    db.session.add(field)
    db.session.flush()
    definitions_changed()
    return field


def update_field(
    field: CustomField, values: Mapping[str, Any], actor: Actor | None = None, *, confirmed: bool = False
) -> CustomField:
    """Change a definition. Raises Conflict when values of records would not survive, until that is confirmed; they stay in the records."""
    new = _checked(field.record_type, field.type_id, values, field, actor)
    if new["kind"] != field.kind or (field.kind in ("combo", "linked") and new["options"] != field.options):
        lost = values_that_do_not_fit(field, new)
        if lost and not confirmed:
            shown = ", ".join(f"{value} ({n})" for value, n in lost[:10])
            raise Conflict(
                _l(
                    "Records hold values that would not fit any more: %(values)s. They stay readable, but can't be chosen again.",
                    values=shown,
                ),
                details={"values": lost},
            )
    if new["unique"] and not field.unique and (shared := _shared_values(field)):
        raise Invalid({"unique": [_l("Several records share a value: %(values)s.", values=", ".join(shared))]})
    for name, value in new.items():
        setattr(field, name, value)
    db.session.flush()
    definitions_changed()
    return field


def _shared_values(field: CustomField) -> list[str]:
    """Some values that more than one record holds."""
    model = runtime().record_types[field.record_type].model
    value = CustomValue(model.custom, field.id)
    held = select(value.label("value")).where(value.is_not(None), model.trashed_at.is_(None)).group_by(value)
    return [str(row.value) for row in db.session.execute(held.having(func.count() > 1).limit(5))]


def values_that_do_not_fit(field: CustomField, new: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Values in records that the changed definition would refuse, with how many records hold each."""
    model = runtime().record_types[field.record_type].model
    value = CustomValue(model.custom, field.id)
    rows = db.session.execute(select(value.label("value"), func.count().label("n")).where(value.is_not(None)).group_by(value)).all()
    kind = kind_of(CustomField(id=field.id, record_type=field.record_type, extra={}, **new))
    assert kind is not None
    reading = Reading(actor=Actor.system(), source="form")  # whether a value fits hangs on no reader
    if isinstance(kind, Ref):
        kind.warm([str(row.value) for row in rows], reading)
    out = []
    for row in rows:
        try:
            kind.parse(str(row.value), reading)
        except Invalid:
            out.append((str(row.value), int(row.n)))
    return out


def retire_field(field: CustomField) -> None:
    """Hide a field; its values are kept until it is purged."""
    field.retired_at = utcnow()
    db.session.flush()
    definitions_changed()


def save_section(record_type: str, name: Any, position: Any = 0, section: CustomSection | None = None) -> CustomSection:
    """A new or changed section. Raises Invalid."""
    cleaned = clean_text(name, lines=False)
    if not cleaned or len(cleaned) > 100:
        raise Invalid({"name": _l("Give it a name of up to 100 characters.")})
    if any(s.name.casefold() == cleaned.casefold() and s is not section for s in sections_to_define(record_type)):
        raise Invalid({"name": _l("There is a section “%(name)s” already.", name=cleaned)})
    if section is None:
        section = CustomSection(record_type=record_type, name=cleaned)
        db.session.add(section)
    section.name, section.position = cleaned, _number(position) or 0
    db.session.flush()
    definitions_changed()
    return section


def delete_section(section: CustomSection) -> None:
    """Remove a section; its fields stand in none then."""
    for field in db.session.scalars(select(CustomField).where(CustomField.section_id == section.id)):
        field.section_id = None
    db.session.delete(section)
    db.session.flush()
    definitions_changed()
