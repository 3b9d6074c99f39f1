"""What leads show in lists: a company's open leads and their sum, and a lead's tags."""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from flask_babel import get_locale
from markupsafe import Markup
from sqlalchemy import Select, func, select

from core import Actor, allowed, record_type
from core.access import for_reader
from core.db import among, read
from core.fields import amount_text
from core.web import tag

from .models import Lead
from .pipeline import tags_of as read_tags
from .stages import OPEN


@for_reader
def _open(actor: Actor) -> Select[Any]:
    lead = Lead.__table__.c
    stmt = select(lead.company_id, func.count().label("n"), func.sum(lead.estimated_sale).label("sales"))
    there = among(lead.company_id, "ids"), lead.progress.in_(OPEN), lead.trashed_at.is_(None)
    return stmt.where(*there, allowed(record_type("leads.lead"), "view", actor)).group_by(lead.company_id)


def open_leads(ids: Sequence[int], actor: Actor) -> Mapping[int, Any]:
    """Company id → its open leads that the reader sees: their number, and their estimated sales in words."""
    locale = str(get_locale() or "en")
    rows = read(_open(actor), {"ids": list(ids)})
    return {company_id: (n, amount_text(sales, locale) if sales else "") for company_id, n, sales in rows}


how_many, how_much = itemgetter(0), itemgetter(1)
"""What the two columns show of it."""


def tags_of(ids: Sequence[int], actor: Actor) -> Mapping[int, Any]:
    """Lead id → its tags."""
    return {key: Markup(" ").join(tag(name, colour) for name, colour in tags) for key, tags in read_tags(ids).items()}
