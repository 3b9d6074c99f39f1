"""Profiles, groups, and the pairs that users have of them. What is in use can't be deleted; the refusal counts the uses."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import func, insert, select

from core.db import db, sort_key
from core.errors import Conflict, Invalid

from .models import Group, Profile, User, UserProfile

CODES = ("CR", "CW", "CM")
IMPLIED: Mapping[str, tuple[str, ...]] = {"CW": ("CR",), "CM": ("CR", "CW")}
DEFAULT_PROFILES = {"Standard user": ("CR", "CW"), "CRM manager": ("CR", "CW", "CM"), "Support": ()}
DEFAULT_GROUP = "All"


def name_key(name: str) -> str:
    """Names are the same when they differ only in case, spaces and Unicode form; accents make them different."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def closure(codes: Iterable[str], implied: Mapping[str, Sequence[str]] = IMPLIED) -> list[str]:
    """Codes with all that they imply, in a fixed order. `implied` comes from the declared permissions; CM brings CW, CW brings CR."""
    found: set[str] = set()
    todo = list(codes)
    while todo:
        code = todo.pop()
        if code not in found:
            found.add(code)
            todo += implied.get(code, ())
    return sorted(found, key=lambda c: (CODES.index(c) if c in CODES else len(CODES), c))


def _named(model: type[Profile] | type[Group], name: str, own_id: int | None) -> tuple[str, str]:
    name = " ".join(name.split())
    if not 0 < len(name) <= 100:
        raise Invalid({"name": _("Give it a name of up to 100 characters.")})
    taken = db.session.execute(select(model.id).where(model.name_key == name_key(name))).scalar()
    if taken is not None and taken != own_id:
        raise Invalid({"name": _("There is already one of this name.")})
    return name, name_key(name)


def create_profile(name: str, permissions: Iterable[str] = (), *, implied: Mapping[str, Sequence[str]] = IMPLIED) -> Profile:
    """A new profile. Raises Invalid for an empty, long or used name."""
    name, key = _named(Profile, name, None)
    profile = Profile(name=name, name_key=key, permissions=closure(permissions, implied))
    db.session.add(profile)
    db.session.flush()
    return profile


def update_profile(
    profile: Profile, *, name: str | None = None, permissions: Iterable[str] | None = None, implied: Mapping[str, Sequence[str]] = IMPLIED
) -> Profile:
    """Rename a profile, or change what it permits; whoever has it is concerned from his next request."""
    if name is not None:
        profile.name, profile.name_key = _named(Profile, name, profile.id)
    if permissions is not None:
        profile.permissions = closure(permissions, implied)
    db.session.flush()
    return profile


def delete_profile(profile: Profile) -> None:
    """Delete a profile that nobody has. Raises Conflict with the number of people, disabled ones included."""
    n = db.session.execute(select(func.count(UserProfile.user_id.distinct())).where(UserProfile.profile_id == profile.id)).scalar_one()
    if n:
        raise Conflict(ngettext("%(num)d person has this profile.", "%(num)d people have this profile.", n))
    db.session.delete(profile)
    db.session.flush()


def create_group(name: str) -> Group:
    """A new group. Raises Invalid for an empty, long or used name."""
    name, key = _named(Group, name, None)
    group = Group(name=name, name_key=key)
    db.session.add(group)
    db.session.flush()
    return group


def rename_group(group: Group, name: str) -> Group:
    """Rename a group."""
    group.name, group.name_key = _named(Group, name, group.id)
    db.session.flush()
    return group


def delete_group(group: Group) -> None:
    """Delete a group that nobody is in. Raises Conflict for "All", and with the number of people else."""
    if group.everybody:
        raise Conflict(_("“%(name)s” holds everybody and stays.", name=group.name))
    n = db.session.execute(select(func.count(UserProfile.user_id.distinct())).where(UserProfile.group_id == group.id)).scalar_one()
    if n:
        raise Conflict(ngettext("%(num)d person is in this group.", "%(num)d people are in this group.", n))
    db.session.delete(group)
    db.session.flush()


def all_profiles() -> Sequence[Profile]:
    """All profiles, by name."""
    return sorted(db.session.execute(select(Profile)).scalars(), key=lambda p: sort_key(p.name))


def all_groups() -> Sequence[Group]:
    """All groups: "All" first, then by name."""
    return sorted(db.session.execute(select(Group)).scalars(), key=lambda g: (not g.everybody, sort_key(g.name)))


def people_of_profiles() -> dict[int, int]:
    """Profile id → how many people who are not disabled have it."""
    stmt = (
        select(UserProfile.profile_id, func.count(UserProfile.user_id.distinct()))
        .join(User, User.id == UserProfile.user_id).where(~User.disabled).group_by(UserProfile.profile_id)
    )  # fmt: skip
    return {row[0]: row[1] for row in db.session.execute(stmt)}


def people_of_groups() -> dict[int | None, int]:
    """Group id → how many people who are not disabled are in it; None → all of them."""
    stmt = (
        select(UserProfile.group_id, func.count(UserProfile.user_id.distinct()))
        .join(User, User.id == UserProfile.user_id).where(~User.disabled, UserProfile.group_id.is_not(None)).group_by(UserProfile.group_id)
    )  # fmt: skip
    found: dict[int | None, int] = {row[0]: row[1] for row in db.session.execute(stmt)}
    found[None] = db.session.execute(select(func.count()).select_from(User).where(~User.disabled)).scalar_one()
    return found


def profiles_of(user_ids: Sequence[int]) -> dict[int, list[tuple[Profile, Group | None]]]:
    """User id → his pairs (profile, group; None for All), for many users in one statement."""
    stmt = (
        select(UserProfile.user_id, Profile, Group)
        .join(Profile, Profile.id == UserProfile.profile_id).outerjoin(Group, Group.id == UserProfile.group_id)
        .where(UserProfile.user_id.in_(user_ids)).order_by(UserProfile.id)
    )  # fmt: skip
    found: dict[int, list[tuple[Profile, Group | None]]] = {user_id: [] for user_id in user_ids}
    for user_id, profile, group in db.session.execute(stmt):
        found[user_id].append((profile, group))
    return found


def set_profiles(user: User, pairs: Iterable[tuple[int, int | None]]) -> None:
    """Give a user exactly these (profile id, group id or None) pairs. Raises Invalid for what does not exist."""
    everybody = db.session.execute(select(Group.id).where(Group.everybody)).scalar()
    wanted = list(dict.fromkeys((profile_id, None if group_id == everybody else group_id) for profile_id, group_id in pairs))
    known = set(db.session.execute(select(Profile.id)).scalars()), set(db.session.execute(select(Group.id)).scalars())
    if any(p not in known[0] or (g is not None and g not in known[1]) for p, g in wanted):
        raise Invalid({"profiles": _("Choose a profile and a group of the lists.")})
    pairs_now = db.session.execute(select(UserProfile).where(UserProfile.user_id == user.id)).scalars()
    have = {(pair.profile_id, pair.group_id): pair for pair in pairs_now}
    for key, pair in have.items():
        if key not in wanted:
            db.session.delete(pair)
    for profile_id, group_id in wanted:
        if (profile_id, group_id) not in have:
            db.session.add(UserProfile(user_id=user.id, profile_id=profile_id, group_id=group_id))
    db.session.flush()


def find_profiles(names: Sequence[str]) -> list[Profile]:
    """Profiles by exact name, for commands and REST. Raises Invalid with the names that are not there."""
    stmt = select(Profile).where(Profile.name_key.in_([name_key(n) for n in names]))
    found = {profile.name_key: profile for profile in db.session.execute(stmt).scalars()}
    if missing := [n for n in names if name_key(n) not in found]:
        raise Invalid({"profiles": _("There is no profile %(names)s.", names=", ".join(f"“{n}”" for n in missing))})
    return [found[name_key(n)] for n in names]


def seed() -> None:
    """What a new installation has: three profiles and the group "All". Does nothing to what is there."""
    have: set[Any] = set(db.session.execute(select(Profile.name_key)).scalars())
    if not have:
        for name, permissions in DEFAULT_PROFILES.items():
            db.session.add(Profile(name=name, name_key=name_key(name), permissions=closure(permissions)))
    if db.session.execute(select(Group.id).where(Group.everybody)).first() is None:
        db.session.execute(insert(Group).values(name=DEFAULT_GROUP, name_key=name_key(DEFAULT_GROUP), everybody=True))
    db.session.flush()
