"""Signing in and out. One answer for whatever is wrong, at one cost; failures are limited per account and per address.

Nothing here writes to the main database, but a hash that is made anew: signing in must not wait for a long import.
"""

import logging
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

from flask import Flask, abort, current_app, g, has_request_context, make_response, redirect, render_template, request, session, url_for
from flask_babel import format_timedelta, ngettext
from flask_babel import gettext as _
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from sqlalchemy import Engine
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from core.access import Actor
from core.access.actors import Person, person_of
from core.addons.runtime import runtime
from core.db import get_option, unit_of_work
from core.identity import limits, passwords
from core.identity.languages import language_names, languages, pick_language
from core.identity.profiles import name_key
from core.identity.services import authenticate
from core.identity.sessions import ServerSessions
from core.web.guards import current_actor, public
from core.web.jinja import Look

from .blueprints import identity
from .forms import SignInForm

log = logging.getLogger("cartera.signin")
FEW = 3
"""From this many tries left on, the page says so."""


class SignedIn(UserMixin):
    """Flask-Login's user: a person, read in one statement."""

    def __init__(self, person: Person):
        self.person = person
        self.id = person.actor.user_id

    def get_id(self) -> str:
        return str(self.id)


class Manager(LoginManager):
    """Flask-Login over our own sessions: no cookie of its own, and no reading of the session where nobody asks for it."""

    def __init__(self) -> None:
        super().__init__()
        self.session_protection = None  # a new address is no theft; sessions can be seen and ended
        self.user_loader(load_user)
        self.unauthorized_handler(ask_to_sign_in)

    def _update_remember_cookie(self, response: Any) -> Any:
        return response


def load_user(user_id: str) -> SignedIn | None:
    """Whom the session belongs to; None when he was disabled, or signed out everywhere, since."""
    person = person_of(int(user_id), signed_in_at=session.began_at)  # type: ignore[attr-defined]
    return SignedIn(person) if person else None


def install(app: Flask, engine: Engine) -> limits.Limiter:
    """Give an app its sessions and Flask-Login; returns the limiter, for the runtime's parts as "limiter"."""
    app.session_interface = ServerSessions(engine)
    Manager().init_app(app, add_context_processor=False)
    return limits.make_limiter(engine)


def signed_in_actor() -> Actor | None:
    """Who is signed in with this request's session, or None: two reads, one of the session and one of the user."""
    user = current_user._get_current_object()
    return user.person.actor if isinstance(user, SignedIn) else None


def current_language() -> str:
    """The language of this answer: the user's, else the one chosen when signing in, else the browser's, else the site's."""
    if not has_request_context():
        return pick_language(None, None, ())
    actor = g.get("actor")  # set once the asker is known; before that, and for visitors, he has no language of his own
    return pick_language(actor.language if actor else None, session.get("language"), request.accept_languages.values())


def current_look() -> Look:
    """How pages shall look to whoever is signed in; to a visitor as his system says."""
    user = current_user._get_current_object()
    if not isinstance(user, SignedIn):
        return Look(lang=current_language())
    person = user.person
    return Look(lang=current_language(), theme=person.theme or "auto", density=person.density, keys=person.shortcuts)  # type: ignore[arg-type]


def ask_to_sign_in() -> Any:
    """The answer to somebody who isn't signed in: the page to do so, which leads back; htmx is told to go there."""
    wanted = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else _own_referrer()
    to = url_for("identity.login", next=wanted) if wanted and wanted != "/" else url_for("identity.login")
    if request.headers.get("HX-Request"):
        reply = make_response("", 401)
        reply.headers["HX-Redirect"] = to
        return reply
    return redirect(to)


def _own_referrer() -> str:
    referrer = request.referrer or ""
    return referrer[len(request.host_url) - 1 :] if referrer.startswith(request.host_url) else ""


def own_path(target: str | None) -> str | None:
    """`target` if it is a page of ours to go on to after signing in, else None: one leading slash, and a route that answers it."""
    if not target or not target.startswith("/") or any(ord(c) < 33 or ord(c) == 127 for c in target):
        return None
    path = target.partition("#")[0].partition("?")[0]
    plain = unquote(path)
    if "\\" in plain or "//" in plain or any(ord(c) < 32 for c in plain):
        return None
    try:
        endpoint, _values = current_app.create_url_adapter(request).match(plain, method="GET")  # type: ignore[union-attr]
    except RequestRedirect:
        return target
    except HTTPException:
        return None
    return None if endpoint.startswith("identity.log") else target


class Tries:
    """The failures to name an account's password from where this request comes, wherever it is asked for: at the sign-in, for a new one."""

    def __init__(self, login: str) -> None:
        address = limits.network_of(request.remote_addr or "")
        self._limiter = runtime().parts["limiter"]
        self._rules = ((limits.PER_ACCOUNT, "signin", name_key(login), address), (limits.PER_ADDRESS, "signin", address))
        seen = (limits.look(self._limiter, rule, *key) for rule, *key in self._rules)
        self.wait = next((left.wait for left in seen if not left.allowed), 0)
        """Seconds until another try is heard; 0 for at once."""

    @property
    def refusal(self) -> str:
        """What is said instead of trying."""
        about = format_timedelta(timedelta(seconds=max(60, self.wait)), granularity="minute", threshold=2)
        return _("Too many attempts. Wait %(time)s, then try again.", time=about)

    def failed(self) -> int:
        """Count a failure; gives how many are left."""
        return min(limits.count(self._limiter, rule, *key).left for rule, *key in self._rules)


@identity.route("/login", methods=["GET", "POST"])
@public
def login() -> Any:
    """The page to sign in at. POST: user, password, stay; `next` is where to go then."""
    goal = own_path(request.args.get("next"))
    if request.method == "GET" and current_actor().user_id is not None:
        return redirect(goal or "/")
    form = SignInForm()
    if not form.is_submitted():
        return _page(form, goal)
    if not form.validate():
        return _page(form, goal, error=_("This page was open for too long. Try again.") if "csrf_token" in form.errors else "", code=400)
    tries = Tries(form.user.data)
    if tries.wait:
        return _pause(form, goal, tries)
    user = authenticate(form.user.data, form.password.data)
    if user is None:
        log.warning("sign-in refused for %r from %s", form.user.data[:100], request.remote_addr)
        return _page(form, goal, error=_("User or password is wrong."), left=tries.failed(), code=401)
    if passwords.needs_rehash(user.password_hash):
        again = passwords.hash_password(form.password.data)
        with unit_of_work(user.id):
            user.password_hash = again
    enter(user.id, stay=form.stay.data)
    log.info("user %d signed in from %s", user.id, request.remote_addr)
    return redirect(goal or "/")


def enter(user_id: int, *, stay: bool = False) -> None:
    """Sign a user in under a new session id; nothing of what the visitor's session held goes along but his language."""
    person = person_of(user_id)
    if person is None:
        abort(404)
    session.renew(keep=("language",), stay=stay)  # type: ignore[attr-defined]
    login_user(SignedIn(person))
    g.pop("csrf_token", None)


def _page(form: SignInForm, goal: str | None, *, error: str = "", left: int | None = None, code: int = 200) -> Any:
    form.password.data = ""
    more = ""
    if left is not None and left <= FEW:
        more = ngettext("%(num)d try left before a pause.", "%(num)d tries left before a pause.", left) if left else _("Now comes a pause.")
    page = render_template(
        "identity/login.html", form=form, goal=goal, error=error, more=more, languages=language_names(), language=current_language(),
        site=get_option("site.name", "Cartera"), help=get_option("site.help", ""),
    )  # fmt: skip
    return page, code


def _pause(form: SignInForm, goal: str | None, tries: Tries) -> Any:
    reply = make_response(_page(form, goal, error=tries.refusal, code=429))
    reply.headers["Retry-After"] = str(tries.wait)
    return reply


@identity.post("/login/language")
@public
def language() -> Any:
    """Choose the language before signing in."""
    if request.form.get("lang") in languages():
        session["language"] = request.form["lang"]
    goal = own_path(request.args.get("next"))
    return redirect(url_for("identity.login", next=goal) if goal else url_for("identity.login"))


@identity.post("/logout")
@public
def logout() -> Any:
    """Sign out: the session ends here and in the table."""
    logout_user()
    session.renew(keep=("language",))  # type: ignore[attr-defined]
    return redirect(url_for("identity.login"))


for view in (login, language, logout):
    view.__cartera_reads__ = True  # type: ignore[attr-defined]  # the request need not take the main database's write lock
