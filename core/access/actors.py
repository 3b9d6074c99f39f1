"""From users to actors: one statement for users, permissions and groups, and one question to the plugins for what they know of them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import or_, select

from core.addons.runtime import runtime
from core.db import db
from core.identity.models import ApiToken, Group, Profile, User, UserProfile

from .actor import Actor, with_implied


def actors_of(user_ids: Iterable[int]) -> dict[int, Actor]:
    """User id → actor, for users who are not disabled. One statement, and those of the plugins' `actor_facts`."""
    return {user_id: actor for user_id, (actor, _ended) in _load(user_ids).items()}


def actor_of(user_id: int, *, signed_in_at: datetime | None = None) -> Actor | None:
    """The actor of one user; None when he does not exist or is disabled.

    With `signed_in_at`, also None when his sessions were ended after that instant (a new password, signed out everywhere).
    """
    found = _load([user_id]).get(user_id)
    if found is None:
        return None
    actor, ended = found
    return None if signed_in_at is not None and ended is not None and signed_in_at <= ended else actor


def actor_of_token(token: ApiToken) -> Actor | None:
    """The actor of an API token: its user, cut down to the token's scopes (`Actor.scopes`)."""
    found = _load([token.user_id], scopes=frozenset(token.scopes)).get(token.user_id)
    return found[0] if found else None


def _load(user_ids: Iterable[int], *, scopes: frozenset[str] | None = None) -> dict[int, tuple[Actor, datetime | None]]:
    ids = sorted(set(user_ids))
    if not ids:
        return {}
    stmt = (
        select(
            User.id, User.login, User.name, User.superadmin, User.language, User.timezone, User.sessions_end_at,
            Profile.permissions, Group.id.label("group_id"),
        )
        .outerjoin(UserProfile, UserProfile.user_id == User.id).outerjoin(Profile, Profile.id == UserProfile.profile_id)
        .outerjoin(Group, or_(Group.id == UserProfile.group_id, Group.everybody))  # "All" holds everybody
        .where(User.id.in_(ids), ~User.disabled)
    )  # fmt: skip
    users: dict[int, Any] = {}
    codes: dict[int, set[str]] = {}
    groups: dict[int, set[int]] = {}
    for row in db.session.execute(stmt):
        users[row.id] = row
        codes.setdefault(row.id, set()).update(row.permissions or ())
        groups.setdefault(row.id, set()).update(() if row.group_id is None else (row.group_id,))
    facts = _facts(list(users))
    return {
        user_id: (
            Actor(
                user_id=user_id, login=row.login, name=row.name, superadmin=row.superadmin, permissions=with_implied(codes[user_id]),
                groups=frozenset(groups[user_id]), facts=facts[user_id], language=row.language, timezone=row.timezone, scopes=scopes,
            ),
            row.sessions_end_at,
        )
        for user_id, row in users.items()
    }  # fmt: skip


def _facts(user_ids: list[int]) -> dict[int, Mapping[str, Any]]:
    found: dict[int, dict[str, Any]] = {user_id: {} for user_id in user_ids}
    addons = runtime().addons
    if user_ids and addons is not None:
        for answer in addons.call("actor_facts", user_ids=user_ids):
            for user_id, facts in (answer or {}).items():
                if user_id in found:
                    found[user_id].update(facts)
    return {user_id: MappingProxyType(facts) for user_id, facts in found.items()}
