"""What contacts show on a company's page: the people to call, with their phone and mail."""

from typing import Any

from sqlalchemy import Select, bindparam, select

from core import Actor, Panel, allowed, record_type, render_markup
from core.access import for_reader
from core.db import read

from .models import Contact

SHOWN = 6


@for_reader
def _first(actor: Actor) -> Select[Any]:
    c = Contact.__table__.c
    there = c.company_id == bindparam("company_id"), c.trashed_at.is_(None), c.disabled.is_(False)
    stmt = select(c.id, c.fullname, c.position, c.phone, c.mobile, c.email)
    stmt = stmt.where(*there, allowed(record_type("contacts.contact"), "view", actor))
    return stmt.order_by(c.fullname_key, c.id).limit(SHOWN + 1)


def of_company(company: Any, actor: Actor) -> Any:
    """The first of the company's contacts, and whether there are more."""
    rows = read(_first(actor), {"company_id": company.id}).all()
    return render_markup("contacts/panel.html", rows=rows[:SHOWN], more=len(rows) > SHOWN, company=company) if rows else ""


PANELS = [Panel("companies.company", name="contacts", view=of_company, place="side", weight=10)]
