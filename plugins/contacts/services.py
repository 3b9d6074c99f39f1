"""The verbs of contacts. They flush, never commit."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from core import Actor, db, record_type
from core.db import among
from core.records import others_of_email
from plugins.companies.services import require_edit, touch_companies

from .models import Contact


def prepare(values: dict[str, Any], record: Any, actor: Actor) -> dict[str, Any]:
    """Check a contact before it is written: moving it asks for E on the company it goes to as well (docs/access.md)."""
    if record is not None and "company_id" in values and values["company_id"] not in (None, record.company_id):
        require_edit(values["company_id"], actor)
    if values.get("disabled", False) is None:
        return {**values, "disabled": False}
    return values


def written(ids: Sequence[int], actor: Actor) -> None:
    """A written contact is activity of its company."""
    touch_companies(db.session.scalars(select(Contact.company_id).where(among(Contact.id, ids)).distinct()).all())


def warns(rows: Sequence[tuple[Mapping[str, Any], Any]], actor: Actor) -> list[list[tuple[str, Any]]]:
    """Warnings for each (values, record or None): a contact that the actor sees has the same e-mail. One statement per 500 rows."""
    others = others_of_email(record_type("contacts.contact"), rows, actor)
    return [
        [("email", _("“%(name)s” (no. %(id)s) has this e-mail too.", name=other[1], id=other[0]))] if other else [] for other in others
    ]
