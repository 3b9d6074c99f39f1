"""The nouns."""

from core import RecordType, Section, shared_list
from core import fields as f

from .access import TICKET_ACCESS
from .models import NEW, STATES, Desk, Ticket

DESK = RecordType(
    name="helpdesk.desk",
    model=Desk,
    label="Desk",
    labels="Desks",
    title="name",
    url="/helpdesk/desks",
    icon="users",
    fields=[f.text("name", required=True, max_length=100)],
    list=["name"],
    access=shared_list(),
)
TICKET = RecordType(
    name="helpdesk.ticket",
    model=Ticket,
    label="Ticket",
    labels="Tickets",
    title="subject",
    icon="lifebuoy",
    fields=[
        f.text("subject", required=True, search=True, max_length=200),
        f.ref("company_id", "companies.company", required=True, tab=False),
        f.ref("desk_id", "helpdesk.desk", few=True),
        f.choice("state", options=STATES, required=True, default=NEW),
        f.flag("urgent"),
        f.multiline("text", search=True),
    ],
    list=["subject", "company_id", "desk_id", "state", "urgent"],
    form=[Section(name="ticket", label="Ticket", fields=("subject", "company_id", "desk_id", "state", "urgent", "text"))],
    access=TICKET_ACCESS,
)
