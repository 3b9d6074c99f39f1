"""Who sees tickets: who sees their company, and whoever sits at their desk. And one rule on companies."""

from sqlalchemy import false, not_, select, true

from core import Access, grant, restrict
from plugins.companies.access import follows_company

from .models import OPEN, Ticket


def _at_my_desk(actor, model):
    desk_id = actor.facts.get("desk_id")
    return model.desk_id == desk_id if desk_id and actor.has("HD") else false()


def _urgent(actor, model):
    return select(Ticket.id).where(Ticket.company_id == model.id, Ticket.urgent, Ticket.state.in_(OPEN)).exists()


_company = follows_company("company_id", edit="view")
TICKET_ACCESS = Access(
    rules=[
        *_company.rules,
        grant("view", "Sits at its desk", _at_my_desk, name="desk"),
        grant("create", "Takes questions", lambda actor, model: true() if actor.has("HD") else false(), name="takes"),
        grant("edit", "Sits at its desk", _at_my_desk, name="desk-edit"),
    ],
    create=lambda actor: actor.has("CW") or actor.has("HD"),
)
NOT_WHILE_URGENT = restrict(
    "delete", "No urgent ticket is open", lambda actor, model: not_(_urgent(actor, model)), target="companies.company", name="urgent"
)
