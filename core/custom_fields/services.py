"""Defining custom fields: new ones, changes that keep values, fields that retire, sections."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as field_of
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import case, func, select
from sqlalchemy.orm.attributes import flag_modified

from core.access import Actor
from core.addons.runtime import runtime
from core.db import among, db, sort_key, utcnow
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.fields import Reading
from core.fields.kinds import clean_text
from core.fields.references import Ref

from .definitions import definitions_changed, is_custom
from .expression import CustomValue
from .kinds import FORMER, StoredFlag, kind_of, known_kinds, split_linked, split_options
from .models import CustomField, CustomSection

MOST = 200
LONGEST = 200
"""Letters of a label: as many as reports of imports keep of a column's name."""
CHUNK = 500
FLAGS = ("required", "unique", "searchable", "show_in_list")
MOST_COUNTED = 1000
"""Records that are counted before a field is deleted for good: no index knows them."""
PURGED = "purged"
"""Where a definition's `extra` says that its values were deleted: it stays for its label, by which histories tell of them."""


def _defined(record_type: str, type_id: int | None) -> Any:
    of_type = CustomField.type_id.is_(None) if type_id is None else CustomField.type_id == type_id
    return select(CustomField).where(CustomField.record_type == record_type, of_type)


def fields_to_define(record_type: str, type_id: int | None) -> list[CustomField]:
    """The definitions of a record type (and type) that are in use, in order."""
    stmt = _defined(record_type, type_id).where(CustomField.retired_at.is_(None))
    return list(db.session.scalars(stmt.order_by(CustomField.position, CustomField.id)))


def retired_fields(record_type: str, type_id: int | None) -> list[CustomField]:
    """The definitions that were taken away, the last first."""
    stmt = _defined(record_type, type_id).where(CustomField.retired_at.is_not(None))
    return [f for f in db.session.scalars(stmt.order_by(CustomField.retired_at.desc(), CustomField.id.desc())) if PURGED not in f.extra]


def count_held(field: CustomField, most: int) -> int:
    """How many records hold a value in a field, those in the trash too; counted up to one more than `most`."""
    model = runtime().record_types[field.record_type].model
    held = select(model.id).where(CustomValue(model.custom, field.id).is_not(None)).limit(most + 1)
    return int(db.session.scalar(select(func.count()).select_from(held.subquery())) or 0)


def sections_to_define(record_type: str) -> list[CustomSection]:
    """The sections of a record type, in order."""
    stmt = select(CustomSection).where(CustomSection.record_type == record_type)
    return list(db.session.scalars(stmt.order_by(CustomSection.position, CustomSection.id)))


def find_definition(record_type: str, field_id: int, *, retired: bool = False) -> CustomField:
    """A definition that is in use, or one that was taken away. Raises NotFound."""
    found = db.session.get(CustomField, field_id) if 0 < field_id < 2**31 else None
    if found is None or found.record_type != record_type or (found.retired_at is not None) is not retired or PURGED in found.extra:
        raise NotFound
    return found


def former_labels(names: Iterable[str]) -> dict[str, str]:
    """Name of a field (`f<id>`) → its label, also of fields that were taken away; names of nothing are left out."""
    ids = [int(name[1:]) for name in names if is_custom(name)]
    stmt = select(CustomField.id, CustomField.label).where(CustomField.id.in_(ids))
    return {f"f{id}": label for id, label in db.session.execute(stmt)} if ids else {}


def _checked(
    record_type: str, type_id: int | None, values: Mapping[str, Any], field: CustomField | None, actor: Actor | None
) -> dict[str, Any]:
    """Values of a definition's form, parsed; raises Invalid by field."""
    errors: dict[str, Any] = {}
    out: dict[str, Any] = {}
    label = clean_text(values.get("label"), lines=False)
    kind = str(values.get("kind") or (field.kind if field else ""))
    options = clean_text(values.get("options"), lines=True) or ""
    if not label or len(label) > LONGEST:
        errors["label"] = [_l("Give it a label of up to %(n)s characters.", n=LONGEST)]
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
    out["position"] = _position(values.get("position"), field, fields_to_define(record_type, type_id))
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


def _position(raw: Any, record: CustomField | CustomSection | None, others: Sequence[CustomField] | Sequence[CustomSection]) -> int:
    """The position that was typed; without one what is new stands last (files have it after the others, too), and what is there stays."""
    if raw is not None and (given := _number(str(raw))) is not None:
        return given
    return record.position if record is not None else max((other.position for other in others), default=-1) + 1


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
    field: CustomField, values: Mapping[str, Any], actor: Actor | None = None, *, confirmed: bool = False, reading: Reading | None = None
) -> CustomField:
    """Change a definition. What records hold is kept: read anew where it fits, as `reading` has it, else as it is.

    Raises Conflict when values of records would not fit, until that is confirmed; its `details["values"]` are pairs of value and number of
    records, and the message names those records that the actor sees.
    """
    new = _checked(field.record_type, field.type_id, values, field, actor)
    changed = new["kind"] != field.kind or (field.kind in ("combo", "linked") and new["options"] != field.options)
    fitted = fit_values(field, new, reading) if changed else Fitted()
    if fitted.lost and not confirmed:
        raise Conflict(
            _l(
                "Records hold values that would not fit any more: %(values)s. They stay readable, but can't be chosen again.",
                values="; ".join(_with_holders(field, fitted.lost[:10], actor)),
            ),
            details={"values": fitted.lost},
        )
    if new["unique"] and (shared := fitted.shared() if changed else [] if field.unique else _shared_values(field)):
        raise Invalid({"unique": [_l("Several records share a value: %(values)s.", values=", ".join(shared[:5]))]})
    for name, value in new.items():
        setattr(field, name, value)
    if changed:
        former = [value for value, _n in fitted.lost] if field.kind in ("combo", "linked") else []
        field.extra = {**{k: v for k, v in field.extra.items() if k != FORMER}, **({FORMER: former[:MOST]} if former else {})}
        _rewrite(field, fitted.anew)
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
    return fit_values(field, new).lost


@dataclass(kw_only=True)
class Fitted:
    """What records hold, seen by a changed definition: values that it refuses with how many hold each, and what becomes of the others."""

    lost: list[tuple[str, int]] = field_of(default_factory=list)
    anew: dict[str, Any] = field_of(default_factory=dict)
    """Text of the stored value → the value as the new kind stores it, where the two differ; None where it means nothing."""
    kept: list[tuple[str, int]] = field_of(default_factory=list)
    """Values that stay or are read anew, with how many records hold each that are not in the trash."""

    def shared(self) -> list[str]:
        """Values that more than one record would hold."""
        numbers: Counter[str] = Counter()
        for text, n in self.kept:
            numbers[str(self.anew.get(text, text))] += n
        return [text for text, n in numbers.items() if n > 1]


def fit_values(field: CustomField, new: Mapping[str, Any], reading: Reading | None = None) -> Fitted:
    """What records hold in a field, seen by its changed definition.

    A text is read as its writer would have typed it now ("1.234,5" in Spanish); what was a number or a date before is so already.
    """
    model = runtime().record_types[field.record_type].model
    value = CustomValue(model.custom, field.id)
    live = func.count(case((model.trashed_at.is_(None), 1))).label("live")
    stmt = select(value.label("value"), func.count().label("n"), live).where(value.is_not(None)).group_by(value)
    rows = db.session.execute(stmt).all()
    kind = kind_of(CustomField(id=field.id, record_type=field.record_type, extra={}, **new))
    assert kind is not None
    own = Reading(actor=Actor.system(), source="json")
    typed = replace(reading or own, actor=Actor.system(), source="form")  # whether it fits hangs on no reader's rights
    ways = (own, typed) if field.kind in ("numeric", "date") else (typed, own)
    out, was = Fitted(), kind_of(field)
    meant = {"true": "1"} if isinstance(was, StoredFlag) else {}  # PostgreSQL's word for what SQLite calls 1
    if isinstance(kind, Ref):
        for way in ways:
            kind.warm([meant.get(str(row.value), str(row.value)) for row in rows], way)
    as_text = not isinstance(was, Ref | StoredFlag)  # else JSON holds an id or true, which only looks like a text here
    for row in sorted(rows, key=lambda row: sort_key(str(row.value))):
        text = str(row.value)
        if isinstance(kind, StoredFlag) and as_text and text != "1":  # it would be read as yes, and be gone
            out.lost.append((text, int(row.n)))
            continue
        try:
            stored = _first_that_reads(kind, meant.get(text, text), ways)
        except Invalid:
            out.lost.append((text, int(row.n)))
            if isinstance(was, StoredFlag) and text in ("1", "true"):
                out.anew[text] = "1"  # true is no text: what comes after this kind could not tell what it was
        else:
            out.kept.append((text, int(row.live)))
            if not as_text or stored != text:
                out.anew[text] = stored
    return out


def _first_that_reads(kind: Any, text: str, ways: Sequence[Reading]) -> Any:
    try:
        return kind.parse(text, ways[0])
    except Invalid:
        return kind.parse(text, ways[1])


def _with_holders(field: CustomField, lost: Sequence[tuple[str, int]], actor: Actor | None) -> list[str]:
    """Values with how many records hold them, and the titles of some that the actor sees."""
    from core.access import select_records

    rt = runtime().record_types[field.record_type]
    value = CustomValue(rt.model.custom, field.id)
    held = value.in_([text for text, _n in lost])
    seen = select_records(rt, actor if actor is not None else Actor.system()).where(held).add_columns(value)
    titles: dict[str, list[str]] = {}
    for record, text in db.session.execute(seen.order_by(rt.model.id).limit(200)):
        titles.setdefault(text, []).append(rt.title_of(record))
    return [f"{text} ({': '.join([str(n), ', '.join(titles[text][:3])] if text in titles else [str(n)])})" for text, n in lost]


def _rewrite(field: CustomField, anew: Mapping[str, Any]) -> None:
    """Write values as their changed definition stores them; the history of each record keeps what it was."""
    if not anew:
        return
    model, name = runtime().record_types[field.record_type].model, f"f{field.id}"
    value = CustomValue(model.custom, field.id)
    rows = db.session.execute(select(model.id, value).where(value.is_not(None)).order_by(model.id)).all()
    ids = [record_id for record_id, text in rows if str(text) in anew]
    texts = {record_id: str(text) for record_id, text in rows}
    for start in range(0, len(ids), CHUNK):
        for record in db.session.scalars(select(model).where(among(model.id, ids[start : start + CHUNK]))):
            stored = anew[texts[record.id]]
            rest = {key: v for key, v in record.custom.items() if key != name}
            new = rest if stored in (None, "") else {**rest, name: stored}
            is_same = new == record.custom  # to Python true is the same as 1
            record.custom = new
            if is_same:  # it would make history forget what was there
                flag_modified(record, "custom")
        db.session.flush()


def held_former(rt: Any, field: Any, actor: Actor) -> list[str]:
    """The values of a list that are not offered any more, and that records which the actor sees still hold."""
    from core.access import allowed

    former = getattr(field.kind, "former", ())
    if not former:
        return []
    value = CustomValue(rt.model.custom, field.custom_id)
    there = select(value).where(value.in_(former), rt.model.trashed_at.is_(None), allowed(rt, "view", actor)).distinct()
    held = set(db.session.scalars(there))
    return [v for v in former if v in held]


def count_lacking(record_type: str, type_id: int | None, actor: Actor) -> dict[int, int]:
    """Id of each required field → how many records that the actor sees are without a value; those that lack none are left out."""
    from core.access import allowed

    rt = runtime().record_types[record_type]
    assert rt.custom is not None
    required = [f for f in fields_to_define(record_type, type_id) if f.required]
    if not required:
        return {}
    missing = [func.count(case((CustomValue(rt.model.custom, f.id).is_(None), 1))) for f in required]
    stmt = select(*missing).select_from(rt.model).where(rt.model.trashed_at.is_(None), allowed(rt, "view", actor))
    if type_id is not None and rt.custom.type_attribute:
        stmt = stmt.where(getattr(rt.model, rt.custom.type_attribute) == type_id)
    return {f.id: n for f, n in zip(required, db.session.execute(stmt).one(), strict=True) if n}


def retire_field(field: CustomField) -> None:
    """Hide a field; its values are kept until it is purged. Raises Conflict while a list in use depends on it."""
    _refuse_while_above(field, CustomField.retired_at.is_(None))
    field.retired_at = utcnow()
    db.session.flush()
    definitions_changed()


def bring_back(field: CustomField) -> None:
    """Use a field again that was taken away, with the values that records hold. Raises Conflict where another has come in its place."""
    if _is_taken(field.record_type, field.type_id, field.label, field):
        raise Conflict(_l("“%(label)s” is a column or another field already. Give that one another label first.", label=field.label))
    parent = db.session.get(CustomField, field.parent_id) if field.parent_id else None
    if parent is not None and parent.retired_at is not None:
        raise Conflict(_l("It depends on “%(parent)s”. Bring that back first.", parent=parent.label))
    if len(fields_to_define(field.record_type, field.type_id)) >= MOST:
        raise Conflict(_l("At most %(n)s fields.", n=MOST))
    if field.unique and (shared := _shared_values(field)):
        raise Conflict(_l("Several records share a value: %(values)s.", values=", ".join(shared)))
    field.retired_at = None
    db.session.flush()
    definitions_changed()


def why_not_purged(field: CustomField, actor: Actor) -> Any:
    """Why the actor may not delete a field for good, in words; None where he may.

    The values stand on records that he may neither see nor change: superadmins alone delete them (docs/access.md).
    """
    if actor.superadmin or not count_held(field, 0):
        return None
    return _l("Records hold values in “%(label)s”. Only a superadmin deletes it for good; ask one, or bring it back.", label=field.label)


def purge_field(field: CustomField, actor: Actor) -> None:
    """Delete the values of a field that was taken away, and the field; the history of each record keeps what it was.

    Raises Forbidden where records hold values and the actor is no superadmin, Conflict while a list depends on it that could be brought
    back.
    """
    if reason := why_not_purged(field, actor):
        raise Forbidden(reason)
    _refuse_while_above(field)
    model = runtime().record_types[field.record_type].model
    value = CustomValue(model.custom, field.id)
    held = db.session.scalars(select(value).where(value.is_not(None)).distinct())
    _rewrite(field, dict.fromkeys(map(str, held)))
    field.parent_id, field.section_id, field.default = None, None, None
    field.extra = {**field.extra, PURGED: True}
    db.session.flush()
    definitions_changed()


def _refuse_while_above(field: CustomField, *which: Any) -> None:
    below = list(db.session.scalars(select(CustomField.label).where(CustomField.parent_id == field.id, *which).order_by(CustomField.id)))
    if below:
        raise Conflict(_l("Lists depend on it: %(labels)s. Remove those first.", labels=", ".join(below)))


def save_section(record_type: str, name: Any, position: Any = None, section: CustomSection | None = None) -> CustomSection:
    """A new or changed section. Raises Invalid."""
    cleaned = clean_text(name, lines=False)
    if not cleaned or len(cleaned) > 100:
        raise Invalid({"name": _l("Give it a name of up to 100 characters.")})
    there = sections_to_define(record_type)
    if any(s.name.casefold() == cleaned.casefold() and s is not section for s in there):
        raise Invalid({"name": _l("There is a section “%(name)s” already.", name=cleaned)})
    place = _position(position, section, there)
    if section is None:
        section = CustomSection(record_type=record_type, name=cleaned)
        db.session.add(section)
    section.name, section.position = cleaned, place
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
