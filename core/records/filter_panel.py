"""The panel with all filters of a list. Lists are asked for all day, mostly with the same filters or none: their panel is kept as HTML."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup

from core.access import Actor, for_reader
from core.custom_fields.kinds import Combo
from core.custom_fields.services import held_former
from core.fields import Field, Writing, id_of, kinds
from core.fields.references import Ref

from . import list_spec
from .forms import FormField, form_field
from .record_type import RecordType
from .rendering import render_markup

EMPTY: Mapping[str, Any] = {}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the address asks. `kept_key`: its filters by value (core.access.kept); None when a name must be looked up for one of them."""

    args: Any
    kept_key: Hashable


def filter_panel(rt: RecordType, args: Any, actor: Actor, writing: Writing) -> Markup:
    """The controls of the filter panel, with what is in force."""
    return _panel(actor, str(get_locale() or "en"), rt, _asked(rt, args), _offered(rt, actor), Asked(args=writing, kept_key=0))


def _asked(rt: RecordType, args: Any) -> Asked:
    if not args:
        return Asked(args=args, kept_key=())
    if any(isinstance(f.kind, Ref) and not f.kind.few and any(args.getlist(f.name)) for f in list_spec.all_fields(rt) if f.filter):
        return Asked(args=args, kept_key=None)
    names = {f"{f.name}{end}" for f in list_spec.all_fields(rt) if f.filter for end in ("", "_from", "_to")} | {x.name for x in rt.filters}
    return Asked(args=args, kept_key=tuple((name, *args.getlist(name)) for name in sorted(names) if any(args.getlist(name))))


def _offered(rt: RecordType, actor: Actor) -> tuple[Any, ...]:
    """What is offered now by fields whose choices are not the same for ever: rows of a short list, or what a setting says; under "",
    which fields of other plugins there are."""
    found: list[Any] = [("", *(f.name for f in list_spec.page_fields(rt, actor) if f.plugin))]
    for f in (*list_spec.all_fields(rt), *rt.filters):
        kind = f.kind
        if isinstance(kind, Ref) and kind.few and getattr(f, "filter", True):
            found.append((f.name, *map(tuple, kind.options(actor))))
        elif isinstance(kind, Combo) and kind.former:
            found.append((f.name, *held_former(rt, f, actor)))
        elif isinstance(kind, kinds.Choice) and callable(kind.options):
            found.append((f.name, *((str(value), str(label)) for value, label in kind.choices())))
    return tuple(found)


@for_reader
def _panel(actor: Actor, locale: str, rt: RecordType, asked: Asked, offered: tuple[Any, ...], writing: Asked) -> Markup:
    now = {name: rest for name, *rest in offered}
    return render_markup("record/_filters.html", fields=filter_fields(rt, asked.args, actor, writing.args, now))


def _date_words(f: Field, raw: str, writing: Writing) -> str:
    """A date of an address as forms show it. What somebody typed in another way stands as it was typed."""
    try:
        return f.kind.text(date.fromisoformat(raw), writing)
    except ValueError:
        return raw


def filter_fields(rt: RecordType, args: Any, actor: Actor, writing: Writing, offered: Mapping[str, Any] = EMPTY) -> list[FormField]:
    """The controls of the filter panel, with what is in force. `offered` names what lists offer now that their kinds don't tell."""
    out: list[FormField] = []
    for f in list_spec.page_fields(rt, actor):
        if not f.filter:
            continue
        if f.kind.filter == "range":
            for suffix, word in (("from", _("from")), ("to", _("to"))):
                name = f"{f.name}_{suffix}"
                value = _date_words(f, args.get(name, ""), writing) if f.kind.widget == "date" else args.get(name, "")
                out.append(FormField(name=name, id=f"q-{name}", label=f"{f.label} {word}", kind=f.kind.widget, value=value, width=2))
            continue
        if f.kind.filter == "flag":
            out.append(
                FormField(
                    name=f.name,
                    id=f"q-{f.name}",
                    label=f.label,
                    kind="select",
                    value=args.get(f.name, ""),
                    width=2,
                    options=[("", ""), ("1", _("Yes")), ("0", _("No"))],
                )
            )
            continue
        raw: Any = [v for v in args.getlist(f.name) if id_of(v) is not None] if isinstance(f.kind, Ref) else args.get(f.name, "")
        control = form_field(rt, f, None, actor, writing, raw=raw)
        control.id, control.required, control.hint = f"q-{f.name}", False, ""
        control.width = 3
        if control.kind in ("multiline", "html", "email", "url", "phone", "linked") and not control.options:
            control.kind = "text"
        elif control.kind == "linked":
            control.kind = "select"
        control.attrs = {}
        if isinstance(f.kind, Combo) and f.kind.former:
            known = {value for value, _label in control.options}
            control.options += [(v, f"{v} ({_('no longer offered')})") for v in offered.get(f.name, ()) if v not in known]
        out.append(control)
    for extra in rt.filters:
        options = [("", ""), *((str(v), label) for v, label in extra.kind.choices())] if extra.kind.choices() else []
        kind = "select" if options else extra.kind.widget
        out.append(
            FormField(
                name=extra.name,
                id=f"q-{extra.name}",
                label=extra.label,
                kind=kind,
                value=args.get(extra.name, ""),
                options=options,
                width=3,
            )
        )
    return out
