"""A request that makes something works once: a form's one-time id, or a client's Idempotency-Key."""

import hashlib
import secrets
from typing import Any

from flask_babel import lazy_gettext as _l

from core.access import Conflict
from core.db import db
from core.history import OnceKey


def new_key() -> str:
    """A fresh one-time id for a form."""
    return secrets.token_urlsafe(18)


def result_of(key: str, actor_id: int | None, body: str = "") -> str | None:
    """What this key made before, or None. Raises Conflict when it came with another body."""
    found = db.session.get(OnceKey, _name(key, actor_id))
    if found is None:
        return None
    if body and found.body_hash and found.body_hash != _hash(body):
        raise Conflict(_l("This key was used before with other data. Send a new key."))
    return found.result


def remember(key: str, actor_id: int | None, result: Any, body: str = "") -> None:
    """Keep what this key made, in the transaction that made it."""
    db.session.add(OnceKey(key=_name(key, actor_id), body_hash=_hash(body) if body else "", result=str(result)[:200]))
    db.session.flush()


def _name(key: str, actor_id: int | None) -> str:
    return f"{actor_id or 0}:{_hash(key)[:40]}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
