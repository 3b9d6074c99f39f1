"""How other programs reach the helpdesk: REST, the classic API, the command line, and a kind of custom field."""

import click
from sqlalchemy import select

from core import ApiOperation, ClassicOperation, create_record, db, record_type

from .models import OPEN, Ticket
from .services import close_ticket


def close_by_rest(ticket, body, actor):
    return close_ticket(ticket, actor)


def create_ticket(params, actor):
    """subject, company id, text → the ticket's id."""
    subject, company_id, text = [*params, "", "", ""][:3]
    values = {"subject": subject, "company_id": int(company_id), "text": text or None}
    return str(create_record(record_type("helpdesk.ticket"), values, actor).id)


def stars(definition):
    """A custom field of one to five stars."""
    from core.fields import kinds

    return kinds.Choice(options=tuple((str(n), "★" * n) for n in range(1, 6)))


@click.command("tickets")
def tickets():
    """List open tickets."""
    for ticket in db.session.scalars(select(Ticket).where(Ticket.state.in_(OPEN)).order_by(Ticket.id)):
        click.echo(f"{ticket.id}\t{ticket.subject}")


API = [ApiOperation("helpdesk.ticket", "close", run=close_by_rest, summary="Close a ticket")]
CLASSIC = [ClassicOperation("create_ticket", run=create_ticket, scope="helpdesk:create")]
