"""Tables: desks, who sits at them, tickets."""

from sqlalchemy import ForeignKey, Index, String

from core import Mapped, Record, mapped_column, plugin_base, search_column, sort_column
from plugins.companies.models import company_key

NEW, WAITING, CLOSED = "new", "waiting", "closed"
OPEN = (NEW, WAITING)
STATES = ((NEW, "New"), (WAITING, "Waiting"), (CLOSED, "Closed"))


class Desk(Record, plugin_base("helpdesk")):
    """Who answers one sort of question."""

    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = sort_column("name")


class Seat(plugin_base("helpdesk")):
    """A user's desk."""

    user_id: Mapped[int] = mapped_column(ForeignKey("core_user.id"), primary_key=True)
    desk_id: Mapped[int] = mapped_column(ForeignKey("helpdesk_desk.id"), index=True)


class Ticket(Record, plugin_base("helpdesk")):
    """What somebody of a company asked for."""

    __more_table_args__ = (Index("ix_helpdesk_ticket_company_id_state", "company_id", "state"),)

    subject: Mapped[str] = mapped_column(String(200))
    subject_key: Mapped[str] = sort_column("subject")
    text: Mapped[str | None]
    state: Mapped[str] = mapped_column(String(10), default=NEW)
    urgent: Mapped[bool] = mapped_column(default=False)
    company_id: Mapped[int] = company_key(index=False)
    desk_id: Mapped[int | None] = mapped_column(ForeignKey("helpdesk_desk.id"), index=True)
    search_text: Mapped[str] = search_column("subject", "text")
