"""The verbs of contacts. They flush, never commit."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import String, cast, literal, select, update

from core.access import Actor
from core.addons.runtime import runtime
from core.db import among, db, unit_of_work
from core.records.same_email import others_of_email
from plugins.companies.models import Company
from plugins.companies.services import require_edit, touch_companies

from .models import Contact

CHUNK = 500
BASE = 10**12
SEPARATOR = "\x01"  # below every letter, so that "Alba" with all its contacts stands before "Alba Sur"


def prepare(values: dict[str, Any], record: Any, actor: Actor) -> dict[str, Any]:
    """Check a contact before it is written: moving it asks for E on the company it goes to as well (docs/access.md)."""
    if record is not None and "company_id" in values and values["company_id"] not in (None, record.company_id):
        require_edit(values["company_id"], actor)
    if values.get("disabled", False) is None:
        return {**values, "disabled": False}
    return values


def written(ids: Sequence[int], actor: Actor) -> None:
    """After contacts were written: where they stand in lists, and the last activity of their companies."""
    companies: set[int] = set()
    for start in range(0, len(ids), CHUNK):
        part = list(ids[start : start + CHUNK])
        set_order(among(Contact.id, part))
        companies.update(db.session.scalars(select(Contact.company_id).where(among(Contact.id, part))))
    touch_companies(companies)


def company_renamed(company_id: int) -> None:
    """A company has a new name: its contacts stand elsewhere in lists."""
    set_order(Contact.company_id == company_id)


def catch_up() -> None:
    """After a time in which contacts were off, and nobody told them of companies' new names."""
    with unit_of_work():
        set_order(Contact.order_key != _order_key())


def set_order(where: Any) -> None:
    """Write the key that orders lists by company and name, of the contacts that fit `where` (a condition on the table)."""
    table = Contact.__table__
    db.session.execute(update(table).where(where).values(order_key=_order_key(), updated_at=table.c.updated_at))


def _order_key() -> Any:
    table, company = Contact.__table__, Company.__table__
    fixed_width = cast(literal(BASE) + company.c.id, String)  # so that ids compare as text as they do as numbers
    of_company = select(company.c.name_key.concat(SEPARATOR).concat(fixed_width)).where(company.c.id == table.c.company_id)
    return of_company.scalar_subquery().concat(SEPARATOR).concat(table.c.fullname_key)


def company_part(order_key: str) -> tuple[str, int]:
    """The company's name key and id out of a contact's order key: where its company stands in `companies_sight`."""
    name_key, company_id, _own = order_key.split(SEPARATOR, 2)
    return name_key, int(company_id) - BASE


def warns(rows: Sequence[tuple[Mapping[str, Any], Any]], actor: Actor) -> list[list[tuple[str, Any]]]:
    """Warnings for each (values, record or None): a contact that the actor sees has the same e-mail. One statement per 500 rows."""
    others = others_of_email(runtime().record_types["contacts.contact"], rows, actor)
    return [
        [("email", _("“%(name)s” (no. %(id)s) has this e-mail too.", name=other[1], id=other[0]))] if other else [] for other in others
    ]
