"""Reading what a client of REST sends: parameters, a JSON body, the version it has seen, its Idempotency-Key."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from werkzeug.exceptions import UnsupportedMediaType

from core.access import Actor
from core.fields import Reading
from core.records import once

from .blueprint import BadRequest

MAX_BODY = 4 * 1024 * 1024
_SURROGATE = re.compile("[\ud800-\udfff]")
_TAG = re.compile(r'(?:W/)?"?(\d{1,9})"?')


def reading(actor: Actor) -> Reading:
    """How values in JSON are read: the same for every user."""
    return Reading(actor=actor, source="json")


def check_parameters(known: Iterable[str] = (), *, listed: bool = False) -> None:
    """Refuse parameters that nobody knows (all but `known`; none for lists, which know theirs) and those that no database could take."""
    if b"\x00" in request.query_string or "%00" in request.query_string.decode("latin-1"):
        raise BadRequest(_("The address holds a NUL character."))
    if listed:
        return
    known = set(known)
    if errors := {name: _("There is no such parameter.") for name in request.args if name not in known}:
        raise BadRequest(_("The address holds a parameter that is not known here."), errors)


def body(*, optional: bool = False) -> dict[str, Any]:
    """The JSON object that was sent. With `optional` none at all is an empty one."""
    request.max_content_length = MAX_BODY
    raw = request.get_data()
    if optional and not raw:
        return {}
    kind = request.mimetype
    if kind != "application/json" and not kind.endswith("+json"):
        raise UnsupportedMediaType
    try:
        found = json.loads(raw.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_constant, object_pairs_hook=_once_each)
    except RecursionError:
        raise BadRequest(_("The body is nested too deeply.")) from None
    except ValueError as problem:
        raise BadRequest(_("The body is no JSON that can be read: %(problem)s", problem=str(problem)[:200])) from None
    if not isinstance(found, dict):
        raise BadRequest(_('The body must be a JSON object, as {"name": "value"}.'))
    if not _is_storable(found):
        raise BadRequest(_("The body holds a character that is none (half of a pair, or NUL)."))
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) != len(pairs):
        names = [name for name, _value in pairs]
        raise ValueError(_("a name comes twice: %(name)s", name=next(n for n in names if names.count(n) > 1)[:60]))
    return out


def _is_storable(value: Any) -> bool:
    if isinstance(value, str):
        return not _SURROGATE.search(value) and "\x00" not in value
    if isinstance(value, dict):
        return all(_is_storable(k) and _is_storable(v) for k, v in value.items())
    return not isinstance(value, list) or all(_is_storable(v) for v in value)


def seen_version(sent: dict[str, Any]) -> int | None:
    """The version that the client has seen, out of the body or of If-Match; None when it does not say. Takes it out of the body."""
    in_body = sent.pop("version", None)
    if in_body is not None and (type(in_body) is not int or not 0 < in_body < 2**31):
        raise BadRequest(_("`version` must be the number that the record had."), {"version": _("A whole number.")})
    header = request.headers.get("If-Match", "").strip()
    if not header or header == "*":
        return in_body
    found = _TAG.fullmatch(header)
    if not found or (in_body is not None and in_body != int(found[1])):
        raise BadRequest(_("If-Match must be the ETag that the record had, and agree with `version`."))
    return int(found[1])


def is_confirmed() -> bool:
    """Whether a loss of sight was announced and is accepted: `?confirm=sight`. Refuses any other parameter."""
    check_parameters({"confirm"})
    if "confirm" in request.args and request.args["confirm"] != "sight":
        raise BadRequest(_("Only `confirm=sight` can be confirmed."), {"confirm": _("Write sight.")})
    return request.args.get("confirm") == "sight"


def only_once(actor: Actor, work: Callable[[], tuple[str, Any]], again: Callable[[str], Response]) -> Any:
    """Do what a POST asks, once per Idempotency-Key: `work()` gives what to remember and the answer, `again(remembered)` that answer."""
    key = request.headers.get("Idempotency-Key", "")
    if not key:
        return work()[1]
    if len(key) > 255:
        raise BadRequest(_("An Idempotency-Key has at most 255 characters."))
    asked = f"{request.method} {request.full_path}\n{request.get_data(as_text=False).decode('latin-1')}"
    made = once.result_of(f"rest:{key}", actor.user_id, asked)
    if made is not None:
        answer = again(made)
        answer.headers["Idempotency-Replayed"] = "true"
        return answer
    made, reply = work()
    once.remember(f"rest:{key}", actor.user_id, made)
    return reply


def tagged(answer: Response, item: Mapping[str, Any]) -> Response:
    """An answer with the record's version as its ETag."""
    answer.headers["ETag"] = f'"{item["version"]}"'
    return answer
