"""REST for what hangs on a record besides its fields: its notes, changed and removed, and its files, listed and removed."""

from typing import Any

from flask import g, jsonify, request
from flask_babel import gettext as _
from sqlalchemy import select

from core.access import Actor, NotFound, load
from core.activity import Note
from core.activity.services import KINDS
from core.db import db
from core.errors import Invalid
from core.fields import id_of, kinds
from core.files.models import File
from core.records import attached
from core.records.list_spec import MAX_PAGE

from .blueprint import BadRequest, route
from .reading import body, check_parameters, seen_version, tagged
from .records import shown_type

_TIME, _DAY = kinds.Instant(), kinds.Date()


def note_json(note: Note) -> dict[str, Any]:
    """A note as REST gives it."""
    return {
        "id": note.id, "kind": note.kind, "text": note.text, "at": _TIME.json(note.at), "author_id": note.author_id,
        "next_on": _DAY.json(note.next_on), "version": note.version,
    }  # fmt: skip


def file_json(file: File) -> dict[str, Any]:
    """A file as REST gives it; its bytes are at /files/<id>."""
    return {
        "id": file.id, "name": file.name, "media_type": file.media_type, "size": file.size, "kind": file.kind,
        "created_at": _TIME.json(file.created_at), "created_by_id": file.created_by_id,
    }  # fmt: skip


@route("/<plural>/<int:id>/notes", "GET")
def notes(plural: str, id: int) -> Any:
    """A page of the notes on a record, the newest first."""
    return _page(plural, id, Note, note_json, Note.removed_at.is_(None))


@route("/<plural>/<int:id>/files", "GET")
def files(plural: str, id: int) -> Any:
    """A page of the files of a record, the newest first."""
    return _page(plural, id, File, file_json, File.replaced_at.is_(None))


@route("/<plural>/<int:id>/notes/<int:note_id>", "PATCH", "DELETE")
def one_note(plural: str, id: int, note_id: int) -> Any:
    """PATCH: another text or kind. DELETE: take it off the record."""
    _on(plural, id, Note, note_id, g.actor)
    if request.method == "DELETE":
        attached.remove(Note, note_id, g.actor)
        return "", 204
    note = attached.load_attached(Note, note_id, g.actor)[2]  # rights before the body: a refusal of what was sent tells that it is there
    sent = body()
    version = seen_version(sent)
    errors = {name: [_("There is no such field.")] for name in sent if name not in ("text", "kind")}
    if sent.get("kind", note.kind) not in dict(KINDS):
        errors["kind"] = [_("One of: %(known)s.", known=", ".join(dict(KINDS)))]
    if not isinstance(sent.get("text", ""), str):
        errors["text"] = [_("Write a text.")]
    if errors:
        raise Invalid(errors)
    text = sent.get("text", note.text)
    attached.change_note(note_id, text, g.actor, kind=sent.get("kind"), next_on=note.next_on, version=version)
    item = note_json(note)
    return tagged(jsonify(item), item)


@route("/<plural>/<int:id>/files/<int:file_id>", "DELETE")
def one_file(plural: str, id: int, file_id: int) -> Any:
    """Take a file off the record."""
    _on(plural, id, File, file_id, g.actor)
    attached.remove(File, file_id, g.actor)
    return "", 204


@route("/<plural>/<int:id>/notes/<int:note_id>/restore", "POST")
def restored_note(plural: str, id: int, note_id: int) -> Any:
    """Bring a note back that was removed."""
    _on(plural, id, Note, note_id, g.actor)
    return jsonify(note_json(attached.restore(Note, note_id, g.actor)[1]))


@route("/<plural>/<int:id>/files/<int:file_id>/restore", "POST")
def restored_file(plural: str, id: int, file_id: int) -> Any:
    """Bring a file back that was removed."""
    _on(plural, id, File, file_id, g.actor)
    return jsonify(file_json(attached.restore(File, file_id, g.actor)[1]))


def _page(plural: str, id: int, model: Any, as_json: Any, there: Any) -> Any:
    rt = shown_type(plural, g.actor)
    check_parameters(("cursor",))
    load(rt, id, g.actor, "view")
    stmt = select(model).where(model.record_type == rt.name, model.record_id == id, there)
    if (cursor := request.args.get("cursor")) is not None:
        if (before := id_of(cursor)) is None:
            errors = {"cursor": _("Send `next` of the page before.")}
            raise BadRequest(_("The list can't be made as it was asked for; `errors` says why."), errors)
        stmt = stmt.where(model.id < before)
    found = db.session.scalars(stmt.order_by(model.id.desc()).limit(MAX_PAGE + 1)).all()
    following = str(found[MAX_PAGE - 1].id) if len(found) > MAX_PAGE else None
    return jsonify(items=[as_json(one) for one in found[:MAX_PAGE]], next=following)


def _on(plural: str, id: int, model: type[File] | type[Note], one_id: int, actor: Actor) -> Any:
    """A note or file at the address of its record. Raises NotFound for another record's."""
    rt = shown_type(plural, actor)
    check_parameters()
    one = db.session.get(model, one_id) if 0 < one_id < 2**31 else None
    if one is None or (one.record_type, one.record_id) != (rt.name, id):
        raise NotFound
    return one
