"""The table of contacts."""

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Record, plugin_base, search_column, sort_column
from plugins.companies.models import company_key


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
    # Company's name key, its id, own name key: lists go by company, then name. Written by services.py.
    order_key: Mapped[str] = mapped_column(String().with_variant(String(collation="C"), "postgresql"), default="")
    search_text: Mapped[str] = search_column("fullname", "email", "phone", "mobile")
