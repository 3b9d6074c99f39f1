"""Who has an e-mail address already, whatever its case, in any script: found by the stored key, told apart exactly afterwards.

For record types with `email`, and `email_key: Mapped[str] = sort_column("email")` at the head of an index.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select

from core.access import Actor, allowed
from core.db import among, db, sort_key

from .record_type import RecordType

CHUNK = 500
MOST = 2000


def same_email(rt: RecordType, emails: Iterable[str], *conditions: ColumnElement[bool]) -> dict[str, list[tuple[int, str]]]:
    """E-mail (casefolded) → (id, title) of the live records that have it, the oldest first. One statement per 500 addresses."""
    model = rt.model
    wanted = {email.casefold() for email in emails}
    keys = sorted({sort_key(email) for email in wanted})
    out: dict[str, list[tuple[int, str]]] = {}
    for start in range(0, len(keys), CHUNK):
        stmt = select(model.id, getattr(model, rt.title), model.email).where(among(model.email_key, keys[start : start + CHUNK]))
        for key, title, email in db.session.execute(stmt.where(model.trashed_at.is_(None), *conditions).order_by(model.id).limit(MOST)):
            if email.casefold() in wanted:  # the key folds accents and leading zeros, too
                out.setdefault(email.casefold(), []).append((key, title))
    return out


def first_of_email(rt: RecordType, email: str) -> int | None:
    """The oldest live record with this address, whoever sees it."""
    model = rt.model
    stmt = select(model.email, func.min(model.id)).where(model.email_key == sort_key(email), model.trashed_at.is_(None))
    return min((key for found, key in db.session.execute(stmt.group_by(model.email)) if found.casefold() == email.casefold()), default=None)


def others_of_email(rt: RecordType, rows: Sequence[tuple[Mapping[str, Any], Any]], actor: Actor) -> list[tuple[int, str] | None]:
    """For each (values, record or None): the oldest other record that has its address and is seen by the actor, as (id, title)."""
    there = same_email(rt, [str(v) for values, _record in rows if (v := values.get("email"))], allowed(rt, "view", actor))
    out: list[tuple[int, str] | None] = []
    for values, record in rows:
        twins = there.get(str(values.get("email") or "").casefold(), ())
        out.append(next((twin for twin in twins if record is None or twin[0] != record.id), None))
    return out


__all__ = ["first_of_email", "others_of_email", "same_email"]
