"""The verbs: they take values, flush, and never commit."""

import logging
from datetime import timedelta

from sqlalchemy import delete, select, update

from core import Actor, Conflict, Invalid, create_record, db, get_option, record_type, runtime, unit_of_work, update_record, utcnow

from .models import CLOSED, NEW, OPEN, WAITING, Desk, Seat, Ticket

log = logging.getLogger(__name__)
STATES_SEEN = []


def close_ticket(ticket, actor):
    """Close a ticket. Raises Conflict when it is closed, or when somebody who listens to `ticket_closing` refuses."""
    if ticket.state == CLOSED:
        raise Conflict("This ticket is closed already.")
    runtime().addons.call("ticket_closing", ticket=ticket)
    return update_record(record_type("helpdesk.ticket"), ticket, {"state": CLOSED}, actor)


def check_ticket(change):
    """An urgent ticket needs somebody who takes it."""
    ticket = change.record
    if ticket.urgent and ticket.state in OPEN and ticket.desk_id is None and db.session.scalar(select(Desk.id).limit(1)):
        raise Invalid({"desk_id": "An urgent ticket needs a desk."})


def tell_the_desk(change):
    """After the commit: whoever wants to may listen."""
    log.info("ticket %s: %s", change.record.id, change.action)


def desks_of(user_ids):
    """User → desk, in one statement."""
    rows = db.session.execute(select(Seat.user_id, Seat.desk_id).where(Seat.user_id.in_(list(user_ids))))
    return {row.user_id: row.desk_id for row in rows}


def sit_down(user, desk_id):
    """Give a user a desk; None takes it away."""
    db.session.execute(delete(Seat).where(Seat.user_id == user.id))
    if desk_id:
        db.session.add(Seat(user_id=user.id, desk_id=desk_id))
    db.session.flush()


def leave_desk(user_id, heir_id):
    """Who is disabled leaves his desk to the heir, if he has none."""
    desk_id = desks_of([user_id]).get(user_id)
    db.session.execute(delete(Seat).where(Seat.user_id == user_id))
    if desk_id and heir_id and heir_id not in desks_of([heir_id]):
        db.session.add(Seat(user_id=heir_id, desk_id=desk_id))
    db.session.flush()


def escalate():
    """Every five minutes: what has waited too long becomes urgent, once it has a desk."""
    limit = utcnow() - timedelta(hours=int(get_option("helpdesk.hours", 24)))
    with unit_of_work():
        db.session.execute(
            update(Ticket).where(Ticket.state == NEW, Ticket.created_at < limit, Ticket.desk_id.is_not(None)).values(urgent=True)
        )


def close_stale(progress, *, days=30):
    """Background work: close what has waited for an answer for so many days."""
    before = utcnow() - timedelta(days=days)
    found = db.session.scalars(select(Ticket).where(Ticket.state == WAITING, Ticket.updated_at < before)).all()
    for ticket in found:
        close_ticket(ticket, Actor.system())
    return len(found)


def ticket_from_mail(message):
    """A mail whose subject begins with [company id] becomes a ticket; None leaves it to others."""
    subject = str(getattr(message, "subject", ""))
    number, closed, rest = subject.removeprefix("[").partition("]")
    if not subject.startswith("[") or not closed or not number.isdigit():
        return None
    values = {"subject": rest.strip() or "(no subject)", "company_id": int(number), "text": str(getattr(message, "text", ""))}
    create_record(record_type("helpdesk.ticket"), values, Actor.system(), required=False)
    return True
