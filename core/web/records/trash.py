"""The way into the trash and out of it again, for one record or many, and the page that asks before."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from core.access import Actor, is_allowed, load
from core.access.check import may_ever
from core.db import db
from core.db.work import savepoint
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.fields import id_of, labels
from core.records import list_spec, query
from core.records.catalogue import record_type
from core.records.record_type import RecordType
from core.records.services import delete_record, restore_record
from core.records.trashed import PAGE, page_of, select_trashed
from core.web.guards import current_actor, load_or_404

from .reading import reading_now, template

MOST_AT_ONCE = 500
"""Records that one click takes."""


@dataclass(frozen=True)
class TrashedRow:
    """A record in the trash, as its page tells of it."""

    id: int
    title: str
    at: datetime
    who: str
    restore_url: str


def delete_view(type_name: str, id: int) -> Any:
    """What goes when a record goes, and its way into the trash."""
    rt, actor = record_type(type_name), current_actor()
    record = load_or_404(type_name, id, "delete")
    if request.method == "GET":
        return render_delete(rt, record)
    try:
        delete_record(rt, record, actor)
    except Conflict as conflict:
        return render_delete(rt, record, blocked=[(conflict.message, None)]), 409
    flash(
        _("%(label)s “%(title)s” is in the trash.", label=rt.label, title=rt.title_of(record)),
        f"ok undo:{url_for(f'{rt.blueprint}.restore', id=id)}",
    )
    return redirect(url_for(f"{rt.blueprint}.list"))


def render_delete(rt: RecordType, record: Any, *, blocked: Any = ()) -> str:
    """The page that asks before a record goes; with `blocked` (words, address), the one that says why it can't."""
    show, title = url_for(f"{rt.blueprint}.show", id=record.id), rt.title_of(record)
    page = {
        "title": title, "rt": rt, "question": _("Delete “%(title)s”?", title=title), "action": request.path, "back_url": show,
        "trash": url_for(f"{rt.blueprint}.trash"), "goes": [], "stays": [], "blocked": blocked, "hidden": [],
    }  # fmt: skip
    return render_template(
        template(rt, "delete"), page=page, rt=rt, record=record, crumbs=[(rt.labels, url_for(f"{rt.blueprint}.list")), (title, show)]
    )


def trash_view(type_name: str) -> str:
    """What lies in the trash and can be taken out of it by whoever asks, the last first."""
    rt, actor = record_type(type_name), current_actor()
    if not may_ever(rt, "delete", actor):
        raise NotFound
    found = db.session.execute(page_of(rt, actor, id_of(request.args.get("before", "")))).all()
    who = labels("core.user", [by for _record, by in found])
    rows = [
        TrashedRow(record.id, rt.title_of(record), record.trashed_at, who.get(by, ""), url_for(f"{rt.blueprint}.restore", id=record.id))
        for record, by in found[:PAGE]
    ]
    older = url_for(f"{rt.blueprint}.trash", before=rows[-1].id) if len(found) > PAGE else ""
    page = {"rows": rows, "older_url": older, "all": actor.superadmin, "list_url": url_for(f"{rt.blueprint}.list")}
    return render_template(template(rt, "trash"), page=page, rt=rt, crumbs=[(rt.labels, url_for(f"{rt.blueprint}.list"))])


def restore_view(type_name: str, id: int) -> Any:
    """Out of the trash again: for who put it there, as long as he still might, and for superadmins."""
    rt = record_type(type_name)
    record = take_out(rt, id, current_actor())
    flash(_("%(label)s “%(title)s” is back.", label=rt.label, title=rt.title_of(record)), "ok")
    return redirect(url_for(f"{rt.blueprint}.show", id=id))


def take_out(rt: RecordType, record_id: int, actor: Actor) -> Any:
    """The record that came back from the trash. Raises NotFound for one that is not there, or that somebody else put there."""
    if actor.read_only or not 0 < record_id < 2**31:
        raise NotFound
    record = db.session.scalars(select_trashed(rt, actor).where(rt.model.id == record_id)).first()
    if record is None:
        raise NotFound
    restore_record(rt, record, actor)
    if not is_allowed(rt, record_id, actor, "delete")["delete"]:
        raise NotFound
    return record


def bulk_view(type_name: str, action: str) -> Any:
    """The same for several records: done, and refused with reasons."""
    rt, actor = record_type(type_name), current_actor()
    if action not in ("delete", "restore"):
        abort(404)
    wanted = selected(rt, actor)
    done, refused = [], []
    for record_id in sorted(wanted[:MOST_AT_ONCE]):  # everybody takes rows in this order: nobody waits in a circle
        record = None
        try:
            with savepoint():  # what is refused leaves nothing of itself behind
                if action == "restore":
                    take_out(rt, record_id, actor)
                else:
                    record = load(rt, record_id, actor, "delete")
                    delete_record(rt, record, actor)
            done.append(record_id)
        except (Conflict, Invalid) as problem:
            refused.append(f"{rt.title_of(record) if record is not None else record_id}: {problem}")
        except Forbidden:
            refused.append(_("No. %(id)s: you may not delete it.", id=record_id))
        except NotFound:
            continue  # somebody else was faster
    if len(wanted) > MOST_AT_ONCE:
        refused.append(_("At most %(n)s at once: the others are still there.", n=MOST_AT_ONCE))
    if done and action == "restore":
        flash(_("%(n)s are back.", n=len(done)), "ok")
    elif done:
        undo = url_for(f"{rt.blueprint}.bulk", action="restore", ids=",".join(map(str, done)))
        flash(_("%(n)s moved to the trash.", n=len(done)), f"ok undo:{undo}")
    for line in refused[:5]:
        flash(line, "bad")
    return redirect(url_for(f"{rt.blueprint}.list"))


def selected(rt: RecordType, actor: Actor) -> list[int]:
    """The ids that a list's form has selected: those that are ticked, or all that the list shows ("select all")."""
    if named := request.args.get("ids"):  # an undo names them in its address
        return [i for raw in named.split(",") if (i := id_of(raw)) is not None]
    if request.form.get("all") != "1":
        return [i for raw in request.form.getlist("ids") if (i := id_of(raw)) is not None]
    asked = MultiDict(parse_qsl(request.form.get("query", ""), keep_blank_values=True))
    asked.poplist("cursor")
    spec = list_spec.parse_list(rt, actor, asked, reading=reading_now(actor))
    stmt = select(rt.model.id).where(*query.base_conditions(spec)).order_by(rt.model.id).limit(MOST_AT_ONCE + 1)
    return list(db.session.scalars(stmt))
