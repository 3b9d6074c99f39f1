"""The table of contacts."""

from typing import Any

from sqlalchemy import Index, String, cast, literal
from sqlalchemy.orm import Mapped, mapped_column

from core import Record, plugin_base, search_column, sort_column
from core.db import order_column
from plugins.companies.models import company_key

BASE = 10**12
SEPARATOR = "\x01"  # below every letter, so that "Alba" with all its contacts stands before "Alba Sur"


def _order_key(contact: Any, company: Any) -> Any:
    """The company's name key, its id, the contact's name key: lists go by company, then name."""
    fixed_width = cast(literal(BASE) + company.c.id, String)  # so that ids compare as text as they do as numbers
    return company.c.name_key.concat(SEPARATOR).concat(fixed_width).concat(SEPARATOR).concat(contact.c.fullname_key)


def company_part(order_key: str) -> tuple[str, int]:
    """The company's name key and id out of a contact's order key: where its company stands in `companies_sight`."""
    name_key, company_id, _own = order_key.split(SEPARATOR, 2)
    return name_key, int(company_id) - BASE


class Contact(Record, plugin_base("contacts")):
    """A person of a company: a piece of information, without access to anything."""

    __more_table_args__ = (
        Index("ix_contacts_contact_company", "company_id", "fullname_key", "id"),
        Index("ix_contacts_contact_order", "order_key", "id"),
        Index("ix_contacts_contact_name", "fullname_key", "id"),
        Index("ix_contacts_contact_email", "email_key", "id"),
    )

    fullname: Mapped[str] = mapped_column(String(255))
    fullname_key: Mapped[str] = sort_column("fullname")
    email: Mapped[str] = mapped_column(String(255))
    email_key: Mapped[str] = sort_column("email")
    phone: Mapped[str | None] = mapped_column(String(60))
    mobile: Mapped[str | None] = mapped_column(String(60))
    position: Mapped[str | None] = mapped_column(String(255))
    description: Mapped[str | None]
    disabled: Mapped[bool] = mapped_column(default=False)
    company_id: Mapped[int] = company_key(index=False)
    order_key: Mapped[str] = order_column("companies_company.name", by="company_id", key=_order_key)
    search_text: Mapped[str] = search_column("fullname", "email", "phone", "mobile")
