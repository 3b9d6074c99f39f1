"""REST for people: users and profiles, for superadmins; to everybody else these addresses are empty."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from flask import g, jsonify, request
from flask_babel import gettext as _
from sqlalchemy import Select, select
from werkzeug.exceptions import MethodNotAllowed

from core.access import Actor, NotFound, load
from core.addons.runtime import runtime
from core.db import db, fold
from core.errors import Invalid
from core.fields import Reading, kinds
from core.identity import services
from core.identity.models import Group, Profile, User
from core.identity.passwords import new_password
from core.identity.profiles import find_profiles, name_key, profiles_of
from core.records.as_json import unknown
from core.records.list_spec import MAX_PAGE, PAGE

from .blueprint import BadRequest, route
from .reading import body, check_parameters, is_confirmed, only_once, reading

PLAIN = ("login", "name", "email", "language", "timezone", "superadmin", "classic_api", "api_addresses", "api_without_password")
SECRET = ("password", "api_password")
MORE = ("profiles", "disabled", "heir_id")
FLAGS = ("superadmin", "classic_api", "api_without_password")


def _superadmin() -> Actor:
    actor: Actor = g.actor
    if not actor.superadmin:
        raise NotFound
    return actor


def _extra_fields(actor: Actor) -> dict[str, Any]:
    """Fields that plugins add to users, by name."""
    shown = runtime().parts["shown"]
    return {spec.name: spec for plugin, spec in runtime().addons.declared("user_fields") if shown(plugin, actor)}


def _page(model: Any, stmt: Select[Any]) -> tuple[list[Any], str | None]:
    """A page in order of ids. `cursor` is the last id seen."""
    errors = {}
    limit, after = request.args.get("limit", str(PAGE)), request.args.get("cursor", "0")
    if not (limit.isascii() and limit.isdigit() and 1 <= len(limit) <= 4 and 1 <= int(limit) <= MAX_PAGE):
        errors["limit"] = _("A number from 1 to %(n)s.", n=MAX_PAGE)
    if not (after.isascii() and after.isdigit() and len(after) < 10):
        errors["cursor"] = _("Take it from `next` of the page before.")
    if errors:
        raise BadRequest(_("The list can't be made as it was asked for; `errors` says why."), errors)
    rows = list(db.session.scalars(stmt.where(model.id > int(after)).order_by(model.id).limit(int(limit) + 1)))
    more = len(rows) > int(limit)
    rows = rows[: int(limit)]
    return rows, str(rows[-1].id) if more else None


def users_json(users: list[User], actor: Actor) -> list[dict[str, Any]]:
    """Users as JSON: three statements for a page, whatever its length, and one per field that plugins add."""
    ids = [user.id for user in users]
    pairs = profiles_of(ids) if ids else {}
    extras = {name: spec.read(ids) for name, spec in _extra_fields(actor).items()} if ids else {}
    time = kinds.Instant().json
    return [
        {
            "id": user.id, **{name: getattr(user, name) for name in PLAIN}, "disabled": user.disabled,
            "profiles": [
                {"profile_id": p.id, "profile": p.name, "group_id": group.id if group else None, "group": group.name if group else None}
                for p, group in pairs[user.id]
            ],
            **{name: values.get(user.id) for name, values in extras.items()}, "created_at": time(user.created_at),
        }
        for user in users
    ]  # fmt: skip


def _hash_passwords() -> None:
    """Hash the passwords that are sent before the writer's turn is taken. What can't be taken is refused with all else, in its turn."""
    if request.method == "DELETE":
        return
    _superadmin()
    sent, user_id = body(), (request.view_args or {}).get("id", 0)
    known = db.session.get(User, user_id) if 0 < user_id < 2**31 else None
    login = sent.get("login") or (known.login if known is not None else "")
    g.hashed = {}
    for name in SECRET:
        if isinstance(sent.get(name), str) and isinstance(login, str):
            with suppress(Invalid):
                g.hashed[name] = new_password(sent[name], login=login, field=name)


@route("/users", "GET", "POST", before_writing=_hash_passwords)
def users() -> Any:
    """GET: a page of users, by `q`, `login` or `disabled`. POST: a new one."""
    actor = _superadmin()
    if request.method == "POST":
        return _create_user(actor)
    check_parameters({"q", "login", "disabled", "limit", "cursor"})
    stmt = select(User)
    for term in fold(request.args.get("q", ""))[:200].split()[:8]:
        stmt = stmt.where(User.search_text.contains(term, autoescape=True))
    if login := request.args.get("login"):
        stmt = stmt.where(User.login_key == name_key(login))
    if "disabled" in request.args:
        try:
            wanted = kinds.Flag().parse(request.args["disabled"], reading(actor))
        except Invalid as refused:
            raise BadRequest(str(refused), {"disabled": str(refused)}) from None
        stmt = stmt.where(User.disabled.is_(bool(wanted)))
    found, following = _page(User, stmt)
    return jsonify(items=users_json(found, actor), next=following)


def _create_user(actor: Actor) -> Any:
    check_parameters()
    sent = body()

    def work() -> tuple[str, Any]:
        extras = _extra_fields(actor)
        values = _user_values(sent, actor, extras)
        if not values.get("login"):
            raise Invalid({"login": _("This is needed.")})
        if values.get("disabled"):
            raise Invalid({"disabled": _("A new user can't be disabled yet.")})
        plain = {name: value for name, value in values.items() if name in PLAIN}
        user = services.create_user(plain.pop("login"), password=values.get("password"), profiles=values.get("profiles", ()), **plain)
        _after(user, values, extras, confirmed=True)  # whoever is new loses nothing
        return str(user.id), answer(user)

    def answer(user: User) -> Any:
        reply = jsonify(users_json([user], actor)[0])
        reply.status_code = 201
        reply.headers["Location"] = f"/api/v1/users/{user.id}"
        return reply

    return only_once(actor, work, lambda made: answer(_row(User, int(made))))


def _row(model: Any, id: int) -> Any:
    row = db.session.get(model, id) if 0 < id < 2**31 else None
    if row is None:
        raise NotFound
    return row


@route("/users/<int:id>", "GET", "PATCH", "DELETE", before_writing=_hash_passwords)
def user(id: int) -> Any:
    """GET: the user. PATCH: change him; `disabled` shuts him out, `heir_id` names who gets what he owns. Users are never deleted.

    A change by which people lose sight of records is a 409 that says so, until it is sent with `?confirm=sight`.
    """
    actor = _superadmin()
    if request.method == "DELETE":
        raise MethodNotAllowed(["GET", "HEAD", "PATCH"])
    confirmed = is_confirmed()
    found = _row(User, id)
    if request.method == "PATCH":
        extras = _extra_fields(actor)
        values = _user_values(body(), actor, extras)
        services.update_user(found, **{name: value for name, value in values.items() if name in PLAIN})
        if "password" in values:
            services.set_password(found, values["password"])
        if "profiles" in values:
            services.set_profiles(found, values["profiles"])
        _after(found, values, extras, confirmed=confirmed)
    return jsonify(users_json([found], actor)[0])


def _after(user: User, values: Mapping[str, Any], extras: Mapping[str, Any], *, confirmed: bool) -> None:
    if "api_password" in values:
        services.set_api_password(user, values["api_password"])
    for name, spec in extras.items():
        if name in values:
            spec.change(user, values[name], confirmed=confirmed)
    heir = values.get("heir_id")
    if values.get("disabled") is True:
        services.disable_user(user, heir=db.session.get(User, heir) if heir else None, confirmed=confirmed)
    elif values.get("disabled") is False and user.disabled:
        services.enable_user(user)
    db.session.flush()


def _user_values(sent: Mapping[str, Any], actor: Actor, extras: Mapping[str, Any]) -> dict[str, Any]:
    read, values, errors = reading(actor), {}, {}
    known = (*PLAIN, *SECRET, *MORE, *extras)
    for name, raw in sent.items():
        try:
            if name in extras:
                values[name] = _extra(extras[name], raw, actor)
            elif name in known:
                values[name] = _user_value(name, raw, read)
            else:
                errors[name] = [unknown(name, known, ("id", "created_at"))]
        except Invalid as refused:
            errors[name] = next(iter(refused.errors.values()))
    if errors:
        raise Invalid(errors)
    return values


def _user_value(name: str, raw: Any, read: Reading) -> Any:
    if name in FLAGS or name == "disabled":
        return bool(kinds.Flag().parse(raw, read))
    if name == "api_addresses":
        if not isinstance(raw, list) or not all(isinstance(item, str) for item in raw):
            raise Invalid(_("Write a list of addresses."))
        return raw
    if name == "profiles":
        return _pairs(raw)
    if name == "heir_id":
        if raw is not None and (type(raw) is not int or not 0 < raw < 2**31 or db.session.get(User, raw) is None):
            raise Invalid(_("“%(value)s” was not found.", value=str(raw)[:80]))
        return raw
    if raw is None and name in ("language", "timezone", "api_password"):
        return None
    if raw is None and name == "email":
        return ""
    if not isinstance(raw, str):
        raise Invalid(_("Write a text here."))
    return g.hashed.get(name, raw) if name in SECRET else raw


def _extra(spec: Any, raw: Any, actor: Actor) -> int | None:
    if raw is None:
        return None
    try:
        return load(runtime().record_types[spec.record_type], raw if type(raw) is int else 0, actor).id  # type: ignore[no-any-return]
    except NotFound:
        raise Invalid(_("“%(value)s” was not found.", value=str(raw)[:80])) from None


def _pairs(raw: Any) -> list[tuple[int, int | None]]:
    """Pairs of profile and group: `{"profile_id": 1, "group_id": null}`, `[1, null]`, or just a profile's id or name."""
    if not isinstance(raw, list):
        raise Invalid(_("Write a list of profiles."))
    pairs = []
    for item in raw:
        if isinstance(item, dict):
            profile, group = item.get("profile_id", item.get("profile")), item.get("group_id", item.get("group"))
        elif isinstance(item, list) and 1 <= len(item) <= 2:
            profile, group = item[0], item[1] if len(item) == 2 else None
        else:
            profile, group = item, None
        if isinstance(profile, str):
            profile = find_profiles([profile])[0].id
        if isinstance(group, str):
            group = db.session.execute(select(Group.id).where(Group.name_key == name_key(group))).scalar() or 0
        if type(profile) is not int or (group is not None and type(group) is not int):
            raise Invalid(_("Choose a profile and a group of the lists."))
        pairs.append((profile, group))
    return pairs


# --- profiles ------------------------------------------------------------------------------------------------------------------------


def _profile_json(profile: Profile) -> dict[str, Any]:
    return {"id": profile.id, "name": profile.name, "permissions": list(profile.permissions)}


def _implied() -> dict[str, tuple[str, ...]]:
    declared = {p.code: p.implies for _plugin, p in runtime().addons.declared("permissions")}
    return {"CR": (), "CW": ("CR",), "CM": ("CR", "CW"), **declared}


def _profile_values(sent: Mapping[str, Any]) -> dict[str, Any]:
    fields = ("name", "permissions")
    errors: dict[str, Any] = {name: [unknown(name, fields, ("id",))] for name in sent if name not in fields}
    if "name" in sent and not isinstance(sent["name"], str):
        errors["name"] = [_("Write a text here.")]
    codes = sent.get("permissions", [])
    known = _implied()
    if not isinstance(codes, list) or any(not isinstance(code, str) or code not in known for code in codes):
        errors["permissions"] = [_("Choose among %(codes)s.", codes=", ".join(known))]
    if errors:
        raise Invalid(errors)
    return dict(sent)


@route("/profiles", "GET", "POST")
def profiles() -> Any:
    """GET: a page of profiles. POST: a new one."""
    actor = _superadmin()
    if request.method == "GET":
        check_parameters({"q", "limit", "cursor"})
        stmt = select(Profile)
        if q := name_key(request.args.get("q", "")):
            stmt = stmt.where(Profile.name_key.contains(q, autoescape=True))
        found, following = _page(Profile, stmt)
        return jsonify(items=[_profile_json(profile) for profile in found], next=following)
    check_parameters()
    sent = body()

    def work() -> tuple[str, Any]:
        values = _profile_values(sent)
        profile = services.create_profile(values.get("name", ""), values.get("permissions", ()), implied=_implied())
        return str(profile.id), answer(profile)

    def answer(profile: Profile) -> Any:
        reply = jsonify(_profile_json(profile))
        reply.status_code = 201
        reply.headers["Location"] = f"/api/v1/profiles/{profile.id}"
        return reply

    return only_once(actor, work, lambda made: answer(_row(Profile, int(made))))


@route("/profiles/<int:id>", "GET", "PATCH", "DELETE")
def profile(id: int) -> Any:
    """GET: the profile. PATCH: rename it, or change what it permits. DELETE: only one that nobody has."""
    _superadmin()
    check_parameters()
    found = _row(Profile, id)
    if request.method == "DELETE":
        services.delete_profile(found)
        return "", 204
    if request.method == "PATCH":
        services.update_profile(found, **_profile_values(body()), implied=_implied())
    return jsonify(_profile_json(found))
