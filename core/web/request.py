"""One request, one way: gate → who asks → view → one commit. Wires everything that happens before and after each view.

A request with an unsafe method is one unit of work: it writes from its first query on (BEGIN IMMEDIATE on SQLite), commits when the view
answered below 400, and rolls back otherwise. A view with `__cartera_reads__` begins to write by itself, or not at all: what must be known
first (who calls, whether his password fits) then keeps no other writer waiting.
"""

from typing import Any

from flask import Flask, Response, g, request
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFProtect

from core.access import Actor
from core.addons.runtime import Cartera, runtime
from core.db import db
from core.db.work import begin_write, commit, rollback
from core.setup.signin import ask_to_sign_in, signed_in_actor

from .errors import answer
from .guards import ANONYMOUS

SAFE = {"GET", "HEAD", "OPTIONS"}
csrf = CSRFProtect()


def init_request(app: Flask, cartera: Cartera) -> None:
    """Attach the hooks around each view. The gate of plugins was attached before: it is asked first."""
    csrf.init_app(app)
    app.before_request(_refuse_nul)
    app.before_request(_begin)
    app.before_request(_identify)
    app.before_request(_ask_for_sign_in)
    app.before_request(_refuse_writing)
    app.after_request(_end)


def _refuse_nul() -> Any:
    """No text of the database can hold a NUL: refused once for all pages. Searches leave it out by themselves; REST has its own words."""
    if request.path.startswith("/api/") or request.path.endswith("/include/api.php"):
        return None
    if "\x00" in request.path or any("\x00" in text for source in (request.args, request.form) for pair in _pairs(source) for text in pair):
        return answer(400, text=_("What was sent holds a NUL character, which no text may have. Remove it."))
    return None


def _pairs(source: Any) -> Any:
    return ((name, value) for name, value in source.items(multi=True) if name != "q")


def _begin() -> None:
    view = runtime_view()
    if request.method not in SAFE and view is not None and not getattr(view, "__cartera_reads__", False):
        begin_write()


def _identify() -> None:
    g.actor = ANONYMOUS
    if request.endpoint in ("static", "pages.health") or request.path.startswith("/api/"):
        return  # REST asks for a token: core/records/api.py
    actor = signed_in_actor()
    if actor is not None:
        g.actor = actor
        db.session().info["actor_id"] = actor.user_id


def _ask_for_sign_in() -> Any:
    view = runtime_view()
    if view is None or getattr(view, "__cartera_public__", False) or request.endpoint == "static" or request.path.startswith("/api/"):
        return None
    return ask_to_sign_in() if g.actor.user_id is None else None


def _refuse_writing() -> Any:
    """Whoever looks through another's eyes (View as) changes nothing, whatever the page; pages for everybody, as signing out, stay."""
    if request.method in SAFE or not g.actor.read_only or getattr(runtime_view(), "__cartera_public__", False):
        return None
    return answer(403)


def runtime_view() -> Any:
    """The view that this request goes to, or None when no address fits."""
    from flask import current_app

    return current_app.view_functions.get(request.endpoint) if request.endpoint else None


def _end(response: Response) -> Response:
    if request.method in SAFE:
        return response
    if response.status_code < 400 and not getattr(g, "rollback", False):
        commit()
    else:
        rollback()
    return response


def who_asks() -> Actor | None:
    """Who asks, before any view: by his token for REST, by his session for pages."""
    from .api import asker

    return asker() if request.path.startswith("/api/") else signed_in_actor()


def current_timezone() -> str:
    """The time zone of this answer: the user's, else the site's."""
    actor = g.get("actor")
    return (actor.timezone if actor else None) or runtime().settings.default_timezone


__all__ = ["csrf", "current_timezone", "init_request", "who_asks"]
