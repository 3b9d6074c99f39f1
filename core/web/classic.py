"""The classic API 1.0: /include/api.php, under any prefix, for forms and scripts that already exist (docs/classic-api.md).

Its operations come from plugins (`classic_operations`), run with the rights of the user who calls, and go on while a module is hidden. The
answer to every failure is `0` with status 200; why stands in the log, without a secret. Per address at most 30 calls a minute and 1,000 a
day; after 10 failures in 15 minutes an address is not listened to until they are over.
"""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from flask import Blueprint, Flask, Response, request
from markupsafe import escape
from sqlalchemy import or_, select
from sqlalchemy.exc import SQLAlchemyError

from core.access import Actor
from core.access.actors import actor_of, for_scopes
from core.addons.declarations import ClassicOperation
from core.addons.runtime import runtime
from core.db import db, unit_of_work
from core.errors import Conflict, Forbidden, Invalid, NotFound
from core.identity import limits, passwords
from core.identity.models import User
from core.identity.profiles import name_key
from core.identity.services import find_user, is_allowed_address
from core.identity.tokens import PREFIX, find_token, note_use, token_scopes

from .classic_call import LONGEST, Call, read_call
from .guards import public

log = logging.getLogger("cartera.classic")
classic = Blueprint("classic", __name__)
CALLS = ("30 per minute", "1000 per day")
FAILURES = "10 per 15 minutes"
_hashing = threading.BoundedSemaphore(1)
"""One password at a time and process: a hundred wrong calls at once must leave processor and memory to the others."""


class Refused(Exception):
    """A call is refused; the reason is for the log only."""


def register(app: Flask) -> None:
    """Put the address into an app."""
    from .request import csrf

    csrf.exempt(classic)
    app.register_blueprint(classic)


def user_exists(params: Sequence[str], actor: Actor) -> str:
    """`op=user_exists`, params: a login or an id. 1 or 0; disabled users are not there."""
    wanted = params[0] if params else ""
    number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 10 else 0
    stmt = select(User.id).where(or_(User.login_key == name_key(wanted), User.id == number), ~User.disabled)
    return "1" if wanted and db.session.execute(stmt).first() else "0"


OWN = (ClassicOperation("user_exists", run=user_exists, scope="read"),)


@dataclass(frozen=True, kw_only=True)
class Authenticated:
    """Who calls, with what the call may do."""

    user: User
    scopes: frozenset[str]


@classic.route("/include/api.php", methods=["GET", "POST"], defaults={"prefix": ""}, provide_automatic_options=False)
@classic.route("/<path:prefix>/include/api.php", methods=["GET", "POST"], provide_automatic_options=False)
@public
def call(prefix: str) -> Response:
    """One call."""
    as_xml = False
    address = request.remote_addr or ""
    try:
        asked = _read()
        as_xml = asked.get("return_type").lower() == "xml"
        result = _answer_to(asked, address)
    except (Refused, Invalid, Conflict, Forbidden, NotFound) as refused:
        log.info("call from %s answered 0: %s", address, str(refused) or type(refused).__name__)
        result = "0"
    except SQLAlchemyError as failed:
        log.error("call from %s answered 0: %s", address, type(failed).__name__)
        result = "0"
    except Exception:
        log.exception("call from %s answered 0", address)
        result = "0"
    if as_xml:
        return Response(f'<?xml version="1.0" encoding="UTF-8"?>\n<xml><data>{escape(result)}</data></xml>', mimetype="application/xml")
    return Response(result, mimetype="text/plain")


call.__cartera_reads__ = True  # type: ignore[attr-defined]  # a password is checked before anybody waits for the writer's lock


def _read() -> Call:
    if request.method == "HEAD":
        raise Refused("HEAD asks for nothing")
    request.max_content_length = LONGEST
    body = request.get_data(cache=True, parse_form_data=False) if request.method == "POST" else b""
    query = request.environ.get("QUERY_STRING", "").encode("latin-1")
    found = read_call(query, body, request.headers.get("Content-Type", ""))
    if found is None:
        raise Refused("too long")
    return found


def _answer_to(asked: Call, address: str) -> str:
    limiter, where = runtime().parts["limiter"], limits.network_of(address)
    if not all(limits.count(limiter, rule, "classic", where).allowed for rule in CALLS):
        raise Refused("too many calls")
    if asked.get("info") == "version":
        return f"Cartera {_version()}"
    found = _authenticate(asked, address, where)
    operation = _operation(asked.get("op"))
    if not {operation.scope or "write", "write"} & found.scopes:
        raise Refused(f"{operation.name} asks for the scope {operation.scope or 'write'}")
    actor = actor_of(found.user.id)
    if actor is None:
        raise Refused("the user is disabled")
    actor = for_scopes(actor, found.scopes, api_user=True)
    with unit_of_work(actor.user_id):
        result = operation.run(asked.values, actor)
    log.info("call from %s: %s as %s", address, operation.name, found.user.login)
    return str(result)


def _operation(name: str) -> ClassicOperation:
    declared = [op for _plugin, op in runtime().addons.running("classic_operations")]
    found: ClassicOperation | None = next((op for op in (*OWN, *declared) if op.name == name), None)
    if found is None:
        raise Refused("no such operation")
    return found


def _authenticate(asked: Call, address: str, where: str) -> Authenticated:
    """Who calls. Each secret that is sent costs one hash, whether the user exists or not, and must fit. Raises Refused.

    `pass` is the API password, `user_pass` the user's own, or the API password when nothing else is sent; a token may stand in either. A
    user who has an API password must show it. Without any secret only he may call who is allowed to, from a named address, and only to
    create.
    """
    limiter = runtime().parts["limiter"]

    def listen() -> None:
        if not limits.look(limiter, FAILURES, "classic-failed", where).allowed:
            raise Refused("too many failures")

    def fail() -> Refused:
        limits.count(limiter, FAILURES, "classic-failed", where)
        return Refused("user, password or address is wrong")

    listen()
    user = find_user(asked.get("user"))
    if user is not None and (user.disabled or not user.classic_api or not is_allowed_address(user, address)):
        user = None
    own, api = asked.get("user_pass"), asked.get("pass")
    for key in (own, api):
        if key.startswith(PREFIX):
            token = find_token(key)
            if token is None or user is None or token.user_id != user.id:
                raise fail()
            note_use(token)
            return Authenticated(user=user, scopes=frozenset(token.scopes))
    if not own and not api and user is not None and user.api_without_password and user.api_addresses:
        return Authenticated(user=user, scopes=frozenset(name for name in token_scopes() if name.endswith(":create")))
    with _hashing:
        listen()  # while this call waited, others of its kind may have failed
        if not _fits(user, own, api) or user is None:
            raise fail()
    return Authenticated(user=user, scopes=frozenset(token_scopes()))


def _fits(user: User | None, own: str, api: str) -> bool:
    own_hash, api_hash = (user.password_hash, user.api_password_hash) if user is not None else (None, None)
    if api and own:
        api_fits = passwords.verify(api_hash, api)
        own_fits = passwords.verify(own_hash, own)
        return (api_fits and (own_fits or own_hash is None)) if api_hash is not None else own_fits
    if own:
        return passwords.verify(api_hash if api_hash is not None else own_hash, own)
    return passwords.verify(api_hash, api)


def _version() -> str:
    try:
        return version("cartera")
    except PackageNotFoundError:
        return "1.0"
