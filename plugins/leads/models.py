"""Tables of leads: types, tags, leads, and the track of their stages."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Column, ForeignKey, Index, String, Table
from sqlalchemy.orm import Mapped, mapped_column

from core import Record, db, plugin_base, search_column, sort_column, utcnow
from plugins.companies.models import company_key


class LeadType(Record, plugin_base("leads")):
    """A type of lead: each has custom fields of its own."""

    __tablename__ = "leads_type"

    name: Mapped[str] = mapped_column(String(255))
    name_key: Mapped[str] = sort_column("name")
    description: Mapped[str | None]


class LeadTag(Record, plugin_base("leads")):
    """A coloured mark for leads that need attention."""

    __tablename__ = "leads_tag"

    name: Mapped[str] = mapped_column(String(60))
    name_key: Mapped[str] = sort_column("name")
    description: Mapped[str | None]
    colour: Mapped[str] = mapped_column(String(10), default="grey")


TAGGED = Table(
    "leads_tagged",
    db.metadata,
    Column("lead_id", ForeignKey("leads_lead.id"), primary_key=True),
    Column("tag_id", ForeignKey("leads_tag.id"), primary_key=True, index=True),
)


class Lead(Record, plugin_base("leads")):
    """Somebody who might sign. `progress` is the code of the stage; silence counts from `changed_at`."""

    fullname: Mapped[str] = mapped_column(String(255))
    fullname_key: Mapped[str] = sort_column("fullname")
    search_text: Mapped[str] = search_column("fullname", "company", "email", "phone", "mobile")
    email: Mapped[str] = mapped_column(String(255), index=True)
    email_key: Mapped[str] = sort_column("email")
    company: Mapped[str | None] = mapped_column(String(255))
    company_id: Mapped[int | None] = company_key(nullable=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("core_user.id"))
    phone: Mapped[str | None] = mapped_column(String(60))
    mobile: Mapped[str | None] = mapped_column(String(60))
    position: Mapped[str | None] = mapped_column(String(255))
    country: Mapped[str | None] = mapped_column(String(255))
    language: Mapped[str | None] = mapped_column(String(20))
    progress: Mapped[int] = mapped_column(default=0)
    estimated_sale: Mapped[Decimal] = mapped_column(default=Decimal(0))
    estimated_close_date: Mapped[date | None]
    alarm: Mapped[date | None]
    description: Mapped[str | None]
    executive_overview: Mapped[str | None]
    type_id: Mapped[int | None] = mapped_column(ForeignKey("leads_type.id"), index=True)
    campaign_id: Mapped[int | None]
    changed_at: Mapped[datetime] = mapped_column(default=utcnow)
    closed_at: Mapped[datetime | None]
    incomplete: Mapped[str | None]
    """Of a lead that a machine made: which fields a person would have had to fill."""
    duplicate_of_id: Mapped[int | None] = mapped_column(ForeignKey("leads_lead.id"))

    __more_table_args__ = (
        Index("ix_leads_lead_stage", "progress", "estimated_sale", "id"),
        Index("ix_leads_lead_owner", "owner_id", "progress", "estimated_sale", "id"),
        Index("ix_leads_lead_company_stage", "company_id", "progress", "estimated_sale", "id"),
        Index("ix_leads_lead_name", "fullname_key", "id"),
        Index("ix_leads_lead_email_key", "email_key", "id"),
        Index("ix_leads_lead_changed", "changed_at", "id"),
    )


class LeadMove(plugin_base("leads")):
    """One step of a lead's track: what changed from what to what, who did it, when."""

    __tablename__ = "leads_move"

    id: Mapped[int] = mapped_column(primary_key=True)
    lead_id: Mapped[int] = mapped_column(ForeignKey("leads_lead.id"), index=True)
    what: Mapped[str] = mapped_column(String(30))
    before: Mapped[str | None]
    after: Mapped[str | None]
    actor_id: Mapped[int | None]
    at: Mapped[datetime] = mapped_column(default=utcnow)
