"""The world that tests may rely on: four people, and the records that plugins put into it; ids are counted from 1.

admin (superadmin) · user1 (CR, CW) · manager1 (CR, CW, CM) · user2 (no CRM)

What a plugin adds stands in its `testing.py`, a module that only tests import: WORLD, a sequence of `Part`, in the order in which they are
made; and USUAL, record type → what a record of it can't do without, though no field by itself is required.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

PASSWORD = "a quiet meadow at noon"
"""The password of every user that the fixtures make."""
USERS: Sequence[Mapping[str, Any]] = (
    {"login": "admin"},  # made with the installation
    {"login": "user1", "profile": "Standard user", "email": "user1@example.com"},
    {"login": "manager1", "profile": "CRM manager", "email": "manager1@example.com"},
    {"login": "user2", "profile": "Support", "email": "user2@example.com"},
)


@dataclass(frozen=True, eq=False)
class Part:
    """Records of one type in the world. Their ids by title are `world.<name>`.

    `rows` are what `create_record` takes, with logins for ids of users; `custom_fields` what `create_field` takes, after the type's name.

    Where others hang on these records, and people belong to them, `key` names the field that says to which: `people` is login → title, and
    `places` says where a record lies that is "mine" (user1 changes it), only "seen" by him, or "hidden" from him.
    """

    record_type: str
    name: str = field(kw_only=True)
    rows: Sequence[Mapping[str, Any]] = field(kw_only=True)
    custom_fields: Sequence[tuple[int | None, Mapping[str, Any]]] = field(default=(), kw_only=True)
    key: str = field(default="", kw_only=True)
    people: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    places: Mapping[str, str] = field(default_factory=dict, kw_only=True)


@dataclass(frozen=True, kw_only=True)
class World:
    """Ids by name: `world.users["user1"]`, and of each plugin's part `world.companies["Customer #A"]`. `places` is key → place → id."""

    users: Mapping[str, int]
    parts: Mapping[str, Mapping[str, int]]
    places: Mapping[str, Mapping[str, int]]
    password: str = PASSWORD

    def __getattr__(self, name: str) -> Mapping[str, int]:
        try:
            return self.__dict__["parts"][name]  # type: ignore[no-any-return]
        except KeyError:
            raise AttributeError(f"the world has no {name!r}: no plugin of this app puts them into it") from None

    def lying(self, place: str, fields: Any) -> dict[str, int]:
        """The values that put a record with these fields into a place: "mine", "seen" or "hidden"; empty where it hangs on nothing."""
        names = {f.name for f in fields}
        return {key: ids[place] for key, ids in self.places.items() if key in names and place in ids}


def told_by(plugin: Any, what: str, default: Any) -> Any:
    """What a plugin's `testing.py` says under that name."""
    name = f"{plugin.import_name}.testing"
    return getattr(import_module(name), what, default) if find_spec(name) else default


def parts() -> Iterator[Part]:
    """The parts of this app's plugins, in the order in which they are made."""
    from core.addons.runtime import runtime

    for plugin in runtime().addons:
        yield from told_by(plugin, "WORLD", ())


def build_world(app: Any) -> None:
    """Make the world on a new installation, through the verbs that people's pages use."""
    from core.access.actors import actor_of
    from core.addons.runtime import runtime
    from core.custom_fields.services import create_field
    from core.db import unit_of_work
    from core.identity.services import create_user, find_profiles, find_user
    from core.records.services import create_record

    with app.app_context():
        types = runtime().record_types
        with unit_of_work():
            for user in USERS[1:]:
                (profile,) = find_profiles([user["profile"]])
                create_user(user["login"], email=user["email"], password=PASSWORD, profiles=[(profile.id, None)])
        with unit_of_work():
            ids = {user["login"]: find_user(user["login"]).id for user in USERS}  # type: ignore[union-attr]
            admin = actor_of(ids["admin"])
            assert admin is not None
            for part in parts():
                for row in part.rows:
                    create_record(types[part.record_type], {key: ids.get(value, value) for key, value in row.items()}, admin)
                for type_id, values in part.custom_fields:
                    create_field(part.record_type, type_id, values)
            for login in ids:
                join(login)


def join(login: str) -> None:
    """Let a user belong to what the parts say of him."""
    from core.addons.runtime import runtime
    from core.identity.services import find_user

    user = find_user(login)
    fields = {field.name: field for _plugin, field in runtime().addons.declared("user_fields")}
    for part in parts():
        if login in part.people:
            fields[part.key].write(user, _ids(part)[part.people[login]])


def _ids(part: Part) -> dict[str, int]:
    from sqlalchemy import select

    from core.addons.runtime import runtime
    from core.db import db

    rt = runtime().record_types[part.record_type]
    return dict(db.session.execute(select(getattr(rt.model, rt.title), rt.model.id)).all())  # type: ignore[arg-type]


def read_world(app: Any) -> World:
    """The world as it lies in the database of an app."""
    from sqlalchemy import select

    from core.db import db
    from core.identity.models import User

    with app.app_context():
        made = {part: _ids(part) for part in parts()}
        return World(
            users=dict(db.session.execute(select(User.login, User.id)).all()),  # type: ignore[arg-type]
            parts={part.name: ids for part, ids in made.items()},
            places={part.key: {place: ids[title] for place, title in part.places.items()} for part, ids in made.items() if part.places},
        )
