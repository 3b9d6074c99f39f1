"""The generic pages of a record type, one blueprint each: every view calls the engine's pieces in order.

A plugin that wants another page under one of these addresses registers its own blueprint: it is asked first.
"""

from typing import Any

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core.access import Actor
from core.access.check import may_ever
from core.addons.declarations import ListColumn
from core.errors import Invalid
from core.fields.references import Ref, pick
from core.records import list_spec, saved
from core.records.catalogue import record_type
from core.records.lists import BulkAction, ListPage, build_list
from core.records.pages import build_record, declared
from core.records.record_type import RecordType
from core.web.guards import current_actor, load_or_404, requires
from core.web.once import made_before

from .forms import (
    asked_values,
    build_form,
    create_from_form,
    load_to_edit,
    posted_values,
    refuse_new,
    render_form,
    show_changed,
    show_made,
    update_from_form,
)
from .reading import reading_now, template, writing_now
from .tabs import builtin_tabs, latest_activity
from .trash import bulk_view, delete_view, restore_view, trash_view


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
    add("/trash", "trash", trash_view)
    add("/<int:id>/restore", "restore", restore_view, "POST")
    add("/<int:id>/access", "access", access_view)
    add("/<int:id>/access/people", "access_people", access_people_view)
    add("/pick/<field>", "pick", pick_view)
    add("/pick", "pick_self", pick_self_view)
    add("/bulk/<action>", "bulk", bulk_view, "POST")
    add("/export.csv", "export", export_view)
    if rt.importable:
        add("/import", "import_", import_view, "GET", "POST")
        add("/import/<int:id>", "import_check", import_check_view, "GET", "POST")
        add("/import/<int:id>/problems.csv", "import_problems", import_problems_view)
        add("/import/<int:id>/undo", "import_undo", import_undo_view, "GET", "POST")
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
        "whole": url_for(f"{rt.blueprint}.export", **{**kept, "layout": "full"}) if rt.importable else "",
    }
    page.statistics_url = url_for(f"{rt.blueprint}.statistics", **kept) if declared("statistics", rt.name, actor) else ""
    base = url_for(f"{rt.blueprint}.list")
    query_string = request.query_string.decode(errors="replace")
    page.saved = saved.tabs(rt, actor, base, query_string)
    if actor.user_id is not None and not actor.read_only:
        page.save_url = url_for("pages.save_list", type_name=rt.name, query=saved.normal_query(query_string))
    if trash:
        url = url_for(f"{rt.blueprint}.bulk", action="delete")
        page.trash_url = url_for(f"{rt.blueprint}.trash")
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
        page.panels_main.append(latest_activity(rt, page.record, actor, may_edit=page.edit_url is not None))
    return render_template(template(rt, "record"), page=page, crumbs=[(rt.labels, url_for(f"{rt.blueprint}.list"))])


def pick_view(type_name: str, field: str) -> Any:
    """What a field's picker offers for some letters typed."""
    rt, actor = record_type(type_name), current_actor()
    f = list_spec.find_field(rt, field)
    if f is None or not isinstance(f.kind, Ref):
        abort(404)
    return jsonify(items=pick(f.kind.target, actor, request.args.get("q", "")[:100], condition=f.kind.condition(actor)))


def pick_self_view(type_name: str) -> Any:
    """What a picker for this record type itself offers."""
    return jsonify(items=pick(type_name, current_actor(), request.args.get("q", "")[:100]))


# --- forms ---------------------------------------------------------------------------------------------------------------------


def new_view(type_name: str) -> Any:
    """The form of a new record, and what it posts."""
    rt, actor = record_type(type_name), current_actor()
    refuse_new(rt, actor)
    if request.method == "GET" or request.form.get("_reload"):
        posted = request.form if request.method == "POST" else None
        return render_form(rt, build_form(rt, actor, values=asked_values(rt, actor), posted=posted))
    if where := made_before():
        return redirect(where)
    reading = reading_now(actor)
    kept = create_from_form(rt, actor, *posted_values(rt, actor, request.form, reading=reading), reading.warnings)
    if kept.record is None:
        return render_form(rt, build_form(rt, actor, posted=request.form, errors=kept.errors), 422)
    return show_made(rt, kept, _("%(label)s “%(title)s” was created.", label=rt.label, title=rt.title_of(kept.record)))


def edit_view(type_name: str, id: int) -> Any:
    """The form of a record, and what it posts."""
    rt, actor = record_type(type_name), current_actor()
    record = load_to_edit(type_name, id, actor)
    if request.method == "GET" or request.form.get("_reload"):
        posted = request.form if request.method == "POST" else None
        return render_form(rt, build_form(rt, actor, record=record, posted=posted), record=record)
    reading = reading_now(actor)
    kept = update_from_form(rt, record, actor, *posted_values(rt, actor, request.form, record, reading), reading.warnings)
    if kept.refused:
        return render_form(rt, kept.refused.form, 409, record=kept.record)
    if kept.errors:
        return render_form(rt, build_form(rt, actor, record=kept.record, posted=request.form, errors=kept.errors), 422, record=kept.record)
    return show_changed(rt, kept, _("%(label)s “%(title)s” was saved.", label=rt.label, title=rt.title_of(kept.record)), actor)


def access_view(type_name: str, id: int) -> Any:
    """Who sees this, and why: for whoever may edit it."""
    from core.records.why import build_why

    rt = record_type(type_name)
    record = load_or_404(type_name, id, "edit")
    page = build_why(rt, record, request.args.get("user", "") or current_actor().login)
    crumbs = [(rt.labels, url_for(f"{rt.blueprint}.list")), (rt.title_of(record), url_for(f"{rt.blueprint}.show", id=id))]
    return render_template(template(rt, "access"), page=page, rt=rt, crumbs=crumbs)


def access_people_view(type_name: str, id: int) -> Any:
    """Whose rights may be asked about on that page, by some letters of a name, for its picker: whoever may be named on a record."""
    load_or_404(type_name, id, "edit")
    found = pick("core.user", current_actor(), request.args.get("q", "")[:100])
    return jsonify(items=[{**one, "value": one["more"]} for one in found])


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
    """What goes when an import is taken back, and its way."""
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
