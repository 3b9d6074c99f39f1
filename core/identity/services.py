"""The verbs of identity. They flush, never commit; messages of `Invalid` are keyed by the form's field names.

Everything that others need stands here: users in this file, passwords, tokens and profiles in their own.
"""

import ipaddress
import re
import zoneinfo
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import and_, or_, select

from core.addons.runtime import runtime
from core.db import after_commit, db, unit_of_work, utcnow
from core.errors import Conflict, Invalid

from . import passwords
from .languages import languages
from .models import User
from .passwords import NewPassword, new_password
from .profiles import (
    create_group,
    create_profile,
    delete_group,
    delete_profile,
    find_profiles,
    name_key,
    rename_group,
    seed,
    set_profiles,
    update_profile,
)
from .session_store import end_sessions
from .tokens import NewToken, create_token, find_token, revoke_all, revoke_token, tokens_of

__all__ = [
    "NewToken", "authenticate", "change_password", "check_password", "create_group", "create_profile", "create_token",
    "create_user", "delete_group", "delete_profile", "disable_user", "enable_user", "end_all_sessions", "find_profiles", "find_token",
    "find_user", "is_allowed_address", "rename_group", "revoke_token", "seed", "set_api_password", "set_password", "set_profiles",
    "tokens_of", "update_profile", "update_user",
]  # fmt: skip

_LOGIN = re.compile(r"[\w.@+\-]{1,100}")
_EDITABLE = (
    "login", "name", "email", "language", "timezone", "theme", "density", "shortcuts", "superadmin", "classic_api", "api_addresses",
    "api_without_password",
)  # fmt: skip


def find_user(login: str) -> User | None:
    """The user of that login, whatever its case."""
    return db.session.execute(select(User).where(User.login_key == name_key(login))).scalar_one_or_none()


def create_user(
    login: str,
    *,
    name: str = "",
    email: str = "",
    password: str | NewPassword | None = None,
    superadmin: bool = False,
    profiles: Iterable[tuple[int, int | None]] = (),
    **more: Any,
) -> User:
    """A new user; `profiles` are (profile id, group id or None for All), `more` any other field of `update_user`.

    Without a password he can't sign in until one is set. Raises Invalid with messages by field.
    """
    values = _check({"login": login, "name": name or login, "email": email, "superadmin": superadmin, **more}, None)
    user = User(**values, password_hash=None if password is None else new_password(password, login=login).hash)
    db.session.add(user)
    db.session.flush()
    set_profiles(user, profiles)
    return user


def update_user(user: User, **changes: Any) -> User:
    """Change what a user's form holds but password, profiles and state. Raises Invalid by field, Conflict for the last superadmin."""
    values = _check(changes, user)
    if user.superadmin and values.get("superadmin") is False:
        _not_the_last_superadmin(user)
    for field, value in values.items():
        setattr(user, field, value)
    db.session.flush()
    return user


def disable_user(user: User, *, heir: User | None = None, confirmed: bool = False) -> None:
    """Shut a user out at once: sessions and tokens end for good, jobs in his name stop. What he made stays.

    `heir` gets what he owns and manages: plugins hear of it by the event `user_disabling`, in this transaction. Raises Conflict for the
    last superadmin, and where others lose sight of what the heir gets, until that is `confirmed`; Invalid for an heir who is the same or
    disabled himself.
    """
    if user.disabled:
        return
    if user.superadmin:
        _not_the_last_superadmin(user)
    if heir is not None and (heir.id == user.id or heir.disabled):
        raise Invalid({"heir": _("Choose somebody else who is not disabled.")})
    user.disabled, user.disabled_at = True, utcnow()
    revoke_all(user.id)
    end_all_sessions(user)
    addons = runtime().addons
    if addons is not None:
        addons.call("user_disabling", user_id=user.id, heir_id=heir.id if heir else None, confirmed=confirmed)


def enable_user(user: User) -> None:
    """Let a user in again. He signs in anew; tokens of before stay dead."""
    user.disabled, user.disabled_at = False, None
    db.session.flush()


def end_all_sessions(user: User) -> None:
    """Sign a user out everywhere. Holds from this commit on, even if the session table can't be written just now."""
    user.sessions_end_at = utcnow()
    db.session.flush()
    user_id, engine = user.id, runtime().parts["runtime_engine"]
    after_commit(lambda: end_sessions(engine, user_id))


def set_password(user: User, password: str | NewPassword) -> None:
    """Set a password and end all sessions. Raises Invalid by field."""
    user.password_hash = new_password(password, login=user.login).hash
    end_all_sessions(user)


def change_password(user: User, current: str, password: str) -> None:
    """Set the password of a user who names his present one, in a unit of work of its own. Raises Invalid by field.

    Hashing takes a tenth of a second: it is over before the writer's turn is taken, so that nobody else waits for it.
    """
    known = user.password_hash
    wrong = Invalid({"current": _("This is not your password.")})
    if not passwords.verify(known, current):
        raise wrong
    new = new_password(password, login=user.login)
    with unit_of_work(user.id):
        db.session.refresh(user)
        if user.password_hash != known:  # somebody set another one meanwhile
            raise wrong
        user.password_hash = new.hash
        end_all_sessions(user)


def set_api_password(user: User, password: str | NewPassword | None) -> None:
    """Set or clear the password of the classic API, which is not the one to sign in with."""
    user.api_password_hash = None if password is None else new_password(password, login=user.login, field="api_password").hash
    db.session.flush()


def check_password(user: User | None, password: str) -> bool:
    """Whether this is the user's password. Costs the same for nobody, for a disabled user and for one without a password."""
    usable = user is not None and not user.disabled
    return passwords.verify(user.password_hash if user is not None and usable else None, password) and usable


def authenticate(name: str, password: str) -> User | None:
    """The user who signs in with a login or an e-mail address (when it is one user's only), or None. One statement, one hash."""
    key = name_key(name)
    stmt = select(User).where(or_(User.login_key == key, and_(User.email_key == key, User.email_key != ""))).limit(3)
    found = db.session.execute(stmt).scalars().all()
    by_login = [user for user in found if user.login_key == key]
    user = by_login[0] if by_login else found[0] if len(found) == 1 else None
    return user if check_password(user, password) else None


def is_allowed_address(user: User, address: str) -> bool:
    """Whether calls in this user's name may come from an address; from everywhere, when none is named."""
    if not user.api_addresses:
        return True
    try:
        caller = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(caller, "ipv4_mapped", None)
    return any((mapped or caller) in ipaddress.ip_network(network) for network in user.api_addresses)


def _not_the_last_superadmin(user: User) -> None:
    others = select(User.id).where(User.superadmin, ~User.disabled, User.id != user.id).limit(1)
    if db.session.execute(others).first() is None:
        raise Conflict(_("%(name)s is the last superadmin. Name another one first.", name=user.name))


def _check(values: Mapping[str, Any], user: User | None) -> dict[str, Any]:
    """Values as they are stored, derived keys included; Invalid with all problems at once."""
    if unknown := set(values) - set(_EDITABLE):
        raise TypeError(f"a user has no field {', '.join(sorted(unknown))}")
    out, errors = dict(values), {}
    for field, check in _CHECKS.items():
        if field in out:
            try:
                out.update(check(out[field], user))
            except ValueError as problem:
                errors[field] = str(problem)
    without = out.get("api_without_password", user.api_without_password if user else False)
    if without and "api_addresses" not in errors and not out.get("api_addresses", user.api_addresses if user else []):
        errors["api_addresses"] = _("Without a password, the addresses from which calls may come must be named.")
    if errors:
        raise Invalid(errors)
    return out


def _check_login(value: str, user: User | None) -> dict[str, Any]:
    value = value.strip()
    if not _LOGIN.fullmatch(value):
        raise ValueError(_("Use letters, digits and . _ - + @, up to 100."))
    taken = db.session.execute(select(User.id).where(User.login_key == name_key(value))).scalar()
    if taken is not None and (user is None or taken != user.id):
        raise ValueError(_("This login is taken."))
    return {"login": value, "login_key": name_key(value)}


def _check_name(value: str, user: User | None) -> dict[str, Any]:
    value = " ".join(value.split())
    if not 0 < len(value) <= 200:
        raise ValueError(_("Give a name of up to 200 characters."))
    return {"name": value}


def _check_email(value: str, user: User | None) -> dict[str, Any]:
    from email_validator import EmailNotValidError, validate_email

    value = value.strip()
    if value:
        try:
            value = validate_email(value, check_deliverability=False, test_environment=True).normalized
        except EmailNotValidError as problem:
            raise ValueError(_("This is not an e-mail address.")) from problem
    return {"email": value, "email_key": name_key(value)}


def _check_language(value: str | None, user: User | None) -> dict[str, Any]:
    if value and value not in languages():
        raise ValueError(_("Choose among %(languages)s.", languages=", ".join(languages())))
    return {"language": value or None}


def _check_timezone(value: str | None, user: User | None) -> dict[str, Any]:
    if value and value not in zoneinfo.available_timezones():
        raise ValueError(_("There is no time zone of this name. Write it as in Europe/Madrid."))
    return {"timezone": value or None}


def _one_of(field: str, *choices: str) -> Any:
    def check(value: str, user: User | None) -> dict[str, Any]:
        if value not in choices:
            raise ValueError(_("Choose one of the list."))
        return {field: value}

    return check


def _check_addresses(value: Sequence[str], user: User | None) -> dict[str, Any]:
    try:
        return {"api_addresses": [str(ipaddress.ip_network(text.strip(), strict=False)) for text in value if text.strip()]}
    except ValueError as problem:
        raise ValueError(_("Write addresses as 203.0.113.7 or 203.0.113.0/24, one per line.")) from problem


_CHECKS: Mapping[str, Any] = {
    "login": _check_login, "name": _check_name, "email": _check_email, "language": _check_language, "timezone": _check_timezone,
    "theme": _one_of("theme", "", "light", "dark"), "density": _one_of("density", "compact", "comfortable"),
    "api_addresses": _check_addresses,
}  # fmt: skip
