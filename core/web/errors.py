"""What people and programs read when something is refused or breaks: a page, a sentence for htmx, a problem (RFC 9457) for REST.

The answer to what is missing and to what is out of sight is the same, byte for byte: it holds no id, no path, no token (docs/access.md).
"""

import logging
import secrets
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, InternalServerError

from core.access import Conflict, Forbidden, NotFound
from core.addons.runtime import runtime
from core.db.work import rollback
from core.errors import Invalid

from .jinja import current_formats

log = logging.getLogger(__name__)
KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")


@dataclass(frozen=True, kw_only=True)
class Words:
    """What an error page says: a title, a sentence on what to do, and a picture's name."""

    title: Any
    text: Any
    icon: str = "alert-circle"


WORDS = {
    400: Words(
        title=_l("This request can't be read"),
        text=_l("The page may have been open for too long. Go back, load it again and send it once more."),
    ),
    401: Words(title=_l("Sign in first"), text=_l("You are not signed in, or no longer."), icon="lock"),
    403: Words(
        title=_l("You may see this, but not change it"), text=_l("Ask the person who manages it, or an administrator."), icon="lock"
    ),
    404: Words(
        title=_l("There is nothing here for you at this address"),
        text=_l("It may never have been, may be gone, or may be out of your sight."),
        icon="zoom-question",
    ),
    405: Words(title=_l("That can't be done at this address"), text=_l("Go back and use the buttons of the page.")),
    409: Words(
        title=_l("That doesn't fit with the present state"), text=_l("Load the page again to see what has changed."), icon="git-branch"
    ),
    413: Words(
        title=_l("That is too large"), text=_l("Send a smaller file, or ask an administrator for a higher limit."), icon="file-alert"
    ),
    422: Words(title=_l("Some values can't be taken"), text=_l("Go back and mend what is marked.")),
    429: Words(title=_l("Too many attempts"), text=_l("Wait a minute, then try again."), icon="clock-pause"),
    500: Words(
        title=_l("Something broke on our side"),
        text=_l("Nothing of yours was saved. Try again; if it breaks once more, tell your administrator this reference."),
        icon="alert-triangle",
    ),
    503: Words(title=_l("Cartera is busy"), text=_l("Wait a moment, then try again."), icon="clock-pause"),
}


def init_errors(app: Flask) -> None:
    """Answer every refusal and failure in the words above. Call once, from `create_app`."""
    app.register_error_handler(NotFound, lambda _error: answer(404))
    app.register_error_handler(Forbidden, lambda error: answer(403, text=str(error)))
    app.register_error_handler(Conflict, lambda error: answer(409, text=str(error.message)))
    app.register_error_handler(Invalid, lambda error: answer(422, text=str(error)))
    app.register_error_handler(IntegrityError, _stands_against)
    app.register_error_handler(
        StaleDataError,
        lambda _error: answer(409, text=_("Somebody else saved this record at this moment. Read it again and send it once more.")),
    )
    app.register_error_handler(HTTPException, from_http)


def _stands_against(error: IntegrityError) -> Any:
    """Two people made the same unique thing, or one took away what the other was linking to: the database keeps the first."""
    state, words = getattr(error.orig, "sqlstate", "") or "", str(error.orig)
    if state not in ("23505", "23503") and not words.startswith(("UNIQUE", "FOREIGN KEY")):
        raise error  # an empty or impossible value that our own checks let through: no conflict, but a fault of ours
    rollback()
    return answer(409, text=_("Somebody else saved something at this moment that stands against it. Read it again and send it once more."))


def from_http(error: HTTPException) -> Any:
    """The answer to an exception of werkzeug, Flask's own 500 among them. Redirects pass as they are."""
    code = error.code or 500
    if code < 400 or error.response is not None:
        return error
    if isinstance(error, InternalServerError):
        reference = secrets.token_hex(4)
        log.error("500, reference %s: %r", reference, error.original_exception)  # Flask has logged the traceback
        return answer(500, reference=reference)
    reply = answer(code, text=_too_much() if code == 413 else "")
    for name, value in error.get_headers():
        if name in KEPT_HEADERS:
            reply.headers[name] = value
    return reply


def _too_much() -> str:
    most = current_formats().size(runtime().settings.max_upload)
    return _("Up to %(size)s can be sent at once.", size=most) + f" {WORDS[413].text}"


def answer(code: int, *, text: str = "", reference: str = "") -> Response:
    """An error in the form that the asker reads. `text` replaces the usual sentence; `reference` finds the failure in the log."""
    known = WORDS.get(code) or (WORDS[500] if code >= 500 else WORDS[400])
    sentence = text or str(known.text)
    if request.path.startswith("/api/"):
        return problem(code, title=str(known.title), detail=sentence, **({"reference": reference} if reference else {}))
    if request.headers.get("HX-Request"):
        reply = make_response(f"{known.title}. {sentence}", code)
        reply.mimetype = "text/plain"
        reply.headers["HX-Reswap"] = "none"
        return reply
    try:
        body = render_template("error.html", code=code, words=known, text=sentence, reference=reference, plain=True)
    except Exception:
        if code < 500:
            raise
        log.exception("500, reference %s: the error page itself can't be made", reference)
        body = f"{known.title}. {sentence} {reference}"
    return make_response(body, code)


def problem(code: int, *, title: str, detail: str = "", **more: Any) -> Response:
    """An answer by RFC 9457: `more` are members of one's own, as `errors={field: [message]}` of a 422."""
    reply = jsonify({"type": "about:blank", "title": title, "status": code, **({"detail": detail} if detail else {}), **more})
    reply.status_code = code
    reply.mimetype = "application/problem+json"
    return reply
