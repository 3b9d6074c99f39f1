"""Setup → Users: list, form, disabling with an heir, sessions and tokens of others."""

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select, func, select, tuple_

from core.access import Conflict
from core.addons.runtime import runtime
from core.db import db, fold, unit_of_work, utcnow
from core.errors import Invalid
from core.fields.values import id_of
from core.identity.models import User
from core.identity.passwords import NewPassword, new_password
from core.identity.profiles import all_groups, all_profiles, profiles_of, set_profiles
from core.identity.services import (
    create_token,
    create_user,
    disable_user,
    enable_user,
    end_all_sessions,
    find_user,
    revoke_token,
    set_api_password,
    set_password,
    tokens_of,
    update_user,
)
from core.identity.session_store import end_session, sessions_of
from core.identity.tokens import NewToken
from core.web.guards import begins_reading, current_actor, requires_superadmin

from .blueprints import setup
from .forms import PlainForm, TokenForm, UserForm
from .user_fields import Extra, extras_of, read_extras, write_extras

PAGE = 50
FIELDS = (
    "login", "name", "email", "language", "timezone", "theme", "density", "shortcuts", "superadmin", "classic_api", "api_without_password",
)  # fmt: skip


@setup.get("/users")
@requires_superadmin
def users() -> Any:
    """The list: `q` looks into name, login and e-mail; `state` is active, disabled or empty; `after` and `before` are ids of users."""
    q, state = request.args.get("q", "").strip(), request.args.get("state", "")
    wanted = select(User)
    if q:
        wanted = wanted.where(User.search_text.contains(fold(q), autoescape=True))
    if state in ("active", "disabled"):
        wanted = wanted.where(User.disabled.is_(state == "disabled"))
    rows, before, after = _page_of(wanted)
    total = db.session.execute(select(func.count()).select_from(wanted.subquery())).scalar_one()
    ids = [user.id for user in rows]
    return render_template(
        "setup/users.html", users=rows, pairs=profiles_of(ids), extras=read_extras(ids), q=q, state=state, total=total,
        before=before, after=after,
    )  # fmt: skip


def _page_of(wanted: Select[Any]) -> tuple[list[User], int | None, int | None]:
    """Rows of the page, and the ids from which the pages before and after it go on (None: there is none)."""
    key = tuple_(User.name_key, User.id)
    backwards, edge = request.args.get("before", type=int), request.args.get("after", type=int)
    anchor = db.session.get(User, backwards or edge) if (backwards or edge or 0) in range(1, 2**31) else None
    if anchor is None:
        rows = list(db.session.execute(wanted.order_by(User.name_key, User.id).limit(PAGE + 1)).scalars())
        return rows[:PAGE], None, rows[PAGE - 1].id if len(rows) > PAGE else None
    at = tuple_(anchor.name_key, anchor.id)
    if backwards:
        stmt = wanted.where(key < at).order_by(User.name_key.desc(), User.id.desc()).limit(PAGE + 1)
        rows = list(db.session.execute(stmt).scalars())
        more, rows = len(rows) > PAGE, rows[:PAGE][::-1]
        return rows, rows[0].id if more else None, rows[-1].id if rows else None
    rows = list(db.session.execute(wanted.where(key > at).order_by(User.name_key, User.id).limit(PAGE + 1)).scalars())
    return rows[:PAGE], rows[0].id if rows else None, rows[PAGE - 1].id if len(rows) > PAGE else None


@setup.get("/users/pick")
@requires_superadmin
def pick_user() -> Any:
    """Users who are not disabled, for pickers: 20 whose name, login or e-mail holds `q`."""
    q = fold(request.args.get("q", ""))
    stmt = select(User).where(~User.disabled, User.search_text.contains(q, autoescape=True)).order_by(User.name_key).limit(20)
    return jsonify(items=[{"value": u.login, "text": u.name, "more": u.login} for u in db.session.execute(stmt).scalars()])


def _pairs() -> list[tuple[int, int | None]]:
    """(profile id, group id or None) of the rows of the form; rows without a profile are left out."""
    rows = zip(request.form.getlist("profile_id"), request.form.getlist("group_id"), strict=False)
    return [(profile_id, id_of(g)) for p, g in rows if (profile_id := id_of(p)) is not None]


def _form_page(form: UserForm, user: User | None, extras: list[Extra], **more: Any) -> Any:
    if form.is_submitted():
        pairs = _pairs()
    else:
        pairs = [(p.id, g.id if g else None) for p, g in profiles_of([user.id])[user.id]] if user else []
    page = render_template(
        "setup/user.html" if user else "setup/user_new.html", form=form, user=user, extras=extras, pairs=[*pairs, (None, None)],
        profiles=all_profiles(), groups=all_groups(), **more,
    )  # fmt: skip
    return page, 422 if form.errors or form.form_errors or more.get("wrong") else 200


def _save(form: UserForm, user: User | None, extras: list[Extra]) -> User:
    """Make or change the user and all that hangs on the form, in a unit of work of its own, once its passwords are hashed.

    Raises Invalid or Conflict; nothing is written then.
    """
    login = form.login.data or (user.login if user is not None else "")
    given = {name: form[name].data for name in ("password", "api_password")}
    passwords = {name: _hashed(typed, login, name) for name, typed in given.items() if typed}
    with unit_of_work(current_actor().user_id):
        return _write(form, user, extras, passwords)


def _hashed(typed: str, login: str, name: str) -> NewPassword | str:
    try:
        return new_password(typed, login=login, field=name)
    except Invalid:
        return typed  # refused when it is written, together with what else is wrong


def _write(form: UserForm, user: User | None, extras: list[Extra], passwords: Mapping[str, NewPassword | str]) -> User:
    values = {name: form[name].data for name in FIELDS}
    values["api_addresses"] = (form.api_addresses.data or "").splitlines()
    if user is None:
        user = create_user(password=passwords.get("password"), **values)
    else:
        update_user(user, **values)
        if "password" in passwords:
            set_password(user, passwords["password"])
    if "api_password" in passwords:
        set_api_password(user, passwords["api_password"])
    set_profiles(user, _pairs())
    write_extras(user, extras, confirmed=request.form.get("confirm") == "sight")
    return user


@setup.route("/users/new", methods=["GET", "POST"])
@requires_superadmin
@begins_reading
def user_new() -> Any:
    """Make a user."""
    form, extras = UserForm(shortcuts=True, density="compact"), extras_of(None)
    if form.validate_on_submit():
        try:
            user = _save(form, None, extras)
        except Invalid as problem:
            form.take(problem)
        else:
            flash(_("%(name)s is a user now.", name=user.name), "ok")
            return redirect(url_for("setup.user", user_id=user.id))
    return _form_page(form, None, extras)


@setup.route("/users/<int:user_id>", methods=["GET", "POST"])
@requires_superadmin
@begins_reading
def user(user_id: int) -> Any:
    """A user's page: form, state, sessions, tokens."""
    found, asked = db.get_or_404(User, user_id), ""
    form = UserForm(obj=found)
    if not form.is_submitted():
        form.api_addresses.data = "\n".join(found.api_addresses)
    extras = extras_of(found)
    if form.validate_on_submit():
        try:
            _save(form, found, extras)
        except Invalid as problem:
            form.take(problem)
        except Conflict as problem:
            if problem.details and "sight" in problem.details:
                asked = str(problem.message)
            else:
                form.form_errors.append(str(problem.message))
        else:
            flash(_("%(name)s is saved.", name=found.name), "ok")
            return redirect(url_for("setup.user", user_id=found.id))
    page, status = _user_page(form, found, extras, asked=asked)
    return page, 409 if asked else status


def _user_page(
    form: UserForm, user: User, extras: list[Extra], *, token: TokenForm | None = None, made: NewToken | None = None, asked: str = ""
) -> Any:
    return _form_page(
        form, user, extras, now=utcnow(), sessions=sessions_of(runtime().parts["runtime_engine"], user.id, now=utcnow()),
        tokens=tokens_of(user.id), token=token if token and not made else TokenForm(formdata=None), made=made,
        wrong=token is not None and not made, asked=asked,
    )  # fmt: skip


@setup.route("/users/<int:user_id>/disable", methods=["GET", "POST"])
@requires_superadmin
def user_disable(user_id: int) -> Any:
    """Ask for an heir, by login, and disable."""
    found, form, error, asked = db.get_or_404(User, user_id), PlainForm(), "", ""
    login = request.form.get("heir", "").strip()
    if form.validate_on_submit():
        heir = find_user(login) if login else None
        try:
            if login and heir is None:
                raise Invalid({"heir": _("There is no user with this login.")})
            disable_user(found, heir=heir, confirmed=request.form.get("confirm") == "sight")
        except Invalid as problem:
            error = " ".join(m for messages in problem.errors.values() for m in messages)
        except Conflict as problem:
            if problem.details and "sight" in problem.details:
                asked = str(problem.message)
            else:
                error = str(problem.message)
        else:
            flash(_("%(name)s is disabled: sessions and tokens have ended.", name=found.name), "ok")
            return redirect(url_for("setup.user", user_id=found.id))
    page = render_template("setup/user_disable.html", user=found, heir=login, error=error, asked=asked)
    return page, 409 if asked else 422 if error else 200


@setup.post("/users/<int:user_id>/enable")
@requires_superadmin
def user_enable(user_id: int) -> Any:
    """Let a disabled user in again."""
    found = db.get_or_404(User, user_id)
    enable_user(found)
    flash(_("%(name)s may sign in again. Tokens of before stay revoked.", name=found.name), "ok")
    return redirect(url_for("setup.user", user_id=found.id))


@setup.post("/users/<int:user_id>/sessions/end")
@requires_superadmin
def user_end_sessions(user_id: int) -> Any:
    """Sign a user out: of one session (`key`), or everywhere."""
    found, key = db.get_or_404(User, user_id), request.form.get("key")
    if key:
        if not end_session(runtime().parts["runtime_engine"], key, user_id=found.id):
            abort(404)
        flash(_("The session has ended."), "ok")
    else:
        end_all_sessions(found)
        flash(_("%(name)s is signed out everywhere.", name=found.name), "ok")
    return redirect(url_for("setup.user", user_id=found.id))


@setup.post("/users/<int:user_id>/tokens")
@requires_superadmin
def user_token(user_id: int) -> Any:
    """Make a token for a user; the answer is the only page that ever shows it."""
    found, token, made = db.get_or_404(User, user_id), TokenForm(), None
    if token.validate_on_submit():
        try:
            made = create_token(found, token.name.data, scopes=token.scopes.data or (), days=token.days.data or 0)
        except Invalid as problem:
            token.take(problem)
    form = UserForm(obj=found, formdata=None)
    form.api_addresses.data = "\n".join(found.api_addresses)
    return _user_page(form, found, extras_of(found, submitted=False), token=token, made=made)


@setup.post("/users/<int:user_id>/tokens/<int:token_id>/revoke")
@requires_superadmin
def user_end_token(user_id: int, token_id: int) -> Any:
    """Revoke a user's token."""
    token = revoke_token(token_id, user_id=user_id)
    if token is None:
        abort(404)
    flash(_("“%(name)s” is revoked.", name=token.name), "ok")
    return redirect(url_for("setup.user", user_id=user_id))
