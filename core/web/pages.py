"""Pages that belong to no plugin: dashboard, health, notes and files on records, saved views, background work."""

import logging
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, Response, abort, flash, g, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import text

from core.access import load
from core.activity import Note
from core.activity.services import KINDS
from core.activity.services import add_note as write_note
from core.addons.runtime import runtime
from core.db import db, unit_of_work
from core.db.work import rollback
from core.errors import Conflict, Invalid, NotFound
from core.fields import id_of
from core.fields.format import long_date_text
from core.fields.kinds import Date
from core.files.models import File
from core.records import attached
from core.records.catalogue import record_type
from core.records.saved import delete_view, save_view, saved_views
from core.web.records.reading import reading_now, writing_now
from core.web.records.tabs import Refused
from core.web.records.views import show_tab

from .guards import begins_reading, current_actor, public, signed_in
from .jinja import today
from .once import remember_sent, sent_before, works_once

log = logging.getLogger(__name__)
pages = Blueprint("pages", __name__)
MOST_FILES = 20
"""Files that one upload takes."""


@dataclass(frozen=True, kw_only=True)
class ShownCard:
    """A card of the dashboard; `html` is None when it failed."""

    name: str
    title: Any
    html: Any
    wide: bool
    url: str = ""
    about: str = ""


def register(app: Flask) -> None:
    """Put these pages into an app."""
    app.register_blueprint(pages)


@pages.get("/health")
@public
def health() -> Any:
    """Whether this process answers and reaches its database: for balancers and monitors."""
    db.session.execute(text("SELECT 1"))
    return jsonify(status="ok")


@pages.get("/")
@signed_in
def dashboard() -> Any:
    """What is due: the plugins' cards."""
    actor = current_actor()
    shown = runtime().parts["shown"]
    cards = []
    for plugin, card in sorted(runtime().addons.declared("dashboard_cards"), key=lambda pair: pair[1].weight):
        if not actor.has(card.permission) or not shown(plugin, actor):
            continue
        try:
            html = card.view(actor)
        except Exception:
            log.exception("dashboard card %s of %s failed", card.name, plugin)
            html = None
        if html != "":
            cards.append(ShownCard(name=card.name, title=card.title, html=html, wide=card.wide))
    title = long_date_text(today(), writing_now().locale, weekday=True)
    page = {"title": title[:1].upper() + title[1:], "about": "", "cards": cards}
    return render_template("dashboard.html", page=page)


@pages.get("/menu/figures")
@signed_in
def menu_figures() -> Any:
    """The figures beside the menu's entries: asked after the page, at most once a minute per user."""
    actor = current_actor()
    answer = jsonify(runtime().parts["menu"].figures(actor, runtime().parts["shown_for"](actor)))
    answer.headers["Cache-Control"] = "private, max-age=60"
    return answer


def _type(name: str) -> Any:
    """A record type that the actor sees. Raises NotFound."""
    rt = runtime().record_types.get(name)
    actor = current_actor()
    if rt is None or not actor.has(rt.access.permission) or not runtime().parts["shown"](rt.plugin, actor):
        raise NotFound
    return rt


@pages.post("/activity/<type_name>/<int:id>")
@signed_in
@works_once
def add_note(type_name: str, id: int) -> Any:
    """Note something on a record."""
    rt, actor = _type(type_name), current_actor()
    rt.closed(load(rt, id, actor, "edit"), actor)
    try:
        next_on = Date().parse(request.form.get("next_on"), reading_now(actor))
        write_note(rt.name, id, request.form.get("text"), actor.user_id, kind=request.form.get("kind", "note"), next_on=next_on)
    except Invalid as refused:
        g.refused = Refused(errors=[str(m) for messages in refused.errors.values() for m in messages], typed=request.form)
        rollback()
        return show_tab(rt, id, "activity"), 422
    rt.written([id], actor)
    flash(_("Noted."), "ok")
    return redirect(url_for(f"{rt.blueprint}.show", id=id, tab="activity"))


@pages.post("/files/<type_name>/<int:id>")
@signed_in
@begins_reading
def add_file(type_name: str, id: int) -> Any:
    """Attach files to a record. Their bytes are stored before the write begins: a large one keeps no other writer waiting."""
    from core.files.services import attach_file, store_bytes

    rt, actor = _type(type_name), current_actor()
    rt.closed(load(rt, id, actor, "edit"), actor)
    uploads = [u for u in request.files.getlist("files") if u and u.filename]
    errors = []
    if not uploads:
        errors.append(_("Choose a file first."))
    if len(uploads) > MOST_FILES:
        errors.append(_("At most %(n)s files at once: choose fewer.", n=MOST_FILES))
    stored = []
    for upload in [] if errors else uploads:
        try:
            stored.append((upload.filename or "file", store_bytes(upload.stream)))
        except Invalid as refused:
            errors.append(f"{upload.filename}: {refused}")
    if errors:
        if len(uploads) > 1:
            errors.append(_("None of the files was attached."))
        g.refused = Refused(errors=errors, typed={})
        return show_tab(rt, id, "files"), 422
    where = url_for(f"{rt.blueprint}.show", id=id, tab="files")
    with unit_of_work(actor.user_id):
        if sent_before():
            return redirect(where)
        rt.closed(load(rt, id, actor, "edit"), actor)
        for name, one in stored:
            attach_file(rt.name, id, one, name, actor.user_id)
        remember_sent(where)
    flash(_("%(n)s attached.", n=len(uploads)), "ok")
    return redirect(where)


@pages.get("/files/<int:id>")
@signed_in
def download(id: int) -> Any:
    """A file, for whoever sees the record that it hangs on."""
    from core.files.services import answer_file

    file = db.session.get(File, id) if 0 < id < 2**31 else None
    if file is None or file.removed_at is not None:
        raise NotFound
    load(_type(file.record_type), file.record_id, current_actor(), "view")
    answer = answer_file(file, request.headers.get("Range"))
    return Response(answer.body, answer.status, headers=dict(answer.headers))


@pages.post("/files/<int:id>/remove")
@signed_in
def remove_file(id: int) -> Any:
    """Take a file off its record; it can be brought back."""
    rt, file = attached.remove(File, id, current_actor())
    flash(_("%(name)s was removed.", name=file.name), f"ok undo:{url_for('pages.restore_file', id=id)}")
    return redirect(url_for(f"{rt.blueprint}.show", id=file.record_id, tab="files"))


@pages.post("/files/<int:id>/restore")
@signed_in
def restore_file(id: int) -> Any:
    """Bring a file back."""
    rt, file = attached.restore(File, id, current_actor())
    if file.replaced_at is None:
        flash(_("%(name)s is back.", name=file.name), "ok")
    else:
        flash(_("%(name)s stays out of the list: a newer one has taken its place.", name=file.name), "warn")
    return redirect(url_for(f"{rt.blueprint}.show", id=file.record_id, tab="files"))


@pages.route("/notes/<int:id>", methods=["GET", "POST"])
@signed_in
def change_note(id: int) -> Any:
    """The form of a note, and what it posts."""
    actor = current_actor()
    rt, record, note = attached.load_attached(Note, id, actor)
    errors: list[str] = []
    theirs, version, code = "", request.form.get("version", str(note.version)), 200
    here = url_for(f"{rt.blueprint}.show", id=note.record_id, tab="activity")
    if request.method == "POST":
        kind = request.form.get("kind", "")
        kind = kind if kind in dict(KINDS) else None
        try:
            attached.change_note(id, request.form.get("text"), actor, kind=kind, next_on=note.next_on, version=id_of(version))
            flash(_("The note was saved."), "ok")
            return redirect(here)
        except Invalid as refused:
            errors, code = [str(m) for messages in refused.errors.values() for m in messages], 422
            rollback()
            rt, record, note = attached.load_attached(Note, id, actor)
        except Conflict as refused:
            if "version" not in (refused.details or {}):
                raise
            rollback()
            rt, record, note = attached.load_attached(Note, id, actor)
            theirs, version, code = str(refused), str(note.version), 409
    typed = {"text": request.form.get("text", note.text), "kind": request.form.get("kind", note.kind), "version": version}
    crumbs = [(rt.labels, url_for(f"{rt.blueprint}.list")), (rt.title_of(record), here)]
    page = render_template(
        "record/note.html", note=note, typed=typed, kinds=KINDS, errors=errors, theirs=theirs, back_url=here, crumbs=crumbs
    )
    return page, code


@pages.post("/notes/<int:id>/remove")
@signed_in
def remove_note(id: int) -> Any:
    """Take a note off its record; it can be brought back."""
    rt, note = attached.remove(Note, id, current_actor())
    flash(_("The note was removed."), f"ok undo:{url_for('pages.restore_note', id=id)}")
    return redirect(url_for(f"{rt.blueprint}.show", id=note.record_id, tab="activity"))


@pages.post("/notes/<int:id>/restore")
@signed_in
def restore_note(id: int) -> Any:
    """Bring a note back."""
    rt, note = attached.restore(Note, id, current_actor())
    flash(_("The note is back."), "ok")
    return redirect(url_for(f"{rt.blueprint}.show", id=note.record_id, tab="activity"))


@pages.route("/views/<type_name>", methods=["GET", "POST"])
@signed_in
def save_list(type_name: str) -> Any:
    """Custom search: keep the list as it is under a name, and drop what one kept before."""
    rt, actor = _type(type_name), current_actor()
    query = (request.form if request.method == "POST" else request.args).get("query", "")[:4000]
    error = ""
    if request.method == "POST":
        try:
            view = save_view(rt, actor, request.form.get("name"), query)
            flash(_("Search “%(name)s” was saved.", name=view.name), "ok")
            return redirect(f"{url_for(f'{rt.blueprint}.list')}?{view.query}")
        except Invalid as refused:
            error = str(refused)
    own = [view for view in saved_views(rt, actor) if view.user_id == actor.user_id]
    crumbs = [(rt.labels, url_for(f"{rt.blueprint}.list"))]
    page = render_template("record/saved.html", rt=rt, query=query, own=own, error=error, name=request.form.get("name", ""), crumbs=crumbs)
    return page, 422 if error else 200


@pages.post("/views/<int:id>/delete")
@signed_in
def drop_list(id: int) -> Any:
    """Drop one of one's own saved views."""
    view = delete_view(id, current_actor())
    flash(_("Search “%(name)s” was deleted.", name=view.name), "ok")
    return redirect(url_for(f"{record_type(view.record_type).blueprint}.list"))


@pages.get("/jobs/running")
@signed_in
def running_jobs() -> Any:
    """The actor's own background work that is under way, for the top bar."""
    from core.jobs.services import jobs_of

    return jsonify(jobs=jobs_of(current_actor().user_id))


@pages.get("/jobs/<int:id>")
@signed_in
def job(id: int) -> Any:
    """One piece of background work: how far it is. JSON for whoever asks for it."""
    from core.jobs.services import job_status

    status = job_status(id, current_actor())
    if status is None:
        abort(404)
    if request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json":
        return jsonify(status)
    return render_template("job.html", job=status)
