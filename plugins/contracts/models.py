"""Tables of contracts: types, contracts, document templates."""

from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, String

from core import Mapped, Record, mapped_column, plugin_base, search_column, sort_column
from plugins.companies.models import company_key


def contract_key(**options: Any) -> Any:
    """A foreign key to a contract, with its index, for what hangs on one."""
    return mapped_column(ForeignKey("contracts_contract.id"), index=True, **options)


class ContractType(Record, plugin_base("contracts")):
    """A type of contract (services, licences …): each has custom fields of its own."""

    __tablename__ = "contracts_type"

    name: Mapped[str] = mapped_column(String(255))
    name_key: Mapped[str] = sort_column("name")
    description: Mapped[str | None]


class Contract(Record, plugin_base("contracts")):
    """What was signed with a company, from when to when, and on which terms."""

    name: Mapped[str] = mapped_column(String(255))
    name_key: Mapped[str] = sort_column("name")
    search_text: Mapped[str] = search_column("name", "contract_number", "description")
    contract_number: Mapped[str | None] = mapped_column(String(1000))
    description: Mapped[str | None]
    date_begin: Mapped[date]
    date_end: Mapped[date | None]
    decision_on: Mapped[date | None]
    """The day by which one must decide: the end less the days of notice. Stored, so that lists can look for it."""
    company_id: Mapped[int] = company_key()
    sla_id: Mapped[int | None]
    group_id: Mapped[int | None]
    private: Mapped[bool] = mapped_column(default=False)
    status: Mapped[int] = mapped_column(default=1)
    type_id: Mapped[int | None] = mapped_column(ForeignKey("contracts_type.id"), index=True)
    related_contract_id: Mapped[int | None] = mapped_column(ForeignKey("contracts_contract.id"), index=True)
    renewal: Mapped[str] = mapped_column(String(10), default="none")
    notice_days: Mapped[int] = mapped_column(default=0)
    amount: Mapped[Decimal | None]
    currency: Mapped[str | None] = mapped_column(String(3))
    billing_period: Mapped[str | None] = mapped_column(String(10))
    manager_id: Mapped[int | None] = mapped_column(ForeignKey("core_user.id"), index=True)

    __more_table_args__ = (
        Index("ix_contracts_contract_name", "name_key", "id"),
        Index("ix_contracts_contract_end", "date_end", "id"),
        Index("ix_contracts_contract_company_end", "company_id", "date_end", "id"),
    )


class ContractTemplate(Record, plugin_base("contracts")):
    """The HTML of a document in which macros stand for a contract's data."""

    __tablename__ = "contracts_template"

    name: Mapped[str] = mapped_column(String(255))
    name_key: Mapped[str] = sort_column("name")
    description: Mapped[str | None]
    body: Mapped[str | None]
