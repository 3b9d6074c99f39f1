"""The access of lists that everybody draws on."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import false, true

from .rules import Access, grant

_EVERYBODY = _l("Shared list: everybody with CRM View reads it")
_MANAGERS = _l("Shared list: changed with CRM Manage")


def _holds(code: str) -> Any:
    return lambda actor, model: true() if actor.has(code) else false()


def shared_list() -> Access:
    """The access of lists that everybody draws on (roles, types, templates): read with CR, changed with CM (docs/access.md)."""
    return Access(
        rules=[
            grant("view", _EVERYBODY, _holds("CR"), name="shared"),
            *(grant(action, _MANAGERS, _holds("CM"), name="shared-manage") for action in ("create", "edit", "delete")),
        ],
        create=lambda actor: actor.has("CM"),
    )
