"""Forms of records: built from fields for one actor, bound to what was posted, read by the kinds' one `parse`.

What was typed is never lost: a field that was refused shows its raw value with the message beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from core.access import Actor
from core.custom_fields.definitions import custom_fields, sections
from core.custom_fields.kinds import Linked
from core.fields import Field, Invalid, Reading, Writing, id_of
from core.fields.references import Ref, Refs, labels

from .record_type import RecordType
from .services import sent_back


@dataclass(kw_only=True)
class FormField:
    """A field as a form shows it. `value` is text as it stands in the control, `values` the chosen ones of a multiple choice."""

    name: str
    id: str
    label: Any
    kind: str
    value: str = ""
    values: list[str] = field(default_factory=list)
    options: list[tuple[str, Any]] = field(default_factory=list)
    pick_url: str = ""
    picked: list[tuple[str, str]] = field(default_factory=list)
    required: bool = False
    hint: Any = ""
    doubt: Any = ""
    """What looks wrong about the value and refuses nothing."""
    errors: list[str] = field(default_factory=list)
    readonly: str = ""
    """Why it can't be changed, when it can't."""
    width: int = 3
    placeholder: str = ""
    attrs: dict[str, str] = field(default_factory=dict)


@dataclass(kw_only=True)
class FormSection:
    """A block of a form."""

    name: str
    label: Any
    fields: list[FormField]

    @property
    def error_count(self) -> int:
        """How many of its fields were refused."""
        return sum(1 for f in self.fields if f.errors)


@dataclass(kw_only=True)
class Form:
    """A record's form: sections with fields, the summary of errors, hidden values. `conflict` when somebody else saved meanwhile."""

    title: Any
    action: str
    sections: list[FormSection]
    hidden: list[tuple[str, str]]
    cancel_url: str
    submit_label: Any
    errors: list[tuple[str, Any, str]] = field(default_factory=list)
    note: Any = None
    conflict: Any = None

    def fields(self) -> list[FormField]:
        """All fields in order."""
        return [f for s in self.sections for f in s.fields]

    def show_errors(self, errors: Mapping[str, Sequence[str]]) -> None:
        """Put messages beside their fields, and all of them on top, in the order of the form.

        What is no field of a section is a part of its own (an invoice's lines), which stands below the first section.
        """
        by_name = {f.name: f for f in self.fields()}
        places = {name: n for n, name in enumerate(by_name)}
        part = len(self.sections[0].fields) - 0.5 if self.sections else 0
        for name, messages in sorted(errors.items(), key=lambda item: places.get(item[0], part)):
            if (target := by_name.get(name)) is not None:
                target.errors = [str(m) for m in messages]
            for message in messages:
                self.errors.append((target.id if target else "", target.label if target else "", str(message)))


def form_sections(rt: RecordType, type_id: int | None = None) -> list[tuple[str, Any, list[Field]]]:
    """The blocks of a form or a page as (name, label, fields): the declared ones, then the sections of custom fields."""
    by_name = {f.name: f for f in rt.fields}
    out: list[tuple[str, Any, list[Field]]] = []
    if rt.form:
        for s in rt.form:
            out.append((s.name, s.label, [by_name[n] for n in s.fields]))
    else:
        out.append(("details", rt.label, [f for f in rt.fields if f.form]))
    if rt.custom:
        mine = {f.name: f for f in custom_fields(rt.name) if f.type_ids is None or type_id in f.type_ids}
        for number, (label, names) in enumerate(sections(rt.name)):
            if fields := [mine[n] for n in names if n in mine]:
                out.append((f"custom{number}", label or _("Custom fields"), fields))
    return out


def form_field(
    rt: RecordType, f: Field, value: Any, actor: Actor, writing: Writing, *, raw: Any = None, values: Mapping[str, Any] | None = None
) -> FormField:
    """A field as a control. `value` is the stored value; `raw` what was typed, which wins; `values` are those of the other fields."""
    out = FormField(
        name=f.name, id=f"f-{f.name}", label=f.label, kind=f.kind.widget, required=f.required, hint=f.hint, width=f.width,
    )  # fmt: skip
    if isinstance(f.kind, Ref):
        if f.kind.hides(value, actor):  # sent back empty it stays as it is
            out.placeholder, value = str(f.kind.masked), None
        given = raw if raw is not None else value
        each = given if isinstance(given, list) else [given]
        ids = [i for v in each if (i := id_of(v)) is not None]
        if f.kind.few:
            out.options = f.kind.options(actor)
            if not isinstance(f.kind, Refs):
                out.options.insert(0, ("", ""))
        else:
            out.pick_url = url_for(f"{rt.blueprint}.pick", field=f.name)
        # What was typed may be any id: only what stood there before is named out of sight
        before = {v for v in (value if isinstance(value, list) else [value]) if isinstance(v, int)}
        known = _names(f.kind, before & set(ids), set(ids) - before, actor)
        out.picked = [(str(i), known[i]) for i in ids if i in known]
        # What is stored and names nothing any more stays until somebody chooses another: an empty control would empty it
        gone = {str(v) for v in (value if isinstance(value, list) else [value]) if v not in (None, "")} - {str(i) for i in known}
        out.picked += [(str(v), f"{v} ({_('no longer offered')})") for v in each if str(v) in gone]
        out.values = [str(i) for i in ids if str(i) not in gone] + [str(v) for v in each if str(v) in gone]
        out.value = out.values[0] if out.values else ""
        missing = [(v, t) for v, t in out.picked if f.kind.few and v not in {o for o, _l in out.options}]
        out.options += missing
        return out
    if f.kind.widget == "checkbox":
        out.value = "1" if (raw == "1" if raw is not None else value) else ""
        return out
    out.value = raw if raw is not None else f.kind.text(value, writing)
    if isinstance(f.kind, Linked):
        parent = f.kind.parent
        parent_value = (values or {}).get(parent) if parent else ""
        out.options = [("", "")] + [(v, v) for p, v in f.kind.pairs if not parent or p == (parent_value or "")]
        if parent:
            above = next((str(x.label) for x in custom_fields(rt.name) if x.name == parent), parent)
            out.attrs = {"data-linked-parent": f"f-{parent}", "data-first": _("Choose %(field)s first", field=above)}
            out.attrs["data-linked-options"] = "\n".join(f"{p}\t{v}" for p, v in f.kind.pairs)
    elif choices := f.kind.choices():
        out.kind = "select" if out.kind not in ("multiselect",) else out.kind
        out.options = [("", "")] * (not f.required or value is None) + [(str(v), label) for v, label in choices]
    if out.options and out.value and out.value not in {v for v, _l in out.options}:
        out.options.append((out.value, f"{out.value} ({_('no longer offered')})"))
    return out


def _names(kind: Ref, before: set[int], typed: set[int], actor: Actor) -> dict[int, str]:
    known = labels(kind.target, before)
    return known | labels(kind.target, typed, kind.condition(actor)) if typed else known


def raw_of(f: Field, posted: Any) -> Any:
    """What was typed into a field's control: text, or a list for a multiple one; None when the form did not have it."""
    if f.kind.multiple:
        return posted.getlist(f.name) if f.name in posted or f"{f.name}__shown" in posted else None
    if f.kind.widget == "checkbox":
        return posted.get(f.name, "") if f.name in posted or f"{f.name}__shown" in posted else None
    return posted.get(f.name)


def read_form(fields: Sequence[Field], posted: Any, reading: Reading, record: Any = None) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Parsed values and messages by field of what was posted; fields that the form did not have are left out.

    What `record` refers to already may come back as it was, even out of the writer's sight (docs/access.md).
    """
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for f in fields:
        raw = raw_of(f, posted)
        if raw is None:
            continue
        if isinstance(f.kind, Ref) and not isinstance(f.kind, Refs) and isinstance(raw, str):
            raw = raw.strip()
        try:
            values[f.name] = _reference(f, raw, reading, record) if isinstance(f.kind, Ref) else f.kind.parse(raw, reading)
        except Invalid as refused:
            if sent_back(f, raw, record, reading.locale):
                values[f.name] = record.custom[f.name]
            else:
                errors[f.name] = next(iter(refused.errors.values()))
    return values, errors


def _reference(f: Field, raw: Any, reading: Reading, record: Any) -> Any:
    assert isinstance(f.kind, Ref)
    if record is None:  # what the house has chosen for everybody is taken from who does not see it, too
        return f.default if f.custom_id and f.default is not None and raw == str(f.default) else f.kind.parse(raw, reading)
    if isinstance(f.kind, Refs):
        linked = set(f.kind.read([record.id])[record.id]) if record.id else set()
        kept = {i for v in raw if (i := id_of(v)) in linked} if isinstance(raw, list) else set()
        return sorted(kept | set(f.kind.parse([v for v in raw if str(v) not in {str(k) for k in kept}] if kept else raw, reading)))
    now = (record.custom or {}).get(f.name) if f.custom_id else getattr(record, f.name, None)
    kept = now is not None and raw == str(now) and not f.kind.hides(now, reading.actor)  # else a guess would be told to be right
    return now if kept else f.kind.parse(raw, reading)
