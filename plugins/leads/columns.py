"""What leads show in lists: a company's open leads and their sum, and a lead's tags."""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from flask_babel import get_locale
from markupsafe import Markup
from sqlalchemy import Select, func, select

from core import Actor, allowed, db, record_type
from core.db import among
from core.fields.format import amount_text
from core.web.pieces import tag

from .models import Lead
from .pipeline import tags_of as read_tags
from .stages import OPEN


def _open() -> Select[Any]:
    lead = Lead.__table__.c
    stmt = select(lead.company_id, func.count().label("n"), func.sum(lead.estimated_sale).label("sales"))
    return stmt.where(among(lead.company_id, "ids"), lead.progress.in_(OPEN), lead.trashed_at.is_(None)).group_by(lead.company_id)


_OPEN = _open()
"""Built once, but for the reader's rights: it runs with each list of companies."""


def open_leads(ids: Sequence[int], actor: Actor) -> Mapping[int, Any]:
    """Company id → its open leads that the reader sees: their number, and their estimated sales in words."""
    stmt, locale = _OPEN.where(allowed(record_type("leads.lead"), "view", actor)), str(get_locale() or "en")
    rows = db.session.execute(stmt, {"ids": list(ids)})
    return {company_id: (n, amount_text(sales, locale) if sales else "") for company_id, n, sales in rows}


how_many, how_much = itemgetter(0), itemgetter(1)
"""What the two columns show of it."""


def tags_of(ids: Sequence[int], actor: Actor) -> Mapping[int, Any]:
    """Lead id → its tags."""
    return {key: Markup(" ").join(tag(name, colour) for name, colour in tags) for key, tags in read_tags(ids).items()}
