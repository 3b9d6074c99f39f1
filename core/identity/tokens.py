"""API tokens: `crt_`, 256 random bits, a checksum. Shown once, kept as SHA-256, cut down to scopes, dead after at most a year.

The checksum lets a scanner tell a leaked token from noise, and us refuse noise without a query.
"""

import secrets
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from core.addons.declarations import TokenScope
from core.addons.runtime import runtime
from core.db import db, utcnow
from core.errors import Invalid

from .models import ApiToken, User

PREFIX = "crt_"
OWN_SCOPES = (TokenScope("read", label=_l("Read")), TokenScope("write", label=_l("Read and change")))
LONGEST_DAYS = 365
SEEN_EVERY = timedelta(minutes=5)
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, kw_only=True)
class NewToken:
    """A token just made. `key` is what its user must copy now: it can't be read again."""

    token: ApiToken
    key: str


def _checksum(body: str) -> str:
    number, out = zlib.crc32(body.encode()), ""
    for _place in range(6):
        number, digit = divmod(number, 62)
        out = _DIGITS[digit] + out
    return out


def _digest(key: str) -> str:
    return sha256(key.encode()).hexdigest()


def token_scopes() -> dict[str, TokenScope]:
    """What a token may be good for, by name: core's own scopes, and those of the plugins that are not disabled."""
    addons = runtime().addons
    return {scope.name: scope for scope in (*OWN_SCOPES, *(scope for _plugin, scope in (addons.running("token_scopes") if addons else ())))}


def create_token(user: User, name: str, *, scopes: Sequence[str] = ("read",), days: int = 90) -> NewToken:
    """Make a token for `user` with scopes of `token_scopes()`, good for `days` days (1 to LONGEST_DAYS). Raises Invalid by field."""
    errors: dict[str, str] = {}
    known = token_scopes()
    name = " ".join(name.split())
    if not 0 < len(name) <= 100:
        errors["name"] = _("Give it a name of up to 100 characters, such as the program that will use it.")
    if not scopes or set(scopes) - set(known):
        errors["scopes"] = _("Choose among %(scopes)s.", scopes=", ".join(known))
    if not 1 <= days <= LONGEST_DAYS:
        errors["days"] = _("Choose between 1 and %(n)d days.", n=LONGEST_DAYS)
    if user.disabled:
        errors[""] = _("A disabled user has no tokens.")
    if errors:
        raise Invalid(errors)
    body = PREFIX + secrets.token_urlsafe(32)
    key = body + _checksum(body)
    token = ApiToken(
        user_id=user.id, name=name, key_hash=_digest(key), prefix=key[:10], scopes=[s for s in known if s in scopes],
        expires_at=utcnow() + timedelta(days=days),
    )  # fmt: skip
    db.session.add(token)
    db.session.flush()
    return NewToken(token=token, key=key)


def find_token(key: str) -> ApiToken | None:
    """The token that a caller shows, or None when it is unknown, revoked, expired, or its user is disabled. One statement, or none."""
    if not key.startswith(PREFIX) or len(key) > 100 or not secrets.compare_digest(_checksum(key[:-6]).encode(), key[-6:].encode()):
        return None
    stmt = (
        select(ApiToken)
        .join(User, User.id == ApiToken.user_id)
        .where(ApiToken.key_hash == _digest(key), ApiToken.revoked_at.is_(None), ApiToken.expires_at > utcnow(), ~User.disabled)
    )
    return db.session.execute(stmt).scalar_one_or_none()


def note_use(token: ApiToken) -> None:
    """Write down that a token was used, at most every 5 minutes. On a busy SQLite it is left for the next call: reading must not wait."""
    now = utcnow()
    if token.last_used_at and now - token.last_used_at < SEEN_EVERY:
        return
    stmt = update(ApiToken).where(ApiToken.id == token.id).values(last_used_at=now)
    if db.session().info.get("write"):
        db.session.execute(stmt)
        return
    with db.engine.connect().execution_options(write=True, patience=0) as connection:
        sqlite = connection.dialect.name == "sqlite"
        raw = connection.connection.dbapi_connection
        patience = raw.execute("PRAGMA busy_timeout").fetchone()[0] if sqlite else 0
        try:
            if sqlite:
                raw.execute("PRAGMA busy_timeout=0")
            with connection.begin():
                connection.execute(stmt)
        except OperationalError:
            return
        finally:
            if sqlite:
                raw.execute(f"PRAGMA busy_timeout={int(patience)}")


def tokens_of(user_id: int) -> Sequence[ApiToken]:
    """A user's tokens that are not revoked, newest first, expired ones included."""
    stmt = select(ApiToken).where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None)).order_by(ApiToken.id.desc())
    return db.session.execute(stmt).scalars().all()


def revoke_token(token_id: int, *, user_id: int) -> ApiToken | None:
    """End a token of that user at once; None when he has no such token."""
    token = db.session.execute(
        select(ApiToken).where(ApiToken.id == token_id, ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
    ).scalar_one_or_none()
    if token is not None:
        token.revoked_at = utcnow()
        db.session.flush()
    return token


def revoke_all(user_id: int) -> None:
    """End all tokens of a user, for good."""
    db.session.execute(update(ApiToken).where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None)).values(revoked_at=utcnow()))
