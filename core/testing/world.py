"""The world that tests may rely on: the manual's case with its four people and three companies, ids counted from 1.

admin (superadmin) · user1 (CR, CW) and manager1 (CR, CW, CM) of My Company · user2 (no CRM) of Customer #A
My Company (no parent, manager admin) · Customer #A (manager user1) · Customer #B (manager manager1), both its children
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from .apps import PASSWORD

USERS: Sequence[Mapping[str, Any]] = (
    {"login": "admin", "own_company": None},  # made with the installation
    {"login": "user1", "profile": "Standard user", "own_company": 1, "email": "user1@example.com"},
    {"login": "manager1", "profile": "CRM manager", "own_company": 1, "email": "manager1@example.com"},
    {"login": "user2", "profile": "Support", "own_company": 2, "email": "user2@example.com"},
)
RECORDS: Sequence[tuple[str, Sequence[Mapping[str, Any]]]] = (
    ("companies.role", [{"name": "Customer"}, {"name": "Provider"}]),
    (
        "companies.company",
        [
            {"name": "My Company", "parent_id": None, "manager_id": "admin"},
            {"name": "Customer #A", "parent_id": 1, "manager_id": "user1"},
            {"name": "Customer #B", "parent_id": 1, "manager_id": "manager1"},
        ],
    ),
    ("contracts.type", [{"name": "Support"}, {"name": "Licences"}]),
    ("leads.type", [{"name": "Web"}]),
)
FIELDS: Sequence[tuple[str, int | None, Mapping[str, Any]]] = (("contracts.contract", 2, {"label": "Licence type", "kind": "text"}),)


@dataclass(frozen=True, kw_only=True)
class World:
    """Ids by name: `world.companies["Customer #A"]`, `world.users["user1"]`. What belongs to a plugin that isn't there is left out."""

    users: Mapping[str, int]
    companies: Mapping[str, int]
    roles: Mapping[str, int]
    contract_types: Mapping[str, int]
    lead_types: Mapping[str, int]
    password: str = PASSWORD


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
            for name, rows in RECORDS:
                for row in rows if name in types else ():
                    create_record(types[name], {key: ids.get(value, value) for key, value in row.items()}, admin)
            for name, type_id, field in FIELDS:
                if name in types:
                    create_field(name, type_id, field)
            for _plugin, field in runtime().addons.declared("user_fields"):
                if field.name == "company_id":
                    for user in USERS:
                        field.write(ids[user["login"]], user["own_company"])


def read_world(app: Any) -> World:
    """The world as it lies in the database of an app."""
    from sqlalchemy import select

    from core.addons.runtime import runtime
    from core.db import db
    from core.identity.models import User

    with app.app_context():
        types = runtime().record_types

        def names(record_type: str) -> dict[str, int]:
            model = types[record_type].model if record_type in types else None
            return dict(db.session.execute(select(model.name, model.id)).all()) if model else {}  # type: ignore[arg-type]

        return World(
            users=dict(db.session.execute(select(User.login, User.id)).all()),  # type: ignore[arg-type]
            companies=names("companies.company"),
            roles=names("companies.role"),
            contract_types=names("contracts.type"),
            lead_types=names("leads.type"),
        )


@pytest.fixture
def world(app: Any) -> World:
    """The world (core.testing.world), in the database of this test's app."""
    return read_world(app)
