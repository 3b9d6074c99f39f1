"""REST for records: list, create, read, change, delete, and the operations that plugins declare; the same for every record type."""

import json
from typing import Any

from flask import g, jsonify, request
from flask_babel import gettext as _

from core.access import Actor, Forbidden, NotFound, load
from core.addons.declarations import ApiOperation
from core.addons.runtime import runtime
from core.db import db
from core.errors import Conflict, Invalid
from core.records import as_json, list_spec
from core.records.record_type import RecordType
from core.records.services import create_record, delete_record, may_create_blindly, update_record

from .blueprint import BadRequest, route
from .reading import body, check_parameters, is_confirmed, only_once, reading, seen_version, tagged

PARAMETERS = ("q", "sort", "limit", "cursor")


def shown_type(plural: str, actor: Actor, *, creating: bool = False) -> RecordType:
    """The record type of a plural. Raises NotFound for one that is not there, switched off, out of sight, or not for this actor."""
    rt: RecordType | None = runtime().parts["rest"].get(plural)
    if rt is None or not runtime().parts["shown"](rt.plugin, actor):
        raise NotFound
    if not actor.has(rt.access.permission) and not (creating and may_create_blindly(rt, actor)):
        raise NotFound
    return rt


@route("/<plural>", "GET", "POST")
def collection(plural: str) -> Any:
    """GET: a page of the list. POST: a new record."""
    if request.method == "POST":
        return _create(shown_type(plural, g.actor, creating=True), plural, g.actor)
    return _list(shown_type(plural, g.actor), g.actor)


def _list(rt: RecordType, actor: Actor) -> Any:
    check_parameters(listed=True)
    fields = {f.name for f in list_spec.all_fields(rt) if f.filter} | {f.name for f in rt.filters}
    unknown = [name for name in request.args if name in list_spec.KNOWN and name not in PARAMETERS and name not in fields]
    single = [name for name in request.args if name in PARAMETERS or name.endswith(("_from", "_to"))]
    twice = [name for name in single if len(request.args.getlist(name)) > 1]
    errors: dict[str, Any] = {name: _("There is no such filter.") for name in unknown} | {name: _("Send this once.") for name in twice}
    try:
        if errors:
            raise Invalid(errors)
        items, following = as_json.page_json(list_spec.parse_list(rt, actor, request.args, reading=reading(actor), strict=True))
    except Invalid as refused:
        found = {name or "cursor": messages for name, messages in refused.errors.items()}
        raise BadRequest(_("The list can't be made as it was asked for; `errors` says why."), found) from None
    return jsonify(items=items, next=following)


def _create(rt: RecordType, plural: str, actor: Actor) -> Any:
    check_parameters()
    sent = body()

    def work() -> tuple[str, Any]:
        if not rt.access.create(actor) and not may_create_blindly(rt, actor):
            raise Forbidden
        read = reading(actor)
        values = as_json.values_of(rt, sent, read)
        warnings = _warnings(rt, values, None, read)
        record = create_record(rt, values, actor)
        return str(record.id), answer(record.id, warnings)

    def answer(record_id: int, warnings: list[dict[str, str]]) -> Any:
        item = _as_seen(rt, record_id, actor)
        reply = tagged(jsonify({**item, **({"warnings": warnings} if warnings else {})}), item)
        reply.status_code = 201
        reply.headers["Location"] = f"/api/v1/{plural}/{record_id}"
        return reply

    return only_once(actor, work, lambda made: answer(int(made), []))


def _as_seen(rt: RecordType, record_id: int, actor: Actor) -> dict[str, Any]:
    """The record for whoever just made it; who may only create, or does not see it, gets its id."""
    try:
        if {"read", "write"} & (actor.scopes or frozenset()):
            return as_json.one_json(rt, record_id, actor)
    except NotFound:
        if not may_create_blindly(rt, actor):
            raise
    return {"id": record_id, "version": 1}


def _warnings(rt: RecordType, values: dict[str, Any], record: Any, read: Any) -> list[dict[str, str]]:
    """What was taken but looks wrong, by field."""
    found = [*read.warnings, *rt.warnings([(values, record)], read.actor)[0]]
    return [{"field": name, "message": str(message)} for name, message in found]


@route("/<plural>/<int:id>", "GET", "PATCH", "DELETE")
def one(plural: str, id: int) -> Any:
    """GET: the record. PATCH: change the fields that are sent. DELETE: into the trash."""
    rt = shown_type(plural, g.actor)
    if request.method == "PATCH":
        return _change(rt, id, g.actor)
    check_parameters()
    if request.method == "DELETE":
        return _delete(rt, id, g.actor)
    item = as_json.one_json(rt, id, g.actor)
    return tagged(jsonify(item), item)


def _change(rt: RecordType, id: int, actor: Actor) -> Any:
    confirmed = is_confirmed()
    record = load(rt, id, actor, "edit")
    sent = body()
    version = seen_version(sent)
    read = reading(actor)
    values = as_json.values_of(rt, sent, read, record)
    warnings = _warnings(rt, values, record, read)
    try:
        update_record(rt, record, values, actor, version=version, confirmed=confirmed)
    except Conflict as conflict:
        raise as_json.seen_conflict(rt, conflict, actor) from None
    try:
        item = as_json.one_json(rt, id, actor)
    except NotFound:  # he confirmed that he would lose sight of it
        return "", 204
    return tagged(jsonify({**item, **({"warnings": warnings} if warnings else {})}), item)


def _delete(rt: RecordType, id: int, actor: Actor) -> Any:
    record = load(rt, id, actor, "delete")
    version = seen_version({})
    if version is not None and version != record.version:
        raise Conflict(_("Somebody changed this record after you read it."), details={"version": record.version})
    delete_record(rt, record, actor)
    return "", 204


@route("/<plural>/<int:id>/<name>", "POST")
def operation(plural: str, id: int, name: str) -> Any:
    """An operation that a plugin declares, as POST /api/v1/invoices/5/lock. Answers with what it gives, or with the record."""
    actor = g.actor
    rt = shown_type(plural, actor)
    found = next((op for op in operations(rt, actor) if op.name == name), None)
    if found is None:
        raise NotFound
    check_parameters()
    sent = body(optional=True)

    def work() -> tuple[str, Any]:
        result = found.run(load(rt, id, actor, found.needs), sent, actor)
        db.session.flush()
        if result is None or isinstance(result, rt.model):
            result = as_json.one_json(rt, id, actor)
        return json.dumps(result), jsonify(result)

    return only_once(actor, work, lambda made: jsonify(json.loads(made)))


def operations(rt: RecordType, actor: Actor) -> list[ApiOperation]:
    """The operations on a record type, of plugins that the actor has."""
    shown = runtime().parts["shown"]
    return [op for plugin, op in runtime().addons.declared("api_operations") if op.target == rt.name and shown(plugin, actor)]
