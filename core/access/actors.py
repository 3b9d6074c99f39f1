"""From users to actors: one statement for users, permissions and groups, and one question to the plugins for what they know of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Select, or_, select

from core.addons.runtime import runtime
from core.db import among, read
from core.identity.models import ApiToken, Group, Profile, User, UserProfile

from .actor import Actor, with_implied


@dataclass(frozen=True, kw_only=True)
class Person:
    """An actor with what pages ask besides: how they shall look to him. `sessions_end_at`: sessions that began before are dead."""

    actor: Actor
    theme: str
    density: str
    shortcuts: bool
    sessions_end_at: datetime | None
    api_user: bool


def actors_of(user_ids: Iterable[int]) -> dict[int, Actor]:
    """User id → actor, for users who are not disabled. One statement, and those of the plugins' `actor_facts`."""
    return {user_id: person.actor for user_id, person in _load(user_ids).items()}


def holders(code: str) -> Select[Any]:
    """The ids of those who hold a permission by a profile, as a statement to put into another; without superadmins and the disabled."""
    profiles = [profile_id for profile_id, codes in read(select(Profile.id, Profile.permissions)) if code in with_implied(set(codes or ()))]
    held = select(UserProfile.user_id).where(among(UserProfile.profile_id, profiles))
    return select(User.id).where(~User.disabled, ~User.superadmin, User.id.in_(held))


def actor_of(user_id: int) -> Actor | None:
    """The actor of one user; None when he does not exist or is disabled."""
    person = person_of(user_id)
    return person.actor if person else None


def person_of(user_id: int, *, signed_in_at: datetime | None = None) -> Person | None:
    """Actor and looks of one user, in the same one statement; None when he does not exist or is disabled.

    With `signed_in_at`, also None when his sessions were ended after that instant (a new password, signed out everywhere).
    """
    person = _load([user_id]).get(user_id)
    if person is None or (signed_in_at and person.sessions_end_at and signed_in_at <= person.sessions_end_at):
        return None
    return person


def for_scopes(actor: Actor, scopes: frozenset[str], *, api_user: bool) -> Actor:
    """An actor cut down to the scopes of a token. Of an API user `<kind>:create` is a right of its own (`TokenScope`).

    The fact `creates` then holds the kind, which is the last part of the address of the list.
    """
    creates = frozenset(s.removesuffix(":create") for s in scopes if s.endswith(":create")) if api_user else frozenset()
    facts = MappingProxyType({**actor.facts, "creates": creates}) if creates else actor.facts
    return replace(actor, scopes=scopes, facts=facts)


def actor_of_token(token: ApiToken) -> Actor | None:
    """The actor of an API token: its user, cut down to the token's scopes (`Actor.scopes`)."""
    person = _load([token.user_id]).get(token.user_id)
    return for_scopes(person.actor, frozenset(token.scopes), api_user=person.api_user) if person else None


def _people() -> Select[Any]:
    u, p, up, g = (model.__table__.c for model in (User, Profile, UserProfile, Group))  # type: ignore[attr-defined]
    tables = User.__table__.outerjoin(UserProfile.__table__, up.user_id == u.id).outerjoin(Profile.__table__, p.id == up.profile_id)
    return (
        select(
            u.id, u.login, u.name, u.superadmin, u.language, u.timezone, u.sessions_end_at, u.theme, u.density, u.shortcuts, u.classic_api,
            p.permissions, g.id.label("group_id"),
        )
        .select_from(tables.outerjoin(Group.__table__, or_(g.id == up.group_id, g.everybody)))  # "All" holds everybody
        .where(among(u.id, "ids"), ~u.disabled)
    )  # fmt: skip


_PEOPLE = _people()
"""Built once: it runs in each request, and building it takes longer."""


def _load(user_ids: Iterable[int]) -> dict[int, Person]:
    ids = sorted(set(user_ids))
    if not ids:
        return {}
    users: dict[int, Any] = {}
    codes: dict[int, set[str]] = {}
    groups: dict[int, set[int]] = {}
    for row in read(_PEOPLE, {"ids": ids}):
        users[row.id] = row
        codes.setdefault(row.id, set()).update(row.permissions or ())
        groups.setdefault(row.id, set()).update(() if row.group_id is None else (row.group_id,))
    facts = _facts(list(users))
    return {
        user_id: Person(
            actor=Actor(
                user_id=user_id, login=row.login, name=row.name, superadmin=row.superadmin, permissions=with_implied(codes[user_id]),
                groups=frozenset(groups[user_id]), facts=facts[user_id], language=row.language, timezone=row.timezone,
            ),
            theme=row.theme, density=row.density, shortcuts=row.shortcuts, sessions_end_at=row.sessions_end_at,
            api_user=row.classic_api,
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
