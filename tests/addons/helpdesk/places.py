"""What the helpdesk adds to others' pages: tab, actions, panel, fact, column, macro, statistic, card."""

from flask import render_template
from sqlalchemy import func, select

from core import Action, Card, Fact, ListColumn, Macro, Panel, Statistic, Tab, db, record_type, select_ids

from .models import CLOSED, OPEN, Ticket


def _visible(actor):
    return Ticket.id.in_(select_ids(record_type("helpdesk.ticket"), actor))


def _of_company(company_id, actor):
    return select(Ticket).where(Ticket.company_id == company_id, Ticket.state.in_(OPEN), _visible(actor)).order_by(Ticket.id.desc())


def urgent_tickets(actor):
    number = db.session.scalar(select(func.count()).select_from(Ticket).where(Ticket.urgent, Ticket.state.in_(OPEN), _visible(actor)))
    return (number, f"{number} urgent", True) if number else None


def tickets_tab(company, actor):
    found = db.session.scalars(_of_company(company.id, actor).limit(50)).all()
    return render_template("helpdesk/tickets.html", tickets=found, company=company)


def count_tickets(company_id, actor):
    return select(func.count()).select_from(_of_company(company_id, actor).order_by(None).subquery())


def last_ticket(company, actor):
    ticket = db.session.scalars(_of_company(company.id, actor).limit(1)).first()
    return render_template("helpdesk/last.html", ticket=ticket) if ticket else ""


def open_tickets(company, actor):
    return db.session.scalar(count_tickets(company.id, actor)) or None


def tickets_per_company(ids, actor):
    counted = select(Ticket.company_id, func.count()).where(Ticket.company_id.in_(ids), Ticket.state.in_(OPEN), _visible(actor))
    return dict(db.session.execute(counted.group_by(Ticket.company_id)).all())


def macro_tickets(contract, context):
    return str(db.session.scalar(select(func.count()).select_from(Ticket).where(Ticket.company_id == contract.company_id)))


def by_state(ids, actor):
    counted = select(Ticket.state, func.count()).where(Ticket.company_id.in_(ids), _visible(actor)).group_by(Ticket.state)
    return [list(row) for row in db.session.execute(counted.order_by(Ticket.state))]


def my_tickets(actor):
    mine = select(Ticket).where(Ticket.desk_id == actor.facts.get("desk_id"), Ticket.state.in_(OPEN), _visible(actor))
    found = db.session.scalars(mine.order_by(Ticket.urgent.desc(), Ticket.id).limit(5)).all()
    return render_template("helpdesk/tickets.html", tickets=found, company=None) if found else ""


TABS = [Tab("companies.company", "Tickets", name="tickets", view=tickets_tab, count=count_tickets, weight=80)]
ACTIONS = [
    Action(
        "helpdesk.ticket", "Close", name="close", endpoint="helpdesk.close", icon="check",
        visible=lambda ticket, actor: ticket.state != CLOSED,
    ),
    Action("companies.company", "New ticket", name="ticket", endpoint="helpdesk.new_for", method="GET", needs="view", icon="lifebuoy"),
]  # fmt: skip
PANELS = [Panel("companies.company", name="ticket", view=last_ticket, place="side", weight=70)]
FACTS = [Fact("companies.company", "Open tickets", name="tickets", value=open_tickets, weight=70)]
COLUMNS = [ListColumn("companies.company", "Tickets", name="tickets", values=tickets_per_company, numeric=True, weight=80)]
MACROS = [Macro("contracts.contract", "open_tickets", label="Number of tickets of the company", value=macro_tickets, group="Helpdesk")]
STATISTICS = [Statistic("companies.company", name="tickets", title="Tickets by state", columns=["State", "Tickets"], rows=by_state)]
CARDS = [Card("tickets", title="Tickets at my desk", view=my_tickets)]
