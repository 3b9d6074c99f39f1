"""The form of a record: built, read, and what it asks for done; called by the generic pages and by plugins whose forms are their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from core.access import Actor, NotFound, is_allowed, load
from core.addons.runtime import runtime
from core.db import db
from core.db.work import rollback
from core.errors import Conflict, Forbidden, Invalid
from core.fields import Field, Reading, Writing, id_of
from core.fields.references import Ref, labels
from core.history import HistoryEntry
from core.records import list_spec, once
from core.records.forms import Form, FormField, FormSection, form_field, form_sections, raw_of, read_form
from core.records.record_type import RecordType
from core.records.services import (
    changed_since,
    create_record,
    missing,
    of_history,
    snapshot,
    type_of,
    update_record,
    writable_fields,
)
from core.web.guards import load_or_404
from core.web.once import remember_made

from .conflicts import Refused, after_conflict
from .reading import reading_now, template, writing_now


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What became of a posted form: the record as it is now (None: none was made), and what stood in the way.

    `refused` is the form to send once more, when somebody else changed the record, or the change has to be confirmed.
    """

    record: Any
    errors: dict[str, list[str]] = field(default_factory=dict)
    warnings: Sequence[tuple[str, Any]] = ()
    refused: Refused | None = None
    beside: str = ""
    """What others changed meanwhile, which was kept, too."""


def refuse_new(rt: RecordType, actor: Actor) -> None:
    """Raises Forbidden for whoever may not make such a record."""
    if not rt.access.create(actor) or actor.read_only:
        raise Forbidden


def load_to_edit(type_name: str, record_id: int, actor: Actor) -> Any:
    """The record whose form this is. Raises NotFound or Forbidden."""
    record = load_or_404(type_name, record_id, "edit")
    if actor.read_only:
        raise Forbidden
    return record


def asked_values(rt: RecordType, actor: Actor) -> dict[str, Any]:
    """What the address of a new form fills in, as in `?company_id=3`. What can't be read is left out."""
    fields = [f for f in writable_fields(rt) if f.form and f.name in request.args]
    return read_form(fields, request.args, reading_now(actor))[0]


def build_form(
    rt: RecordType, actor: Actor, *, record: Any = None, posted: Any = None, errors: Any = None, values: dict[str, Any] | None = None
) -> Form:
    """The form of a new record or of one that is there, with what was posted and the messages beside the fields.

    An address with `back`, the id of an entry of the record's history, fills in what stood there before.
    """
    writing, note = writing_now(), None
    if record is not None and posted is None and "back" in request.args:
        posted, note = _before(rt, record, actor, id_of(request.args["back"]) or 0, writing)
    type_attribute = rt.custom.type_attribute if rt.custom else None
    raw_type = (posted or {}).get(type_attribute) if type_attribute else None
    chosen = id_of(raw_type)
    type_id = chosen if chosen is not None else type_of(rt, values or {}, record)
    doubts = rt.doubts(record) if record is not None and posted is None else {}
    sections = []
    there = {f.name for f in list_spec.page_fields(rt, actor)}
    for section, label, fields in form_sections(rt, type_id):
        controls: list[FormField] = []
        for f in fields:
            if not f.form or not f.written or f.name not in there:
                continue
            if record is not None:
                value = snapshot(rt, record, [f.name])[f.name]
            else:
                value = (values or {}).get(f.name, f.default_value(actor))
            raw = raw_of(f, posted) if posted is not None else None
            shown = {
                n: posted.get(n) if posted is not None and n in posted else (record.custom or {}).get(n) if record is not None else None
                for n in custom_names(rt)
            }
            control = form_field(rt, f, value, actor, writing, raw=raw, values=shown)
            control.doubt = doubts.get(f.name, "")
            if type_attribute and f.name == type_attribute:
                control.attrs = {**control.attrs, "data-reload-form": ""}
            controls.append(control)
        if controls:
            sections.append(FormSection(name=section, label=label, fields=controls))
    form = Form(
        title=_("Edit %(title)s", title=rt.title_of(record)) if record is not None else _("New %(label)s", label=str(rt.label).lower()),
        # With what the address asked for: a form that is refused still knows where it was begun
        action=request.full_path if request.query_string else request.path, sections=sections, submit_label=_("Save"),
        cancel_url=url_for(f"{rt.blueprint}.show", id=record.id) if record is not None else began_at(rt),
        hidden=[("version", str((posted or {}).get("version") or record.version))] if record is not None else [
            ("form_id", (posted or {}).get("form_id") or once.new_key())
        ],
        note=note,
    )  # fmt: skip
    if errors:
        form.show_errors(errors)
    return form


def back_fields(rt: RecordType, record: Any, actor: Actor, changes: Mapping[str, Any]) -> list[Field]:
    """The fields of the actor's form among those that an entry of history changed."""
    there = {f.name for f in list_spec.page_fields(rt, actor)}
    return [f for f in writable_fields(rt, type_of(rt, {}, record)) if f.form and f.name in changes and f.name in there]


def _before(rt: RecordType, record: Any, actor: Actor, entry_id: int, writing: Writing) -> tuple[MultiDict[str, Any], str]:
    """What an entry of the record's history changed, as it was before, in the controls of its form; and words that say so.

    A reference to what the actor does not see stays as it is now.
    """
    stmt = select(HistoryEntry).where(HistoryEntry.record_type == rt.name, HistoryEntry.record_id == record.id)
    entry = db.session.scalar(stmt.where(HistoryEntry.id == entry_id, HistoryEntry.action == "update"))
    fields = back_fields(rt, record, actor, entry.changes) if entry is not None else []
    if entry is None or not fields:
        raise NotFound
    out: MultiDict[str, Any] = MultiDict()
    values = {f: of_history(rt, f.name, entry.changes[f.name][0]) for f in fields}
    values = {f: value for f, value in values.items() if not (isinstance(f.kind, Ref) and f.kind.hides(value, actor))}
    for f, value in values.items():
        if f.kind.multiple:
            out.setlist(f.name, [str(v) for v in value or []])
        elif f.kind.widget == "checkbox":
            out[f.name] = "1" if value else ""
        else:
            out[f.name] = str(value or "") if isinstance(f.kind, Ref) else f.kind.text(value, writing)
        out[f"{f.name}__shown"] = "1"
    return out, _("As it was before: %(fields)s. Save to put that back.", fields=", ".join(str(f.label) for f in values))


def began_at(rt: RecordType) -> str:
    """Where a new form was opened: on the record that its address names (`?company_id=3&tab=contacts`), else the list."""
    types = runtime().record_types
    for f in rt.fields:
        if isinstance(f.kind, Ref) and f.tab and f.kind.target in types and (parent_id := id_of(request.args.get(f.name))) is not None:
            return url_for(f"{types[f.kind.target].blueprint}.show", id=parent_id, tab=request.args.get("tab") or None)
    return url_for(f"{rt.blueprint}.list")


def custom_names(rt: RecordType) -> list[str]:
    """The names of the custom fields of a record type."""
    return [f.name for f in list_spec.all_fields(rt) if f.custom_id]


def posted_values(
    rt: RecordType, actor: Actor, posted: Any, record: Any = None, reading: Reading | None = None
) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Parsed values and messages of a posted form, read with the fields of the type that was chosen in it."""
    type_id = type_of(rt, {}, record)
    if rt.custom and rt.custom.type_attribute and (chosen := id_of(posted.get(rt.custom.type_attribute))) is not None:
        type_id = chosen
    return read_form([f for f in writable_fields(rt, type_id) if f.form], posted, reading or reading_now(actor), record)


def create_from_form(
    rt: RecordType, actor: Actor, values: dict[str, Any], errors: dict[str, list[str]], warnings: Sequence[Any] = ()
) -> Kept:
    """Make the record that a form asks for, as it was read."""
    if errors:
        return Kept(record=None, errors=also_missing(rt, values, errors))
    warnings = [*warnings, *rt.warnings([(values, None)], actor)[0]]
    try:
        return Kept(record=create_record(rt, values, actor), warnings=warnings)
    except Invalid as refused:
        return Kept(record=None, errors=also_missing(rt, values, refused.errors))


def update_from_form(
    rt: RecordType, record: Any, actor: Actor, values: dict[str, Any], errors: dict[str, list[str]], warnings: Sequence[Any] = (),
    *, parts: Mapping[str, str] | None = None,
) -> Kept:  # fmt: skip
    """Change the record as a form asks, as it was read. `parts` as in `after_conflict`."""
    if errors:
        return Kept(record=record, errors=errors)
    record_id = record.id
    changed = {name: value for name, value in values.items() if value != getattr(record, name, None)}
    warnings = [*warnings, *rt.warnings([(changed, record)], actor)[0]]
    version = id_of(request.form.get("version", ""))
    meanwhile = changed_since(rt, record, version)
    try:
        update_record(rt, record, values, actor, version=version, confirmed=_confirmed())
    except Invalid as refused:
        rollback()
        return Kept(record=load(rt, record_id, actor, "edit"), errors=also_missing(rt, values, refused.errors))
    except Conflict as conflict:
        again = after_conflict(
            rt, record_id, actor, conflict, lambda now, sent: build_form(rt, actor, record=now, posted=sent), parts=parts
        )
        return Kept(record=again.record, refused=again)
    return Kept(record=record, warnings=warnings, beside=_beside(rt, *meanwhile))


def _beside(rt: RecordType, names: Sequence[str], people: Sequence[int | None]) -> str:
    """What others changed while the form was open, in words; "" where nothing was."""
    fields = ", ".join(str(f.label) for f in list_spec.all_fields(rt) if f.name in names)
    known = labels("core.user", people) if fields else {}
    who = ", ".join(known[i] for i in people if i in known) or _("Somebody else")
    return _("Meanwhile %(who)s changed: %(fields)s. Both changes were kept.", who=who, fields=fields) if fields else ""


def _confirmed() -> bool:
    """Whether the writer knows that he will not see the record any more."""
    return request.form.get("confirm") == "sight"


def show_made(rt: RecordType, kept: Kept, said: str) -> Any:
    """On to the record that was made, which is said; a form that is sent again leads there, too."""
    where = url_for(f"{rt.blueprint}.show", id=kept.record.id)
    remember_made(where)
    return _on(rt, kept, said, where)


def show_changed(rt: RecordType, kept: Kept, said: str, actor: Actor) -> Any:
    """On to the record that was changed, which is said; to the list from one that is out of sight now."""
    gone = _confirmed() and not is_allowed(rt, kept.record.id, actor, "view")["view"]
    return _on(rt, kept, said, url_for(f"{rt.blueprint}.list") if gone else url_for(f"{rt.blueprint}.show", id=kept.record.id))


def _on(rt: RecordType, kept: Kept, said: str, where: str) -> Any:
    flash(said, "ok")
    if kept.beside:
        flash(kept.beside, "ok")
    flash_warnings(rt, kept.warnings)
    return redirect(where)


def flash_warnings(rt: RecordType, warnings: Any) -> None:
    """Say what was taken but looks wrong, with the field's label before it."""
    by_name = {f.name: f.label for f in list_spec.all_fields(rt)}
    for name, message in list(warnings)[:5]:
        flash(_("%(label)s: %(text)s", label=by_name[name], text=message) if name in by_name else str(message), "bad")


def also_missing(rt: RecordType, values: dict[str, Any], errors: dict[str, list[str]]) -> dict[str, list[str]]:
    """Messages of fields that are refused, and of those that are needed and empty: all at once."""
    return {**{k: [str(m) for m in v] for k, v in missing(rt, values).items() if k not in errors and k in values}, **errors}


def render_form(rt: RecordType, form: Form, status: int = 200, *, record: Any = None) -> Any:
    """A form as a page."""
    return render_template(template(rt, "form"), form=form, rt=rt, crumbs=form_crumbs(rt, record)), status


def form_crumbs(rt: RecordType, record: Any = None) -> list[tuple[Any, str]]:
    """The way back from a form: the list, and the record when there is one."""
    crumbs = [(rt.labels, url_for(f"{rt.blueprint}.list"))]
    if record is not None:
        crumbs.append((rt.title_of(record), url_for(f"{rt.blueprint}.show", id=record.id)))
    return crumbs
