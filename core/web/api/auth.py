"""Who calls REST: the user of a bearer token, with no more than the token's scopes.

Asked before anything else, and before the writer's lock is taken: a call without a token waits for nobody and keeps nobody waiting.
"""

from dataclasses import dataclass
from typing import Any

from flask import current_app, g, request
from flask_babel import gettext as _

from core.access import Actor
from core.access.actors import actor_of_token
from core.addons.runtime import runtime
from core.db import db
from core.db.work import begin_write
from core.identity import limits
from core.identity.models import ApiToken
from core.identity.tokens import find_token, note_use
from core.web.request import SAFE

from .blueprint import api, refuse

CREATE_ONLY = ("30 per minute", "1000 per day")
"""How much a token that can only create may do from one address: such tokens stand in public forms."""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A token and the actor that it makes."""

    token: ApiToken
    actor: Actor


def caller() -> Caller | None:
    """Whose token this request shows, found once per request; None without one that is good."""
    if "api_caller" not in g:
        g.api_caller = _find()
    return g.api_caller  # type: ignore[no-any-return]


def _find() -> Caller | None:
    scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    token = find_token(key.strip())
    actor = actor_of_token(token) if token else None
    return Caller(token=token, actor=actor) if token and actor else None


@api.before_app_request
def guard() -> Any:
    """Every address under /api/ asks for a token first, whether there is anything at it or not; then for the token's scope."""
    if not request.path.startswith("/api/"):
        return None
    found = caller()
    if found is None:
        answer = refuse(401, _("Send a token that is good, as `Authorization: Bearer crt_…`. Tokens are made on your own page."))
        answer.headers["WWW-Authenticate"] = 'Bearer realm="Cartera"'
        return answer
    g.actor = found.actor
    db.session().info["actor_id"] = found.actor.user_id
    if refused := _scope(found.actor):
        return refused
    note_use(found.token)
    if request.method not in SAFE and request.endpoint is not None:
        if (first := getattr(current_app.view_functions.get(request.endpoint), "__cartera_before_writing__", None)) is not None:
            first()
        begin_write()
        db.session().info["actor_id"] = found.actor.user_id
    return None


def _scope(actor: Actor) -> Any:
    scopes = actor.scopes or frozenset()
    needed = "read" if request.method in SAFE else "write"
    if needed in scopes:
        return None
    plural = (request.view_args or {}).get("plural", "")
    creating = request.method == "POST" and request.endpoint == "api.collection" and f"{plural}:create" in scopes
    if not creating:
        return refuse(403, _("This token lacks the scope “%(scope)s”.", scope=needed))
    address = limits.network_of(request.remote_addr or "")
    for rule in CREATE_ONLY:
        left = limits.count(runtime().parts["limiter"], rule, "api-create", address)
        if not left.allowed:
            answer = refuse(429, _("Too many records were made from this address. Try again in %(n)s seconds.", n=left.wait))
            answer.headers["Retry-After"] = str(left.wait)
            return answer
    return None
