"""Tables of companies: roles, companies, who is associated, who belongs where, and who sees what (docs/access.md).

`company_key()` is what other plugins put on their models to hang a record on a company.
"""

import unicodedata
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, text
from sqlalchemy.orm import Mapped, mapped_column, validates

from core import Micros, Record, UtcTime, db, plugin_base, search_column, sort_column, utcnow

Base = plugin_base("companies")
THERE = text("trashed_at IS NULL")


def now() -> datetime:
    """The instant now, to the second: that is how files write the last activity, and what they bring back."""
    return utcnow().replace(microsecond=0)


def company_key(*, nullable: bool = False, index: bool = True) -> Any:
    """A column that hangs a record on a company: `company_id: Mapped[int] = company_key()`. Foreign key and index included.

    Give `index=False` where an index of your own begins with the column.
    """
    return mapped_column(ForeignKey("companies_company.id"), nullable=nullable, index=index)


def same_name(name: str | None) -> str:
    """Equal for names that differ only in case, spaces and Unicode form; accents make them different."""
    return " ".join(unicodedata.normalize("NFKC", name or "").casefold().split())


def same_role(name: str | None) -> Any:
    """What is said of a name that another role has."""
    return _l("There is already a role “%(name)s”.", name=name)


class Role(Record, Base):
    """What a company is to us, for filters: customer, supplier …"""

    __more_table_args__ = (
        Index(
            "uq_companies_role_same_key", "same_key", unique=True, sqlite_where=THERE, postgresql_where=THERE,
            info={"refuses": ("name", same_role)},
        ),
        Index("ix_companies_role_name_key", "name_key", "id"),
    )  # fmt: skip

    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = sort_column("name")
    same_key: Mapped[str] = mapped_column(String(200), default="")  # one role per name, whatever its case and spaces
    description: Mapped[str | None]
    search_text: Mapped[str] = search_column("name", "description")

    @validates("name")
    def _fold(self, _attribute: str, value: str) -> str:
        self.same_key = same_name(value)
        return value


class Company(Record, Base):
    """A company. Its manager, parent, associates and their own companies decide who sees it and all that hangs on it."""

    __more_table_args__ = (
        # Without the trash, so that the whole list is counted on the index alone.
        Index("ix_companies_company_name", "name_key", "id", sqlite_where=THERE, postgresql_where=THERE),
        Index("ix_companies_company_update", "last_update", "id"),
        Index("ix_companies_company_manager", "manager_id", "name_key", "id"),
        # What search statistics tell of managers is added up on the index alone.
        Index("ix_companies_company_sold", "manager_id", "billing", sqlite_where=THERE, postgresql_where=THERE),
        Index("ix_companies_company_country", "country", "name_key", "id", sqlite_where=THERE, postgresql_where=THERE),
        Index("ix_companies_company_role", "role_id", "name_key", "id", sqlite_where=THERE, postgresql_where=THERE),
        Index("ix_companies_company_parent", "parent_id", "name_key", "id", sqlite_where=THERE, postgresql_where=THERE),
        Index("ix_companies_company_billing", "billing", "id"),
        Index("ix_companies_company_fiscal_id", "fiscal_id"),
    )

    name: Mapped[str] = mapped_column(String(255))
    name_key: Mapped[str] = sort_column("name")
    fiscal_id: Mapped[str | None] = mapped_column(String(60))
    address: Mapped[str | None]
    street: Mapped[str | None] = mapped_column(String(255))
    postcode: Mapped[str | None] = mapped_column(String(20))
    city: Mapped[str | None] = mapped_column(String(100))
    province: Mapped[str | None] = mapped_column(String(100))
    country: Mapped[str | None] = mapped_column(String(100))  # ISO 3166; a name nobody knows is kept as it came
    website: Mapped[str | None] = mapped_column(String(500))
    comments: Mapped[str | None]
    role_id: Mapped[int | None] = mapped_column(ForeignKey("companies_role.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("companies_company.id"))
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("core_user.id"))
    last_update: Mapped[datetime] = mapped_column(UtcTime, default=now, onupdate=now)
    payment_conditions: Mapped[int] = mapped_column(default=30)
    billing: Mapped[Decimal] = mapped_column(Micros, default=Decimal(0))
    language: Mapped[str | None] = mapped_column(String(20))
    search_text: Mapped[str] = search_column("name", "fiscal_id", "address", "city", "website")


ASSOCIATE = Table(
    "companies_associate",
    db.metadata,
    Column("company_id", Integer, ForeignKey("companies_company.id"), primary_key=True),
    Column("user_id", Integer, ForeignKey("core_user.id"), primary_key=True),
    Index("ix_companies_associate_user_id", "user_id"),
    info={"link": True},
)
"""The associated users of companies."""


class Membership(Base):
    """A user's own company. The core's user table knows no company."""

    __table_args__ = ({"info": {"label": _l("people who belong to it")}},)

    user_id: Mapped[int] = mapped_column(ForeignKey("core_user.id"), primary_key=True, autoincrement=False)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies_company.id"), index=True)


class Sight(Base):
    """Who sees a company: one row per company and audience. `audience` > 0 is a user, < 0 the people whose own company is −audience.

    `why`: 1 manager, 2 mate, 4 associate, 8 belongs. A pure function of manager, parent, associates and own companies, written by
    sight.py only; `name_key` and `last_update` are copies that lists are ordered by. No foreign keys: rows go and come with a company.
    """

    __table_args__ = (
        Index("ix_companies_sight_name", "audience", "name_key", "company_id"),
        Index("ix_companies_sight_update", "audience", "last_update", "company_id"),
        {"sqlite_with_rowid": False},
    )

    company_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    audience: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    why: Mapped[int]
    name_key: Mapped[str] = mapped_column(String().with_variant(String(collation="C"), "postgresql"))
    last_update: Mapped[int] = mapped_column(BigInteger)


MANAGER, MATE, ASSOCIATED, BELONGS = 1, 2, 4, 8
