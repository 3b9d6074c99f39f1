"""REST in OpenAPI 3.1, made from the declarations: fields, kinds, filters, operations. Nothing of it is written by hand per record type."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from apispec import APISpec

from core.activity.services import KINDS
from core.addons.declarations import ApiOperation
from core.custom_fields.definitions import custom_fields
from core.fields import Field

from . import list_spec
from .as_json import FIXED
from .record_type import RecordType
from .services import writable_fields

JSON = "application/json"
VERSION = "1.0.0"
ABOUT = """Records of the CRM with the rights of the token's user. Money, quantities and rates are strings, dates ISO 8601. In a body an
absent key means the default (POST) or no change (PATCH), null means empty. Lists are paged by `cursor`: take it from `next`, with the same
other parameters. Send `Idempotency-Key` with a POST, and it makes one record however often it is sent. Send the `version` that you have
read (or `If-Match`) with a PATCH: changes of others to other fields are kept, to the same fields they are a 409 with both values."""
PROBLEM = {
    "type": "object",
    "description": "RFC 9457",
    "properties": {
        "type": {"type": "string"}, "title": {"type": "string"}, "status": {"type": "integer"}, "detail": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    },
    "required": ["type", "title", "status"],
}  # fmt: skip
_STAMPS: dict[str, Any] = {
    "id": {"type": "integer"}, "created_at": {"type": "string", "format": "date-time"}, "created_by_id": {"type": ["integer", "null"]},
    "updated_at": {"type": "string", "format": "date-time"}, "version": {"type": "integer"},
}  # fmt: skip
_TEXT = {"type": "string"}


def describe(
    types: Mapping[str, RecordType],
    operations: Mapping[str, Sequence[ApiOperation]],
    *,
    people: bool = False,
    user_fields: Sequence[str] = (),
) -> dict[str, Any]:
    """The document for these record types (plural → record type) and their operations; with `people` also users and profiles."""
    spec = APISpec(title="Cartera", version=VERSION, openapi_version="3.1.0", info={"description": ABOUT}, servers=[{"url": "/api/v1"}])
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    spec.options["security"] = [{"token": []}]
    spec.components.schema("Problem", PROBLEM)
    for code, words in _PROBLEMS.items():
        spec.components.response(f"E{code}", {"description": words, "content": {"application/problem+json": {"schema": "Problem"}}})
    for plural, rt in types.items():
        _add_type(spec, plural, rt, operations.get(plural, ()))
    if people:
        _add_people(spec, user_fields)
    return spec.to_dict()


_PROBLEMS = {
    400: "The request can't be read, or a parameter is not known.", 401: "No token that is good.", 403: "Seen, but not allowed.",
    404: "Nothing here, or nothing that you can see.", 409: "A conflict: version, lock, in use, or a loss of sight that is not confirmed.",
    415: "Send application/json.", 422: "Values that can't be taken, by field in `errors`.", 429: "Too many calls.",
}  # fmt: skip


def _add_type(spec: APISpec, plural: str, rt: RecordType, operations: Sequence[ApiOperation]) -> None:
    name = "".join(part.title() for part in rt.name.replace("_", ".").split("."))
    writable = _writable(rt)
    spec.components.schema(name, _read_schema(rt))
    required = [f.name for f in rt.fields if f.written and f.api and f.required and f.default is None]
    spec.components.schema(f"{name}Change", _closed(writable | {"version": _STAMPS["version"]}))
    spec.components.schema(f"{name}Create", _closed(writable) | ({"required": required} if required else {}))
    label, labels = str(rt.label), str(rt.labels)
    spec.tag({"name": labels})

    def doing(summary: str, operation: str, responses: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"tags": [labels], "summary": summary, "operationId": f"{operation}_{rt.blueprint}", "responses": responses, **more}

    one = {"200": _answer(label, name)}
    spec.path(
        f"/{plural}",
        operations={
            "get": doing(
                f"{labels}: a page of the list", "list", {"200": _list_answer(labels, name)} | _refs(400, 401, 404), parameters=_filters(rt)
            ),
            "post": doing(
                f"{label}: create", "create", {"201": _answer(label, name)} | _refs(400, 401, 403, 404, 409, 415, 422, 429),
                requestBody=_body(f"{name}Create"), parameters=[_KEY],
            ),
        },
    )  # fmt: skip
    spec.path(
        f"/{plural}/{{id}}",
        parameters=[_ID],
        operations={
            "get": doing(f"{label}: read", "read", one | _refs(401, 404)),
            "patch": doing(
                f"{label}: change", "change",
                one | _gone("Changed; you can't see it any more.") | _refs(400, 401, 403, 404, 409, 415, 422),
                requestBody=_body(f"{name}Change"), parameters=[_CONFIRM, _IF_MATCH],
            ),
            "delete": doing(f"{label}: into the trash", "delete", _gone("Done.") | _refs(401, 403, 404, 409), parameters=[_IF_MATCH]),
        },
    )  # fmt: skip
    _add_attached(spec, plural, label, doing)
    for op in operations:
        done = {"200": {"description": "What it gives, or the record.", "content": {JSON: {"schema": {"type": "object"}}}}}
        act = doing(f"{label}: {op.summary or op.name}", op.name.replace("-", "_"), done | _refs(400, 401, 403, 404, 409, 415, 422))
        spec.path(
            f"/{plural}/{{id}}/{op.name}",
            parameters=[_ID],
            operations={"post": act | {"parameters": [_KEY], "requestBody": {"content": {JSON: {"schema": {"type": "object"}}}}}},
        )


def _add_attached(spec: APISpec, plural: str, label: str, doing: Callable[..., dict[str, Any]]) -> None:
    """Notes and files of a record: pages of them, and each one's way out and back."""
    sent = {"text": _TEXT, "kind": {"enum": list(dict(KINDS))}, "version": {"type": "integer"}}
    change = {"required": True, "content": {JSON: {"schema": _closed(sent)}}}
    for one, schema in (("note", _NOTE), ("file", _FILE)):
        given = {"200": {"description": one.title(), "content": {JSON: {"schema": schema}}}}
        several = {"type": "object", "properties": {"items": {"type": "array", "items": schema}, "next": {"type": ["string", "null"]}}}
        listed = {"200": {"description": f"{label}: its {one}s", "content": {JSON: {"schema": several}}}}
        spec.path(
            f"/{plural}/{{id}}/{one}s", parameters=[_ID],
            operations={"get": doing(f"{label}: its {one}s", f"{one}s", listed | _refs(400, 401, 404),
                                     parameters=[_parameter("cursor", "`next` of the page before.")])},
        )  # fmt: skip
        its = {"name": f"{one}_id", "in": "path", "required": True, "schema": {"type": "integer"}}
        acts = {"delete": doing(f"{label}: remove a {one}", f"remove_{one}", _gone("Done.") | _refs(401, 403, 404, 409))}
        if one == "note":
            answers = given | _refs(400, 401, 403, 404, 409, 415, 422)
            seen = _parameter("If-Match", "The version of the note as you have read it.", _TEXT, "header")
            acts["patch"] = doing(f"{label}: change a note", "change_note", answers, requestBody=change, parameters=[seen])
        spec.path(f"/{plural}/{{id}}/{one}s/{{{one}_id}}", parameters=[_ID, its], operations=acts)
        spec.path(
            f"/{plural}/{{id}}/{one}s/{{{one}_id}}/restore", parameters=[_ID, its],
            operations={"post": doing(f"{label}: bring a {one} back", f"restore_{one}", given | _refs(401, 403, 404, 409))},
        )  # fmt: skip


_NULLABLE = {"type": ["integer", "null"]}
_NOTE: dict[str, Any] = {"type": "object", "properties": {
    "id": {"type": "integer"}, "kind": _TEXT, "text": _TEXT, "at": _TEXT, "author_id": _NULLABLE, "next_on": {"type": ["string", "null"]},
    "version": {"type": "integer"},
}}  # fmt: skip
_FILE: dict[str, Any] = {"type": "object", "properties": {
    "id": {"type": "integer"}, "name": _TEXT, "media_type": _TEXT, "size": {"type": "integer"}, "kind": _TEXT, "created_at": _TEXT,
    "created_by_id": _NULLABLE,
}}  # fmt: skip


def _closed(properties: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "properties": dict(properties)}


def _schema(f: Field) -> dict[str, Any]:
    about = str(f.hint) if f.hint else ""
    return {**f.kind.schema(), "title": str(f.label), **({"description": about} if about else {})}


def _writable(rt: RecordType) -> dict[str, Any]:
    fields = {f.name: f for f in writable_fields(rt)} | ({f.name: f for f in custom_fields(rt.name)} if rt.custom else {})
    out = {name: _schema(f) for name, f in fields.items() if f.api}
    return out | {part.name: dict(part.schema) for part in rt.json_parts if part.parse}


def _read_schema(rt: RecordType) -> dict[str, Any]:
    out = {"id": _STAMPS["id"]} | {f.name: _schema(f) for f in list_spec.all_fields(rt) if f.api}
    out |= {part.name: dict(part.schema) for part in rt.json_parts}
    return {"type": "object", "properties": out | {name: _STAMPS[name] for name in FIXED if name not in out}, "required": list(FIXED)}


def _filters(rt: RecordType) -> list[dict[str, Any]]:
    fields = list_spec.all_fields(rt)
    sortable = [f.name for f in fields if f.sort]
    out = [
        _parameter("q", "Words that the record's text must hold."),
        _parameter("sort", "The field to sort by, with - before it downwards.", {"enum": [*sortable, *(f"-{name}" for name in sortable)]}),
        _parameter(
            "limit", "How many at most.", {"type": "integer", "minimum": 1, "maximum": list_spec.MAX_PAGE, "default": list_spec.PAGE}
        ),
        _parameter("cursor", "`next` of the page before."),
    ]
    for f in fields:
        if not f.filter:
            continue
        if f.kind.filter == "range":
            out += [_parameter(f.name, f"{f.label}: exactly"), _parameter(f"{f.name}_from", f"{f.label}: from")]
            out.append(_parameter(f"{f.name}_to", f"{f.label}: to"))
        else:
            none = "; - for none" if f.kind.filter in ("choice", "ref") else ""
            out.append(_parameter(f.name, f"{f.label}; repeat it for several{none}", {"type": "array", "items": _TEXT}))
    without = {"enum": ["1"]}
    out += [_parameter(f"{f.name}{list_spec.EMPTY}", f"{f.label}: 1 for records without a value", without) for f in fields if f.custom_id]
    return [*out, *(_parameter(extra.name, str(extra.label)) for extra in rt.filters)]


def _parameter(name: str, about: str, schema: Mapping[str, Any] = _TEXT, where: str = "query") -> dict[str, Any]:
    return {"name": name, "in": where, "description": about, "schema": dict(schema)}


_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
_KEY = _parameter("Idempotency-Key", "Sent again, the call makes nothing new.", {"type": "string", "maxLength": 255}, "header")
_IF_MATCH = _parameter("If-Match", "The ETag of the record as you have read it.", _TEXT, "header")
_CONFIRM = _parameter("confirm", "That people lose sight of the record by this change is accepted.", {"enum": ["sight"]})


def _answer(label: str, schema: str) -> dict[str, Any]:
    return {"description": label, "content": {JSON: {"schema": schema}}}


def _list_answer(labels: str, schema: str) -> dict[str, Any]:
    items = {"type": "array", "items": {"$ref": f"#/components/schemas/{schema}"}}
    page = {"type": "object", "properties": {"items": items, "next": {"type": ["string", "null"]}}, "required": ["items", "next"]}
    return {"description": labels, "content": {JSON: {"schema": page}}}


def _body(schema: str) -> dict[str, Any]:
    return {"required": True, "content": {JSON: {"schema": schema}}}


def _gone(words: str) -> dict[str, Any]:
    return {"204": {"description": words}}


def _refs(*codes: int) -> dict[str, Any]:
    return {str(code): f"E{code}" for code in codes}


# --- people --------------------------------------------------------------------------------------------------------------------------


def _add_people(spec: APISpec, user_fields: Sequence[str]) -> None:
    flag, nullable, number = {"type": "boolean"}, {"type": ["string", "null"]}, {"type": ["integer", "null"]}
    pair = {"type": "object", "properties": {"profile_id": {"type": "integer"}, "profile": _TEXT, "group_id": number, "group": nullable}}
    user: dict[str, Any] = {
        "login": _TEXT, "name": _TEXT, "email": _TEXT, "language": nullable, "timezone": nullable, "superadmin": flag, "classic_api": flag,
        "api_addresses": {"type": "array", "items": _TEXT}, "api_without_password": flag, "disabled": flag,
        "profiles": {"type": "array", "items": pair}, **dict.fromkeys(user_fields, number),
    }  # fmt: skip
    profile = {"name": _TEXT, "permissions": {"type": "array", "items": _TEXT}}
    secrets = {"password": {"type": "string", "minLength": 12}, "api_password": nullable, "heir_id": number}
    for name, plural, fields, more, gone in (("User", "users", user, secrets, False), ("Profile", "profiles", profile, {}, True)):
        spec.components.schema(name, {"type": "object", "properties": {"id": {"type": "integer"}, **fields}})
        spec.components.schema(f"{name}Change", _closed({**fields, **more}))
        queries = [_parameter("q", "Words"), _parameter("limit", "How many at most."), _parameter("cursor", "`next` of the page before.")]
        if name == "User":
            queries += [_parameter("login", "Exactly this login."), _parameter("disabled", "1 or 0.")]
        low = name.lower()
        spec.path(
            f"/{plural}",
            operations={
                "get": {
                    "operationId": f"list_{plural}", "parameters": queries,
                    "responses": {"200": _list_answer(name, name)} | _refs(400, 401, 404),
                },
                "post": {
                    "operationId": f"create_{low}", "requestBody": _body(f"{name}Change"), "parameters": [_KEY],
                    "responses": {"201": _answer(name, name)} | _refs(400, 401, 404, 409, 415, 422),
                },
            },
        )  # fmt: skip
        one: dict[str, Any] = {
            "get": {"operationId": f"read_{low}", "responses": {"200": _answer(name, name)} | _refs(401, 404)},
            "patch": {
                "operationId": f"change_{low}", "requestBody": _body(f"{name}Change"), "parameters": [_CONFIRM] if name == "User" else [],
                "responses": {"200": _answer(name, name)} | _refs(400, 401, 404, 409, 415, 422),
            },
        }  # fmt: skip
        if gone:
            one["delete"] = {"operationId": f"delete_{low}", "responses": _gone("Done.") | _refs(401, 404, 409)}
        spec.path(f"/{plural}/{{id}}", parameters=[_ID], operations=one)
