"""The verbs that all records share: create, update, delete, restore. Form, file, REST, job and mail come through here.

They flush and never commit. A row is checked before it is written and selected again through the rights afterwards (docs/access.md).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from core.access import Actor, Conflict, Forbidden, NotFound, is_allowed
from core.addons.declarations import Change
from core.addons.runtime import runtime
from core.custom_fields.definitions import fields_of_type, is_custom
from core.custom_fields.kinds import Linked
from core.db import after_commit, db, utcnow
from core.db.work import rollback, savepoint
from core.fields import Field, Invalid, Writing, kinds
from core.fields.references import Ref, Refs
from core.history import HistoryEntry
from core.history.listener import plain

from . import follow
from .bulk import delete_many
from .record_type import RecordType
from .unique import refused_by_index, taken
from .uses import refuse_without_ground


def writable_fields(rt: RecordType, type_id: int | None = None) -> list[Field]:
    """The fields that come in from outside: declared ones, and the custom ones of the record's type."""
    out = [f for f in rt.fields if f.written]
    if rt.custom:
        out += fields_of_type(rt.name, type_id) if rt.custom.type_attribute else fields_of_type(rt.name, None)
    return out


def type_of(rt: RecordType, values: Mapping[str, Any], record: Any = None) -> int | None:
    """The type of a record that is about to be written: it decides which custom fields there are."""
    if not rt.custom or not rt.custom.type_attribute:
        return None
    name = rt.custom.type_attribute
    return values[name] if name in values else getattr(record, name, None)


def missing(rt: RecordType, values: Mapping[str, Any], record: Any = None) -> dict[str, list[Any]]:
    """Required fields that stay empty, by field. On an update only those that were sent empty count."""
    out = {}
    for f in writable_fields(rt, type_of(rt, values, record)):
        if f.required and (f.name in values or record is None) and values.get(f.name) in (None, "", []):
            out[f.name] = [_l("This is needed.")]
    return out


def sent_back(f: Field, raw: Any, record: Any, locale: str = "C") -> bool:
    """Whether a custom field's value comes back as it was given out: as it is stored, or as a form shows it in this locale.

    Its definition may refuse it by now. It stays all the same, until somebody chooses another: whoever changes a phone does not decide
    about an option that is gone.
    """
    now = (record.custom or {}).get(f.name) if f.custom_id and record is not None else None
    return now is not None and (raw == now if locale == "C" else str(raw).strip() == f.kind.text(now, Writing(locale=locale)))


def check_linked(rt: RecordType, values: Mapping[str, Any], record: Any = None) -> dict[str, Any]:
    """Linked lists: a value must fit its parent's; where only the parent changes, what no longer fits is emptied below it."""
    out = dict(values)
    errors: dict[str, Any] = {}
    before = dict(record.custom or {}) if record is not None else {}
    lists = {f.name: f.kind for f in writable_fields(rt, type_of(rt, values, record)) if isinstance(f.kind, Linked) and f.kind.parent}
    emptied = True
    while emptied:  # what is emptied empties what stands below it, in whatever order the fields are
        emptied = False
        for name, kind in lists.items():
            assert kind.parent
            parent, value = out.get(kind.parent, before.get(kind.parent)), out.get(name, before.get(name))
            if value is None or name in errors or kind.fits(parent, value):
                continue
            parent_changes = parent != before.get(kind.parent)
            if values.get(name) is not None and (value != before.get(name) or parent_changes):
                errors[name] = [_l("“%(value)s” does not go with “%(parent)s”.", value=value, parent=parent or "–")]
            elif parent_changes:
                out[name], emptied = None, True
    if errors:
        raise Invalid(errors)
    return out


def _assign(rt: RecordType, record: Any, values: Mapping[str, Any]) -> dict[str, Refs]:
    """Put values on the record; links of several references wait until it has an id."""
    links: dict[str, Refs] = {}
    changed: dict[str, list[Any]] = {}
    custom = dict(record.custom or {})
    for name, value in values.items():
        if is_custom(name):
            if value in (None, ""):
                custom.pop(name, None)
            else:
                custom[name] = value
            continue
        kind = next((f.kind for f in rt.fields if f.name == name), None)
        if isinstance(kind, Refs):
            with db.session.no_autoflush:  # one save is one entry of history
                before, after = kind.read([record.id])[record.id] if record.id else [], sorted(value or [])
            if before != after:
                links[name] = kind
                changed[name] = [before or None, after or None]
        elif getattr(record, name) != value:
            setattr(record, name, value)
    if custom != (record.custom or {}):
        record.custom = custom
    if changed:  # the links lie in another table: the record's version and history tell of them all the same
        record.link_changes = changed
        record.updated_at = utcnow()
    return links


def _finish(rt: RecordType, record: Any, actor: Actor, links: Mapping[str, Refs], values: Mapping[str, Any], change: Change) -> None:
    _flush(record)
    for name, kind in links.items():
        kind.write(record.id, values[name] or [])
    moved = [name for name in values if change.action == "update" and change.before.get(name) != values[name]]
    rt.written([record.id], actor)
    follow.written(rt, [record.id], {record.id: moved})  # afterwards: who touched the other record has waited for its new name
    runtime().addons.call("record_saving", change=change)
    db.session.flush()
    after_commit(lambda: runtime().addons.call("record_saved", change=change))


def _flush(record: Any) -> None:
    held = dict(record.__dict__)  # after the failure it can't be asked any more
    try:
        db.session.flush()
    except IntegrityError as error:  # somebody else wrote it since it was asked for
        refused = refused_by_index(type(record), held, error)
        if refused is None:
            raise
        if not db.session().in_nested_transaction():  # else whoever began that takes it back
            rollback()
        raise refused from None


def create_record(rt: RecordType, values: Mapping[str, Any], actor: Actor, *, required: bool = True) -> Any:
    """A new record from parsed values (field name → value; an absent one means the default).

    Raises Forbidden when the actor may not create here, Invalid with messages by field.
    """
    blindly = may_create_blindly(rt, actor)
    if not (rt.access.create(actor) or blindly) or actor.read_only:
        raise Forbidden
    given = dict(values)
    for f in writable_fields(rt, type_of(rt, given)):
        if f.name not in given and (default := f.default_value(actor)) is not None:
            given[f.name] = default
    given = rt.prepare(check_linked(rt, given), None, actor)
    if errors := (missing(rt, given) if required else {}) or taken(rt, [(0, None, given)]).get(0, {}):
        raise Invalid(errors)
    record = rt.model(created_by_id=actor.user_id, custom={})
    links = _assign(rt, record, given)
    db.session.add(record)
    _finish(
        rt, record, actor, links, given, Change(record_type=rt.name, record=record, action="create", actor_id=actor.user_id, after=given)
    )
    if not blindly:
        _check_written(rt, record, actor, "create")
    return record


def may_create_blindly(rt: RecordType, actor: Actor) -> bool:
    """Whether the actor is an API user who may make such records whatever his profile, seen by him afterwards or not (docs/access.md)."""
    return rt.url.strip("/") in actor.facts.get("creates", ())


def _check_written(rt: RecordType, record: Any, actor: Actor, action: str) -> None:
    rules = {rule.action for rule in (*rt.access.rules, *rt.foreign_rules)}
    wanted = [a for a in (("create",) if action == "create" else ()) if a in rules]
    may = is_allowed(rt, record.id, actor, "view", *wanted)
    if wanted and not may["create"]:
        raise Forbidden if may["view"] else NotFound
    if not may["view"]:
        raise Conflict(_l("After this change you would not see the record any more, so nothing was saved."), details={"sight": True})


def update_record(
    rt: RecordType, record: Any, values: Mapping[str, Any], actor: Actor, *, version: int | None = None, confirmed: bool = False
) -> Any:
    """Change the fields in `values` of a record that was loaded for editing.

    `version` is the one that the writer saw: changes of others to other fields since then are kept; to the same fields they raise
    Conflict with both values. `confirmed` says that the loss of one's own sight was announced and accepted.
    """
    if actor.read_only:
        raise Forbidden
    given = without_hidden(rt, record, values, actor)
    if version is not None and version != record.version:
        given = merge(rt, record, given, version)
    given = rt.prepare(check_linked(rt, given, record), record, actor)
    if errors := missing(rt, given, record) or taken(rt, [(0, record.id, given)]).get(0, {}):
        raise Invalid(errors)
    if not confirmed and (question := rt.asks(given, record, actor)) is not None:
        raise question
    before = snapshot(rt, record, given)
    links = _assign(rt, record, given)
    change = Change(record_type=rt.name, record=record, action="update", actor_id=actor.user_id, before=before, after=given)
    _finish(rt, record, actor, links, given, change)
    if not confirmed:
        _check_written(rt, record, actor, "edit")
    return record


def without_hidden(rt: RecordType, record: Any, values: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """The values to write without those that would empty a reference which the actor can't see.

    Forms, REST and files give him nothing in its place, so nothing is what he sends back with the rest.
    """

    def hidden(name: str) -> bool:
        kind = next((f.kind for f in rt.fields if f.name == name), None)
        return isinstance(kind, Ref) and kind.hides(getattr(record, name, None), actor)

    return {name: value for name, value in values.items() if value is not None or not hidden(name)}


def snapshot(rt: RecordType, record: Any, names: Any, linked: Mapping[str, Mapping[int, Any]] | None = None) -> dict[str, Any]:
    """The values that the record has now in these fields. `linked`: what was read already of several references, by field and record."""
    out: dict[str, Any] = {}
    for name in names:
        if is_custom(name):
            out[name] = (record.custom or {}).get(name)
        elif (f := next((f for f in rt.fields if f.name == name), None)) is not None and isinstance(f.kind, Refs):
            out[name] = linked[name][record.id] if linked and name in linked else f.kind.read([record.id])[record.id]
        else:
            out[name] = getattr(record, name, None)
    return out


def of_history(rt: RecordType, name: str, value: Any) -> Any:
    """A value of history as the record holds it."""
    f = next((f for f in rt.fields if f.name == name), None)
    if f is None or not isinstance(value, str):
        return value  # a custom value is stored as JSON anyway
    if isinstance(f.kind, kinds.Instant):
        return datetime.fromisoformat(value)
    if isinstance(f.kind, kinds.Date):
        return date.fromisoformat(value)
    return Decimal(value) if isinstance(f.kind, kinds.Number) else value


def changed_since(rt: RecordType, record: Any, version: int | None) -> tuple[list[str], list[int | None]]:
    """The fields that others changed since the version that a writer saw, and who they were; nothing where it is the present one."""
    if version is None or version == record.version:
        return [], []
    entries = _entries_since(rt, record, version)
    names = dict.fromkeys(name for entry in entries for name in entry.changes)
    return list(names), list(dict.fromkeys(entry.actor_id for entry in entries))


def _entries_since(rt: RecordType, record: Any, version: int) -> Sequence[HistoryEntry]:
    return db.session.scalars(
        select(HistoryEntry)
        .where(HistoryEntry.record_type == rt.name, HistoryEntry.record_id == record.id, HistoryEntry.version > version)
        .order_by(HistoryEntry.id)
    ).all()


def merge(rt: RecordType, record: Any, given: Mapping[str, Any], version: int) -> dict[str, Any]:
    """Somebody else saved since `version`: keep his fields where the writer changed nothing; several references add up.

    Raises Conflict where both changed the same field. Its `details`: "version", "by", "fields" (field, before, theirs, yours) and
    "changed", the names of all fields that the writer himself changed.
    """
    entries = _entries_since(rt, record, version)
    theirs: dict[str, list[Any]] = {}
    for entry in entries:
        for name, (before, after) in entry.changes.items():
            theirs[name] = [theirs[name][0] if name in theirs else before, after]
    several = {f.name for f in rt.fields if isinstance(f.kind, Refs)}
    now = snapshot(rt, record, given)
    mine: dict[str, Any] = {}
    changed, clashes = [], []
    for name, value in given.items():
        if name not in theirs:
            mine[name] = value
            if plain(value) != plain(now[name]):
                changed.append(name)
            continue
        before, after = theirs[name]
        if name in several:
            was, sent = set(before or ()), set(value or ())
            mine[name] = sorted((set(after or ()) | (sent - was)) - (was - sent))
            if sent != was:
                changed.append(name)
        elif plain(value) not in (before, after):  # else it was left as it was when the form was opened, or both agree
            changed.append(name)
            clashes.append({"field": name, "before": before, "theirs": after, "yours": plain(value)})
    if clashes:
        raise Conflict(
            _l("Somebody else saved this record while you were editing it."),
            details={
                "version": record.version, "fields": clashes, "changed": changed, "by": entries[-1].actor_id if entries else None,
            },
        )  # fmt: skip
    return mine


def delete_record(rt: RecordType, record: Any, actor: Actor) -> None:
    """Move a record that was loaded for deleting into the trash. Raises Conflict when others hang on it."""
    for _record, refusal in delete_many(rt, [record], actor):
        raise refusal


def restore_record(rt: RecordType, record: Any, actor: Actor) -> None:
    """Take a record out of the trash again.

    Raises Conflict when what it belongs to is in the trash itself, or when another has what only one may have (a name, a number).
    """
    if actor.read_only:
        raise Forbidden
    refuse_without_ground(record)
    change = Change(record_type=rt.name, record=record, action="restore", actor_id=actor.user_id)
    held = dict(record.__dict__)
    try:
        rt.restoring(record, actor)
        if errors := taken(rt, [(0, record.id, record.custom or {})]).get(0):
            raise Invalid(errors)
        with savepoint():
            record.trashed_at = None
            db.session.flush()
    except Invalid as said:
        raise Conflict(next(iter(said.errors.values()))[0]) from None
    except IntegrityError as error:
        message = _l("“%(name)s” can't be restored: another record has what only one may have.", name=held.get(rt.title))
        refused = refused_by_index(rt.model, held, error)
        raise Conflict(next(iter(refused.errors.values()))[0] if refused else message) from None
    _finish(rt, record, actor, {}, {}, change)
