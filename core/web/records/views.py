"""The generic pages of a record type, one blueprint each: every view calls the engine's pieces in order.

A plugin that wants another page under one of these addresses registers its own blueprint: it is asked first.
"""

from typing import Any

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core.access import Actor, is_allowed, load
from core.access.check import may_ever
from core.addons.declarations import ListColumn
from core.db.work import rollback
from core.errors import Conflict, Forbidden, Invalid
from core.fields import Reading, id_of
from core.fields.references import Ref, pick
from core.records import once, query, saved
from core.records.catalogue import record_type
from core.records.forms import Form, FormField, FormSection, form_field, form_sections, raw_of, read_form
from core.records.lists import BulkAction, ListPage, build_list
from core.records.pages import build_record, declared
from core.records.record_type import RecordType
from core.records.services import create_record, type_of, update_record, writable_fields
from core.web.guards import current_actor, load_or_404, requires

from .conflicts import after_conflict
from .reading import reading_now, template, writing_now
from .tabs import builtin_tabs, latest_activity
from .trash import bulk_view, delete_view, restore_view


def foreign_columns(rt: RecordType, actor: Actor) -> list[ListColumn]:
    """Other plugins' columns in this list, as far as the actor sees them."""
    return declared("list_columns", rt.name, actor)


def blueprint(rt: RecordType) -> Blueprint:
    """The blueprint of a record type's generic pages."""
    pages = Blueprint(rt.blueprint, rt.blueprint, url_prefix=rt.url)
    name = rt.name
    see = requires(rt.access.permission)

    def add(rule: str, endpoint: str, view: Any, *methods: str) -> None:
        pages.add_url_rule(rule, endpoint, see(view), methods=list(methods or ("GET",)), defaults={"type_name": name})

    add("/", "list", list_view)
    add("/new", "new", new_view, "GET", "POST")
    add("/<int:id>", "show", record_view)
    add("/<int:id>/edit", "edit", edit_view, "GET", "POST")
    add("/<int:id>/delete", "delete", delete_view, "GET", "POST")
    add("/<int:id>/restore", "restore", restore_view, "POST")
    add("/<int:id>/access", "access", access_view)
    add("/pick/<field>", "pick", pick_view)
    add("/pick", "pick_self", pick_self_view)
    add("/bulk/<action>", "bulk", bulk_view, "POST")
    add("/export.csv", "export", export_view)
    if rt.importable:
        add("/import", "import_", import_view, "GET", "POST")
        add("/import/<int:id>", "import_check", import_check_view, "GET", "POST")
        add("/import/<int:id>/problems.csv", "import_problems", import_problems_view)
        add("/import/<int:id>/undo", "import_undo", import_undo_view, "POST")
    add("/statistics", "statistics", statistics_view)
    return pages


def list_view(type_name: str) -> Any:
    """The list."""
    rt, actor = record_type(type_name), current_actor()
    trash = may_ever(rt, "delete", actor)

    def build(args: Any) -> ListPage:
        return build_list(rt, actor, reading_now(actor), writing_now(), foreign=foreign_columns(rt, actor), args=args, select=trash)[0]

    try:
        page = build(request.args)
    except Invalid as refused:
        page = build(without_wrong(refused))
    may_create = rt.access.create(actor) and not actor.read_only
    kept = {k: v for k, v in request.args.to_dict(flat=False).items() if k != "cursor"}
    page.new_url = url_for(f"{rt.blueprint}.new") if may_create else None
    page.import_url = url_for(f"{rt.blueprint}.import_") if may_create and rt.importable else None
    page.export_urls = {
        "spreadsheet": url_for(f"{rt.blueprint}.export", **{**kept, "purpose": "spreadsheet"}),
        "round_trip": url_for(f"{rt.blueprint}.export", **kept),
    }
    page.statistics_url = url_for(f"{rt.blueprint}.statistics", **kept)
    base = url_for(f"{rt.blueprint}.list")
    query_string = request.query_string.decode(errors="replace")
    page.saved = saved.tabs(rt, actor, base, query_string)
    if actor.user_id is not None and not actor.read_only:
        page.save_url = url_for("pages.save_list", type_name=rt.name, query=saved.normal_query(query_string))
    if trash:
        url = url_for(f"{rt.blueprint}.bulk", action="delete")
        page.bulk = [BulkAction(name="delete", label=_("Move to trash"), icon="trash", url=url)]
    return render_template(template(rt, "list"), page=page, crumbs=[])


def without_wrong(refused: Invalid) -> Any:
    """What the address asks without what can't be read, which is said."""
    flash(" ".join(m for ms in refused.errors.values() for m in ms), "bad")
    args = request.args.copy()
    for wrong in list(refused.errors):
        for key in [k for k in args if k in (wrong, f"{wrong}_from", f"{wrong}_to") or (wrong in ("", "cursor") and k == "cursor")]:
            args.poplist(key)
    if args == request.args:
        args.clear()
    return args


def record_view(type_name: str, id: int) -> Any:
    """The record's page with one of its tabs."""
    tab = request.args.get("tab", "")
    return show_tab(record_type(type_name), id, "" if tab == "details" else tab)


def show_tab(rt: RecordType, id: int, tab: str) -> str:
    """The record's page with this tab open; "" is the overview."""
    actor = current_actor()
    page = build_record(rt, id, actor, reading_now(actor), writing_now(), tab=tab, builtin=builtin_tabs(rt))
    if not tab and rt.is_main:
        page.panels_main.append(latest_activity(rt, page.record, may_edit=page.edit_url is not None))
    return render_template(template(rt, "record"), page=page, crumbs=[(rt.labels, url_for(f"{rt.blueprint}.list"))])


def pick_view(type_name: str, field: str) -> Any:
    """What a field's picker offers for some letters typed."""
    rt, actor = record_type(type_name), current_actor()
    f = query.find_field(rt, field)
    if f is None or not isinstance(f.kind, Ref):
        abort(404)
    return jsonify(items=pick(f.kind.target, actor, request.args.get("q", "")[:100], condition=f.kind.condition(actor)))


def pick_self_view(type_name: str) -> Any:
    """What a picker for this record type itself offers."""
    return jsonify(items=pick(type_name, current_actor(), request.args.get("q", "")[:100]))


# --- forms ---------------------------------------------------------------------------------------------------------------------


def build_form(
    rt: RecordType, actor: Actor, *, record: Any = None, posted: Any = None, errors: Any = None, values: dict[str, Any] | None = None
) -> Form:
    """The form of a new record or of one that is there, with what was posted and the messages beside the fields."""
    writing = writing_now()
    type_attribute = rt.custom.type_attribute if rt.custom else None
    raw_type = (posted or {}).get(type_attribute) if type_attribute else None
    chosen = id_of(raw_type)
    type_id = chosen if chosen is not None else type_of(rt, values or {}, record)
    sections = []
    from core.records.services import snapshot

    for section, label, fields in form_sections(rt, type_id):
        controls: list[FormField] = []
        for f in fields:
            if not f.form or not f.written:
                continue
            if record is not None:
                value = snapshot(rt, record, [f.name])[f.name]
            else:
                value = (values or {}).get(f.name, f.default_value(actor))
            raw = raw_of(f, posted) if posted is not None else None
            shown = {
                n: (posted.get(n) if posted is not None else (record.custom or {}).get(n) if record is not None else None)
                for n in custom_names(rt)
            }
            control = form_field(rt, f, value, actor, writing, raw=raw, values=shown)
            if type_attribute and f.name == type_attribute:
                control.attrs = {**control.attrs, "data-reload-form": ""}
            controls.append(control)
        if controls:
            sections.append(FormSection(name=section, label=label, fields=controls))
    show = url_for(f"{rt.blueprint}.show", id=record.id) if record is not None else url_for(f"{rt.blueprint}.list")
    form = Form(
        title=_("Edit %(title)s", title=rt.title_of(record)) if record is not None else _("New %(label)s", label=str(rt.label).lower()),
        action=request.path, sections=sections, cancel_url=show, submit_label=_("Save"),
        hidden=[("version", str((posted or {}).get("version") or record.version))] if record is not None else [
            ("form_id", (posted or {}).get("form_id") or once.new_key())
        ],
    )  # fmt: skip
    if errors:
        form.show_errors(errors)
    return form


def custom_names(rt: RecordType) -> list[str]:
    """The names of the custom fields of a record type."""
    return [f.name for f in query.all_fields(rt) if f.custom_id]


def posted_values(
    rt: RecordType, actor: Actor, posted: Any, record: Any = None, reading: Reading | None = None
) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Parsed values and messages of a posted form, read with the fields of the type that was chosen in it."""
    type_id = type_of(rt, {}, record)
    if rt.custom and rt.custom.type_attribute and (chosen := id_of(posted.get(rt.custom.type_attribute))) is not None:
        type_id = chosen
    return read_form([f for f in writable_fields(rt, type_id) if f.form], posted, reading or reading_now(actor), record)


def new_view(type_name: str) -> Any:
    """The form of a new record, and what it posts."""
    rt, actor = record_type(type_name), current_actor()
    if not rt.access.create(actor) or actor.read_only:
        raise Forbidden
    if request.method == "GET" or request.form.get("_reload"):
        values, _errors = read_form([f for f in writable_fields(rt) if f.form and f.name in request.args], request.args, reading_now(actor))
        posted = request.form if request.method == "POST" else None
        return render_form(rt, build_form(rt, actor, values=values, posted=posted))
    key = request.form.get("form_id", "")
    if key and (made := once.result_of(key, actor.user_id)):
        return redirect(made)
    reading = reading_now(actor)
    values, errors = posted_values(rt, actor, request.form, reading=reading)
    record = None
    if not errors:
        warnings = [*reading.warnings, *rt.warns([(values, None)], actor)[0]]
        try:
            record = create_record(rt, values, actor)
        except Invalid as refused:
            errors = refused.errors
    else:
        errors = also_missing(rt, values, errors)
    if record is None:
        return render_form(rt, build_form(rt, actor, posted=request.form, errors=errors), 422)
    where = url_for(f"{rt.blueprint}.show", id=record.id)
    if key:
        once.remember(key, actor.user_id, where)
    flash(_("%(label)s “%(title)s” was created.", label=rt.label, title=rt.title_of(record)), "ok")
    flash_warnings(rt, warnings)
    return redirect(where)


def flash_warnings(rt: RecordType, warnings: Any) -> None:
    """Say what was taken but looks wrong, with the field's label before it."""
    by_name = {f.name: f.label for f in query.all_fields(rt)}
    for name, message in list(warnings)[:5]:
        flash(_("%(label)s: %(text)s", label=by_name[name], text=message) if name in by_name else str(message), "bad")


def also_missing(rt: RecordType, values: dict[str, Any], errors: dict[str, list[str]]) -> dict[str, list[str]]:
    """Messages of fields that can't be read, and of those that are needed and empty: all at once."""
    from core.records.services import missing

    return {**{k: [str(m) for m in v] for k, v in missing(rt, values).items() if k not in errors and k in values}, **errors}


def edit_view(type_name: str, id: int) -> Any:
    """The form of a record, and what it posts."""
    rt, actor = record_type(type_name), current_actor()
    record = load_or_404(type_name, id, "edit")
    if actor.read_only:
        raise Forbidden
    if request.method == "GET" or request.form.get("_reload"):
        return render_form(
            rt, build_form(rt, actor, record=record, posted=request.form if request.method == "POST" else None), record=record
        )
    reading = reading_now(actor)
    values, errors = posted_values(rt, actor, request.form, record, reading)
    version = request.form.get("version", "")
    if not errors:
        changed = {name: value for name, value in values.items() if value != getattr(record, name, None)}
        warnings = [*reading.warnings, *rt.warns([(changed, record)], actor)[0]]
        confirmed = request.form.get("confirm") == "sight"
        try:
            update_record(rt, record, values, actor, version=id_of(version), confirmed=confirmed)
        except Invalid as refused:
            errors = refused.errors
            rollback()
            record = load(rt, id, actor, "edit")
        except Conflict as conflict:
            refused_form = after_conflict(rt, id, actor, conflict, lambda now, sent: build_form(rt, actor, record=now, posted=sent))
            return render_form(rt, refused_form.form, 409, record=refused_form.record)
    if errors:
        return render_form(rt, build_form(rt, actor, record=record, posted=request.form, errors=errors), 422, record=record)
    flash(_("%(label)s “%(title)s” was saved.", label=rt.label, title=rt.title_of(record)), "ok")
    flash_warnings(rt, warnings)
    gone = confirmed and not is_allowed(rt, id, actor, "view")["view"]
    return redirect(url_for(f"{rt.blueprint}.list") if gone else url_for(f"{rt.blueprint}.show", id=id))


def render_form(rt: RecordType, form: Form, status: int = 200, *, record: Any = None) -> Any:
    """A form as a page."""
    crumbs = [(rt.labels, url_for(f"{rt.blueprint}.list"))]
    if record is not None:
        crumbs.append((rt.title_of(record), url_for(f"{rt.blueprint}.show", id=record.id)))
    return render_template(template(rt, "form"), form=form, rt=rt, crumbs=crumbs), status


def access_view(type_name: str, id: int) -> Any:
    """Who sees this, and why: for whoever may edit it."""
    from core.records.why import build_why

    rt = record_type(type_name)
    record = load_or_404(type_name, id, "edit")
    page = build_why(rt, record, request.args.get("user", ""))
    crumbs = [(rt.labels, url_for(f"{rt.blueprint}.list")), (rt.title_of(record), url_for(f"{rt.blueprint}.show", id=id))]
    return render_template(template(rt, "access"), page=page, rt=rt, crumbs=crumbs)


def export_view(type_name: str) -> Any:
    """The list as CSV: the same rows, the same filters."""
    from core.records.csv_out import export_response

    rt, actor = record_type(type_name), current_actor()
    return export_response(rt, actor, request.args, reading_now(actor), writing_now())


def import_view(type_name: str) -> Any:
    """The first step of an import: the file."""
    from .imports import upload

    return upload(record_type(type_name), current_actor())


def import_check_view(type_name: str, id: int) -> Any:
    """Columns, problems, import, report of one uploaded file."""
    from .imports import check

    return check(record_type(type_name), current_actor(), id)


def import_problems_view(type_name: str, id: int) -> Any:
    """The rows that were not taken, with a reason column."""
    from .imports import problems

    return problems(record_type(type_name), current_actor(), id)


def import_undo_view(type_name: str, id: int) -> Any:
    """Take back what an import made."""
    from .imports import undo

    return undo(record_type(type_name), current_actor(), id)


for _view in (import_view, import_check_view, import_undo_view):
    _view.__cartera_reads__ = True  # type: ignore[attr-defined] # a file is read and checked before the writer's lock is taken


def statistics_view(type_name: str) -> Any:
    """Tables and charts over the filtered, visible records."""
    from core.records.statistics import build_statistics

    rt, actor = record_type(type_name), current_actor()
    try:
        page = build_statistics(rt, actor, request.args, reading_now(actor), writing_now())
    except Invalid as refused:
        page = build_statistics(rt, actor, without_wrong(refused), reading_now(actor), writing_now())
    return render_template(template(rt, "statistics"), page=page, rt=rt, crumbs=[])


__all__ = ["blueprint", "build_form", "foreign_columns", "posted_values", "reading_now", "render_form", "writing_now"]
