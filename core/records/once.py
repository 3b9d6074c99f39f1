"""A request that makes something works once: a form's one-time id, or a client's Idempotency-Key.

The key is claimed first, in the transaction that makes the thing. Of two at once the second waits at the key (PostgreSQL) or at the
writer's lock (SQLite) until the first is over; then it finds what was made, or, if the first failed, the key free again.
"""

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.access import Conflict
from core.db import db, unit_of_work, utcnow
from core.history.models import OnceKey

KEPT = timedelta(days=7)
"""How long a key leads to what it made."""


def new_key() -> str:
    """A fresh one-time id for a form."""
    return secrets.token_urlsafe(18)


def result_of(key: str, actor_id: int | None, body: str = "") -> str | None:
    """What this key made before, or None: then it is claimed for this unit of work. Raises Conflict when it came with another body."""
    name, made_of = _name(key, actor_id), _hash(body) if body else ""
    dialect: Any = sqlite if db.session.get_bind().dialect.name == "sqlite" else postgresql
    claim = dialect.insert(OnceKey).values(key=name, body_hash=made_of, result="", created_at=utcnow()).on_conflict_do_nothing()
    if db.session.execute(claim).rowcount == 1:  # type: ignore[attr-defined]
        return None
    found = db.session.execute(select(OnceKey.body_hash, OnceKey.result).where(OnceKey.key == name)).one()
    if body and found.body_hash and found.body_hash != made_of:
        raise Conflict(_l("This key was used before with other data. Send a new key."))
    return found.result or None


def remember(key: str, actor_id: int | None, result: Any) -> None:
    """Keep what a claimed key made, in the transaction that made it."""
    db.session.execute(update(OnceKey).where(OnceKey.key == _name(key, actor_id)).values(result=str(result)))


def sweep_keys() -> int:
    """Remove keys that are older than KEPT, in a unit of work of its own; for a periodic job. Gives their number."""
    with unit_of_work():
        gone = db.session.execute(delete(OnceKey).where(OnceKey.created_at < utcnow() - KEPT))
    return gone.rowcount  # type: ignore[attr-defined, no-any-return]


def _name(key: str, actor_id: int | None) -> str:
    return f"{actor_id or 0}:{_hash(key)[:40]}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
