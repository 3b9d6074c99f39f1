"""Flask's session, kept on the server: the cookie holds 256 random bits, the table their SHA-256 (ASVS 3.3, 7.2 to 7.4).

Read when something asks for it, with one statement; written when it changed, or `seen` was 5 minutes ago. An id that a client brings
and the table does not know is never taken over; signing in takes a new one. A session that was ended meanwhile is not written back.
"""

import ipaddress
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from flask import Flask
from flask.json.tag import TaggedJSONSerializer
from flask.sessions import SessionInterface, SessionMixin
from flask.wrappers import Request, Response
from sqlalchemy import Engine, bindparam, delete, insert, select, update

from core.db import utcnow
from core.db.runtime import sessions

from .session_store import SEEN_EVERY, STAY, at, is_dead, micros

USER = "_user_id"  # where Flask-Login keeps whom the session belongs to
_serializer = TaggedJSONSerializer()


def _now() -> int:
    return micros(utcnow() - datetime(1970, 1, 1, tzinfo=UTC))


def key_of(cookie: str) -> str:
    """The key of the row that belongs to a cookie."""
    return sha256(cookie.encode()).hexdigest()


_SESSION = select(sessions).where(sessions.c.key == bindparam("wanted"))
"""Built once: it runs in each request."""


class ServerSession(SessionMixin):
    """A session that is read from the table when it is first asked for something."""

    def __init__(self, engine: Engine, request: Request, cookie: str | None):
        self._engine = engine
        self.request = request
        self._cookie = cookie
        self._row: Any = None
        self._values: dict[str, Any] | None = None
        self._old: list[str] = []  # keys of rows that this session leaves behind
        self.modified = False
        self.stay = False

    # -- what a mapping needs -------------------------------------------------------------------------------------------------------
    @property
    def _data(self) -> dict[str, Any]:
        if self._values is None:
            self._values = self._read()
        return self._values

    def _read(self) -> dict[str, Any]:
        if not self._cookie or len(self._cookie) != 43:
            return {}
        with self._engine.connect() as connection:
            row = connection.execute(_SESSION, {"wanted": key_of(self._cookie)}).first()
        if row is None or is_dead(row, _now()):
            return {}
        self._row, self.stay = row, row.stay
        return dict(_serializer.loads(row.data))

    def __getitem__(self, key: str) -> Any:
        return self._data[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._data[key] = value
        self.modified = True

    def __delitem__(self, key: str) -> None:
        del self._data[key]
        self.modified = True

    def __iter__(self) -> Iterator[str]:
        return iter(self._data)

    def __len__(self) -> int:
        return len(self._data)

    def __bool__(self) -> bool:
        return bool(self._data)

    # -- what signing in and out needs ----------------------------------------------------------------------------------------------
    @property
    def key(self) -> str | None:
        """The key of its row; None while it has none."""
        self._data  # noqa: B018 - reads the row
        return self._row.key if self._row is not None else None

    @property
    def began_at(self) -> datetime | None:
        """When it was made, which is when its user signed in."""
        self._data  # noqa: B018 - reads the row
        return at(self._row.created_at) if self._row is not None else None

    def renew(self, *, keep: tuple[str, ...] = (), stay: bool | None = None) -> None:
        """Go on under a new id, with only `keep` of what it held: at sign-in, sign-out, and when a password changes."""
        kept = {name: self._data[name] for name in keep if name in self._data}
        if self._row is not None:
            self._old.append(self._row.key)
        self._row, self._values, self.modified = None, kept, True
        self.stay = self.stay if stay is None else stay

    # -- writing, at the end of the request -----------------------------------------------------------------------------------------
    @property
    def touched(self) -> bool:
        """Whether something asked for it; what did not is not even read."""
        return self._values is not None

    def write(self) -> str | None:
        """Write what changed; gives the id for a new cookie, "" when the cookie must go, None when it stays as it is."""
        now, values = _now(), self._data
        due = self._row is not None and now - self._row.seen_at >= micros(SEEN_EVERY)
        if not self.modified and not due:
            return None
        data = {"data": _serializer.dumps(values), "user_id": int(values[USER]) if USER in values else None, "seen_at": now}
        with self._engine.connect().execution_options(write=True) as connection, connection.begin():
            if self._old:
                connection.execute(delete(sessions).where(sessions.c.key.in_(self._old)))
            if self._row is not None:
                changed = data if self.modified else {"seen_at": now}
                connection.execute(update(sessions).where(sessions.c.key == self._row.key).values(**changed))
                return None
            if not values:
                return "" if self._old else None
            cookie = secrets.token_urlsafe(32)
            seen = {"address": (self.request.remote_addr or "")[:64], "agent": self.request.user_agent.string[:200]}
            row = {**data, **seen, "key": key_of(cookie), "created_at": now, "stay": self.stay}
            connection.execute(insert(sessions).values(**row))
        return cookie


def _is_loopback(host: str) -> bool:
    name = host.rsplit(":", 1)[0].strip("[]") if not host.endswith("]") else host.strip("[]")
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name.endswith(".localhost")


class ServerSessions(SessionInterface):
    """Flask's way in: `app.session_interface = ServerSessions(engine)`."""

    session_class = ServerSession

    def __init__(self, engine: Engine):
        self.engine = engine

    @staticmethod
    def cookie_for(request: Request) -> tuple[str, bool]:
        """(name, Secure) of the cookie: `__Host-session`, but `session` on plain http at this very machine."""
        plain = not request.is_secure and _is_loopback(request.host)
        return ("session", False) if plain else ("__Host-session", True)

    def open_session(self, app: Flask, request: Request) -> ServerSession:
        """The session of a request; reads nothing yet."""
        return ServerSession(self.engine, request, request.cookies.get(self.cookie_for(request)[0]))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write it if it changed, and send its cookie if that is new."""
        assert isinstance(session, ServerSession)
        if not session.touched:
            return
        response.vary.add("Cookie")
        cookie = session.write()
        if cookie is None:
            return
        name, secure = self.cookie_for(session.request)
        age = int(STAY.total_seconds()) if session.stay and cookie else None
        if cookie:
            response.set_cookie(name, cookie, max_age=age, path="/", secure=secure, httponly=True, samesite="Lax")
        else:
            response.delete_cookie(name, path="/", secure=secure, httponly=True, samesite="Lax")
