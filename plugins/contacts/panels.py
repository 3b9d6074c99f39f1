"""What contacts show on a company's page: the people to call, with their phone and mail."""

from typing import Any

from sqlalchemy import select

from core import Actor, Panel, allowed, db, record_type
from core.records.rendering import render_markup

from .models import Contact

SHOWN = 6


def of_company(company: Any, actor: Actor) -> Any:
    """The first of the company's contacts, and whether there are more."""
    rt = record_type("contacts.contact")
    rows = db.session.execute(
        select(Contact.id, Contact.fullname, Contact.position, Contact.phone, Contact.mobile, Contact.email)
        .where(Contact.company_id == company.id, Contact.trashed_at.is_(None), Contact.disabled.is_(False), allowed(rt, "view", actor))
        .order_by(Contact.fullname_key, Contact.id)
        .limit(SHOWN + 1)
    ).all()
    return render_markup("contacts/panel.html", rows=rows[:SHOWN], more=len(rows) > SHOWN, company=company) if rows else ""


PANELS = [Panel("companies.company", name="contacts", view=of_company, place="side", weight=10)]
