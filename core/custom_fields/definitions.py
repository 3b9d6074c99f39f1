"""From definitions to Fields, kept per process until a definition changes."""

from typing import Any

from sqlalchemy import select

from core.access import Actor
from core.addons.runtime import runtime
from core.db import db
from core.fields import Field, Invalid, Reading, id_of
from core.fields.references import Ref

from .expression import DATE, ID, NUMBER, ORDER, TEXT, CustomValue
from .kinds import StoredDate, StoredNumber, kind_of
from .models import CustomField, CustomSection

CACHE = "custom_fields"


def is_custom(name: str) -> bool:
    """Whether a field of this name is a custom one: f and the id of its definition."""
    return name[:1] == "f" and name[1:].isdigit()


def _field(definition: CustomField, kind: Any) -> Field:
    field_id = definition.id
    refers = isinstance(kind, Ref)
    order = NUMBER if isinstance(kind, StoredNumber) else DATE if isinstance(kind, StoredDate) else ID if refers else ORDER
    return Field(
        name=f"f{field_id}",
        label=definition.label,
        kind=kind,
        required=definition.required,
        list=True,
        filter=definition.searchable,
        sort=not refers,
        csv=definition.label,
        column=lambda m: CustomValue(m.custom, field_id, form=ID if refers else TEXT),
        order=lambda m: CustomValue(m.custom, field_id, form=order),
        page_column=(lambda m: CustomValue(m.custom, field_id)) if refers else None,
        default=_default(definition, kind),
        width=12 if definition.kind == "textarea" else 3,
        tab=False,
        custom_id=field_id,
        type_ids=None if definition.type_id is None else (definition.type_id,),
    )


def _default(definition: CustomField, kind: Any) -> Any:
    """The default as records hold it; None where it fits its kind no more."""
    if isinstance(kind, Ref):
        return id_of(definition.default)
    try:
        return kind.parse(definition.default, Reading(actor=Actor.system(), source="form"))
    except Invalid:
        return None


def _load(record_type: str) -> tuple[Field, ...]:
    rows = db.session.scalars(
        select(CustomField)
        .where(CustomField.record_type == record_type, CustomField.retired_at.is_(None))
        .order_by(CustomField.type_id, CustomField.position, CustomField.id)
    ).all()
    out = []
    for row in rows:
        kind = kind_of(row)
        if kind is None:  # the values stay, the field rests
            continue
        if isinstance(kind, Ref) and kind.target not in runtime().parts["lookups"]:
            continue
        out.append(_field(row, kind))
    return tuple(out)


def custom_fields(record_type: str) -> tuple[Field, ...]:
    """All custom fields of a record type that are in use, in order; of all its types."""
    return runtime().parts["versioned"].get(CACHE, record_type, lambda: _load(record_type))  # type: ignore[no-any-return]


def unique_fields(record_type: str) -> tuple[Field, ...]:
    """Those of them whose value only one record may have."""

    def load() -> tuple[Field, ...]:
        ids = set(db.session.scalars(select(CustomField.id).where(CustomField.record_type == record_type, CustomField.unique)))
        return tuple(f for f in custom_fields(record_type) if f.custom_id in ids)

    return runtime().parts["versioned"].get(CACHE, ("unique", record_type), load)  # type: ignore[no-any-return]


def fields_of_type(record_type: str, type_id: int | None) -> tuple[Field, ...]:
    """The custom fields that a record of this type has: the shared ones, and its type's own."""
    return tuple(f for f in custom_fields(record_type) if f.type_ids is None or type_id in f.type_ids)


def sections(record_type: str) -> list[tuple[str, tuple[str, ...]]]:
    """The sections with the names of their fields in order; "" is for fields that stand in none."""

    def load() -> list[tuple[str, tuple[str, ...]]]:
        names = dict(
            db.session.execute(
                select(CustomSection.id, CustomSection.name)
                .where(CustomSection.record_type == record_type)
                .order_by(CustomSection.position, CustomSection.id)
            ).all())
        where = dict(db.session.execute(select(CustomField.id, CustomField.section_id).where(CustomField.record_type == record_type)).all())
        groups: dict[Any, list[str]] = {section_id: [] for section_id in (*names, None)}
        for field in custom_fields(record_type):
            section = where.get(field.custom_id or 0)
            groups[section if section in groups else None].append(field.name)
        return [(names.get(section_id, ""), tuple(fields)) for section_id, fields in groups.items() if fields]

    return runtime().parts["versioned"].get(CACHE, ("sections", record_type), load)  # type: ignore[no-any-return]


def definitions_changed() -> None:
    """Call inside the unit of work that changed a definition or a section."""
    runtime().parts["versioned"].changed(CACHE)
