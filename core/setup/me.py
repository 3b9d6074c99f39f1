"""Own settings: name, language, looks, password, open sessions, API tokens. All of it is the user's own, whatever his rights."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, session, url_for
from flask_babel import gettext as _

from core.addons.runtime import runtime
from core.db import db, utcnow
from core.errors import Invalid
from core.identity import services
from core.identity.models import User
from core.identity.services import create_token, revoke_token, tokens_of, update_user
from core.identity.session_store import end_session, end_sessions, sessions_of
from core.identity.tokens import NewToken
from core.web.guards import begins_reading, current_actor, signed_in

from .blueprints import identity
from .forms import MeForm, PasswordForm, TokenForm
from .signin import Tries, enter

SETTINGS = ("name", "email", "language", "timezone", "theme", "density", "shortcuts")


def _me() -> User:
    user = db.session.get(User, current_actor().user_id)
    if user is None:
        abort(404)
    return user


def _page(
    *, me: MeForm | None = None, password: PasswordForm | None = None, token: TokenForm | None = None, made: NewToken | None = None
) -> Any:
    user = _me()
    engine = runtime().parts["runtime_engine"]
    wrong = any(form is not None and (form.errors or form.form_errors) for form in (me, password, token))
    page = render_template(
        "identity/me.html", user=user, me=me or MeForm(obj=user, formdata=None), password=password or PasswordForm(formdata=None),
        token=token if token and not made else TokenForm(formdata=None), made=made, tokens=tokens_of(user.id), now=utcnow(),
        sessions=sessions_of(engine, user.id, now=utcnow()), this_session=session.key,  # type: ignore[attr-defined]
    )  # fmt: skip
    return page, 422 if wrong else 200


@identity.get("/me")
@signed_in
def me() -> Any:
    """The page of own settings."""
    return _page()


@identity.post("/me")
@signed_in
def save_me() -> Any:
    """Save name, e-mail, language, time zone and looks."""
    form = MeForm()
    if form.validate_on_submit():
        try:
            update_user(_me(), **{name: form[name].data for name in SETTINGS})
        except Invalid as problem:
            form.take(problem)
        else:
            flash(_("Your settings are saved."), "ok")
            return redirect(url_for("identity.me"))
    return _page(me=form)


@identity.post("/me/look")
@signed_in
def look() -> Any:
    """Remember `theme` or `density` from the buttons of the top bar."""
    given = {name: request.form[name] for name in ("theme", "density") if name in request.form}
    if given.get("theme") == "auto":
        given["theme"] = ""
    try:
        update_user(_me(), **given)
    except Invalid:
        abort(400)
    return "", 204


@identity.post("/me/password")
@signed_in
@begins_reading
def change_password() -> Any:
    """Set a new password: all other sessions end, this one goes on under a new id."""
    form = PasswordForm()
    if form.validate_on_submit():
        user = _me()
        tries = Tries(user.login)  # the same as at the sign-in: whoever found an open session shall not guess here either
        if tries.wait:
            form.take(Invalid({"current": tries.refusal}))
            return _page(password=form)
        try:
            services.change_password(user, form.current.data or "", form.password.data or "")
        except Invalid as problem:
            if "current" in problem.errors:
                tries.failed()
            form.take(problem)
        else:
            enter(user.id, stay=session.stay)  # type: ignore[attr-defined]
            flash(_("Your password is changed. All other sessions have ended."), "ok")
            return redirect(url_for("identity.me"))
    return _page(password=form)


@identity.post("/me/sessions/<key>/end")
@signed_in
def end_one(key: str) -> Any:
    """End one of one's own sessions."""
    if not end_session(runtime().parts["runtime_engine"], key, user_id=_me().id):
        abort(404)
    flash(_("The session has ended."), "ok")
    return redirect(url_for("identity.me") + "#sessions")


@identity.post("/me/sessions/end")
@signed_in
def end_others() -> Any:
    """End all of one's own sessions but this one."""
    end_sessions(runtime().parts["runtime_engine"], _me().id, but=session.key)  # type: ignore[attr-defined]
    flash(_("All other sessions have ended."), "ok")
    return redirect(url_for("identity.me") + "#sessions")


@identity.post("/me/tokens")
@signed_in
def make_token() -> Any:
    """Make an API token; the answer is the only page that ever shows it."""
    form = TokenForm()
    if form.validate_on_submit():
        try:
            return _page(made=create_token(_me(), form.name.data, scopes=form.scopes.data or (), days=form.days.data or 0))
        except Invalid as problem:
            form.take(problem)
    return _page(token=form)


@identity.post("/me/tokens/<int:token_id>/revoke")
@signed_in
def end_token(token_id: int) -> Any:
    """Revoke one of one's own tokens."""
    token = revoke_token(token_id, user_id=_me().id)
    if token is None:
        abort(404)
    flash(_("“%(name)s” is revoked.", name=token.name), "ok")
    return redirect(url_for("identity.me") + "#tokens")
