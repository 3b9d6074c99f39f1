"""Pages on which custom fields and their sections are defined: read by whoever sees the CRM, changed with CM (docs/access.md)."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core.access import load
from core.addons.runtime import runtime
from core.custom_fields import services
from core.custom_fields.kinds import known_kinds
from core.custom_fields.models import CustomField, CustomSection
from core.db import db
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.records.catalogue import record_type
from core.records.forms import Form, FormField, FormSection
from core.records.record_type import RecordType
from core.web.guards import current_actor, requires

from .reading import reading_now


def blueprint(rt: RecordType) -> Blueprint:
    """The pages of a record type's custom fields."""
    assert rt.custom is not None
    pages = Blueprint(f"{rt.blueprint}_fields", rt.blueprint, url_prefix=rt.custom.url.rstrip("/"))
    see = requires(rt.access.permission)
    name = rt.name

    def add(rule: str, endpoint: str, view: Any, *methods: str) -> None:
        pages.add_url_rule(rule, endpoint, see(view), methods=list(methods or ("GET",)), defaults={"type_name": name})

    add("/", "list", list_fields)
    add("/new", "new", new_field, "GET", "POST")
    add("/<int:field_id>/edit", "edit", edit_field, "GET", "POST")
    add("/<int:field_id>/retire", "retire", retire, "POST")
    add("/<int:field_id>/restore", "restore", restore, "POST")
    add("/<int:field_id>/purge", "purge", purge, "POST")
    add("/sections/", "sections", sections, "GET", "POST")
    add("/sections/<int:section_id>", "section", change_section, "POST")
    return pages


def _place(type_name: str, type_id: int | None) -> tuple[RecordType, str, dict[str, Any]]:
    """The record type, what is said beside the title, and the arguments of its addresses. Raises NotFound for a type out of sight."""
    rt = record_type(type_name)
    if type_id is None:
        return rt, "", {}
    assert rt.custom is not None
    assert rt.custom.type_name is not None
    of_type = record_type(rt.custom.type_name)
    found = load(of_type, type_id, current_actor())
    return rt, of_type.title_of(found), {"type_id": type_id}


def _may_change() -> None:
    if not current_actor().has("CM") or current_actor().read_only:
        raise Forbidden


def _crumbs(rt: RecordType, args: dict[str, Any]) -> list[tuple[Any, str]]:
    return [(rt.labels, url_for(f"{rt.blueprint}.list")), (_title(rt), url_for(f"{rt.blueprint}_fields.list", **args))]


def _in_menu(endpoint: str) -> str:
    return next((str(e.label) for _plugin, e in runtime().addons.declared("menu_entries") if e.endpoint == endpoint), "")


def _title(rt: RecordType) -> str:
    """As the menu has it: "Company custom fields", "Contact fields"."""
    return _in_menu(f"{rt.blueprint}_fields.list") or _sentence(_("%(thing)s custom fields", thing=str(rt.label).lower()))


def _sections_title(rt: RecordType) -> str:
    """As the menu has it: "Company custom fields sections"."""
    return _in_menu(f"{rt.blueprint}_fields.sections") or _sentence(_("%(thing)s custom fields sections", thing=str(rt.label).lower()))


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def list_fields(type_name: str, type_id: int | None = None) -> Any:
    """All custom fields in order."""
    rt, words, args = _place(type_name, type_id)
    fields = services.fields_to_define(rt.name, type_id)
    names = {s.id: s.name for s in services.sections_to_define(rt.name)}
    retired, actor = services.retired_fields(rt.name, type_id), current_actor()
    asked = next((f for f in retired if f.id == request.args.get("asked", type=int)), None) if actor.has("CM") else None
    refusal = services.why_not_purged(asked, actor) if asked else None
    return render_template(
        "record/fields.html",
        title=_title(rt),
        rt=rt,
        fields=fields,
        sections=names,
        kinds={k: v[0] for k, v in known_kinds().items()},
        args=args,
        words=words,
        lacking=services.count_lacking(rt.name, type_id, actor),
        lacking_url=lambda field_id: url_for(f"{rt.blueprint}.list", **{f"f{field_id}_empty": 1}, **_all_of(rt)),
        retired=retired,
        asked=asked,
        refusal=refusal,
        held=services.count_held(asked, services.MOST_COUNTED) if asked and not refusal else 0,
        most_counted=services.MOST_COUNTED,
        may_change=actor.has("CM"),
        crumbs=_crumbs(rt, args)[:1],
        blueprint=f"{rt.blueprint}_fields",
        per_type=type_id is not None,
    )


def _all_of(rt: RecordType) -> dict[str, int]:
    """The filters by which a list shows what it leaves out by itself (finished leads)."""
    return {name: 1 for x in rt.filters if x.otherwise for name in (x.name,)}


def _form(rt: RecordType, args: dict[str, Any], field: CustomField | None, posted: Any, errors: Any = None, note: Any = None) -> Form:
    def value(name: str, default: Any = "") -> str:
        if posted is not None:
            return str(posted.get(name, ""))
        stored = getattr(field, name) if field is not None else default
        return "" if stored in (None, False) else "1" if stored is True else str(stored)

    type_id = args.get("type_id")
    lists = [f for f in services.fields_to_define(rt.name, type_id) if f.kind == "linked" and (field is None or f.id != field.id)]
    controls = [
        FormField(name="label", id="f-label", label=_("Label"), kind="text", value=value("label"), required=True, width=5),
        FormField(
            name="kind",
            id="f-kind",
            label=_("Kind"),
            kind="select",
            value=value("kind", "text"),
            width=4,
            required=True,
            options=[(k, v[0]) for k, v in known_kinds().items()],
        ),
        FormField(
            name="position", id="f-position", label=_("Position"), kind="number", value=value("position"), width=3,
            hint="" if field else _("Empty: after all others."),
        ),
        FormField(
            name="options",
            id="f-options",
            label=_("Options"),
            kind="multiline",
            value=value("options"),
            width=12,
            hint=_("Of a combo or a linked list, separated by commas. Below another list: parent|option, as CAR|Seat,CAR|Ford."),
        ),
        FormField(
            name="parent_id",
            id="f-parent_id",
            label=_("Parent list"),
            kind="select",
            value=value("parent_id"),
            width=4,
            options=[("", "")] + [(str(f.id), f.label) for f in lists],
            hint=_("Only for linked lists."),
        ),
        FormField(
            name="section_id",
            id="f-section_id",
            label=_("Section"),
            kind="select",
            value=value("section_id"),
            width=4,
            options=[("", "")] + [(str(s.id), s.name) for s in services.sections_to_define(rt.name)],
        ),
        FormField(name="default", id="f-default", label=_("Default value"), kind="text", value=value("default"), width=4),
        FormField(name="required", id="f-required", label=_("Required"), kind="checkbox", value=value("required"), width=3),
        FormField(name="unique", id="f-unique", label=_("Each value only once"), kind="checkbox", value=value("unique"), width=3),
        FormField(
            name="searchable",
            id="f-searchable",
            label=_("Lists can be filtered by it"),
            kind="checkbox",
            value=value("searchable", True),
            width=3,
        ),
        FormField(
            name="show_in_list", id="f-show_in_list", label=_("Column of the list"), kind="checkbox", value=value("show_in_list"), width=3
        ),
    ]
    form = Form(
        title=_("Edit %(title)s", title=field.label) if field else _("New custom field"),
        action=request.path,
        sections=[FormSection(name="field", label=_("Custom field"), fields=controls)],
        hidden=[],
        cancel_url=url_for(f"{rt.blueprint}_fields.list", **args),
        submit_label=_("Save"),
        note=note,
    )
    if errors:
        form.show_errors(errors)
    if note:
        form.hidden.append(("confirm", "values"))
    return form


def _answer(rt: RecordType, args: dict[str, Any], form: Form, status: int = 200) -> Any:
    return render_template("record/form.html", form=form, rt=rt, crumbs=_crumbs(rt, args)), status


def new_field(type_name: str, type_id: int | None = None) -> Any:
    """Define a field."""
    rt, _words, args = _place(type_name, type_id)
    _may_change()
    if request.method == "GET":
        return _answer(rt, args, _form(rt, args, None, None))
    try:
        field = services.create_field(rt.name, type_id, request.form, current_actor())
    except Invalid as refused:
        return _answer(rt, args, _form(rt, args, None, request.form, refused.errors), 422)
    flash(_("Custom field “%(label)s” was created.", label=field.label), "ok")
    return redirect(url_for(f"{rt.blueprint}_fields.list", **args))


def edit_field(type_name: str, field_id: int, type_id: int | None = None) -> Any:
    """Change a field's definition."""
    rt, _words, args = _place(type_name, type_id)
    field = services.find_definition(rt.name, field_id)
    _may_change()
    if request.method == "GET":
        return _answer(rt, args, _form(rt, args, field, None))
    try:
        confirmed = request.form.get("confirm") == "values"
        services.update_field(field, request.form, current_actor(), confirmed=confirmed, reading=reading_now(current_actor()))
    except Invalid as refused:
        return _answer(rt, args, _form(rt, args, field, request.form, refused.errors), 422)
    except Conflict as conflict:
        return _answer(rt, args, _form(rt, args, field, request.form, note=conflict.message), 409)
    flash(_("Custom field “%(label)s” was saved.", label=field.label), "ok")
    return redirect(url_for(f"{rt.blueprint}_fields.list", **args))


def retire(type_name: str, field_id: int, type_id: int | None = None) -> Any:
    """Hide a field; its values are kept."""
    rt, _words, args = _place(type_name, type_id)
    field = services.find_definition(rt.name, field_id)
    _may_change()
    back = url_for(f"{rt.blueprint}_fields.restore", field_id=field_id, **args)
    words = _("Custom field “%(label)s” is gone from forms and lists; its values are kept.", label=field.label)
    return _done(rt, args, lambda: services.retire_field(field), words, f"ok undo:{back}")


def restore(type_name: str, field_id: int, type_id: int | None = None) -> Any:
    """Use a field again that was taken away."""
    rt, _words, args = _place(type_name, type_id)
    field = services.find_definition(rt.name, field_id, retired=True)
    _may_change()
    words = _("Custom field “%(label)s” is back, with its values.", label=field.label)
    return _done(rt, args, lambda: services.bring_back(field), words)


def purge(type_name: str, field_id: int, type_id: int | None = None) -> Any:
    """Delete a field that was taken away, and its values. Raises Forbidden for whoever is no superadmin, where records hold values."""
    rt, _words, args = _place(type_name, type_id)
    field = services.find_definition(rt.name, field_id, retired=True)
    _may_change()
    words = _("Custom field “%(label)s” and its values are deleted.", label=field.label)
    return _done(rt, args, lambda: services.purge_field(field, current_actor()), words)


def _done(rt: RecordType, args: dict[str, Any], do: Callable[[], None], words: str, how: str = "ok") -> Any:
    """Back to the fields with what was done, or why it was not."""
    try:
        do()
    except Conflict as refused:
        flash(str(refused), "bad")
    else:
        flash(words, how)
    return redirect(url_for(f"{rt.blueprint}_fields.list", **args))


def sections(type_name: str, type_id: int | None = None) -> Any:
    """The sections, and a new one."""
    rt, words, args = _place(type_name, type_id)
    error = ""
    if request.method == "POST":
        _may_change()
        try:
            services.save_section(rt.name, request.form.get("name"), request.form.get("position"))
            flash(_("The section was created."), "ok")
            return redirect(url_for(f"{rt.blueprint}_fields.sections", **args))
        except Invalid as refused:
            error = str(refused)
    page = render_template(
        "record/field_sections.html",
        title=_sections_title(rt),
        rt=rt,
        sections=services.sections_to_define(rt.name),
        words=words,
        args=args,
        error=error,
        name=request.form.get("name", ""),
        may_change=current_actor().has("CM"),
        crumbs=_crumbs(rt, args),
        blueprint=f"{rt.blueprint}_fields",
    )
    return page, 422 if error else 200


def change_section(type_name: str, section_id: int, type_id: int | None = None) -> Any:
    """Rename, move or remove a section."""
    rt, _words, args = _place(type_name, type_id)
    section = db.session.get(CustomSection, section_id) if section_id < 2**31 else None
    if section is None or section.record_type != rt.name:
        raise NotFound
    _may_change()
    try:
        if request.form.get("delete"):
            services.delete_section(section)
            flash(_("The section is gone; its fields stand in none now."), "ok")
        else:
            services.save_section(rt.name, request.form.get("name"), request.form.get("position"), section)
            flash(_("The section was saved."), "ok")
    except Invalid as refused:
        flash(str(refused), "bad")
    return redirect(url_for(f"{rt.blueprint}_fields.sections", **args))
