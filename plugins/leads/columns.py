"""What leads show in lists: a company's open leads and their sum, and a lead's tags."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import get_locale
from markupsafe import Markup
from sqlalchemy import func, select

from core import Actor, allowed, db, record_type
from core.fields.format import amount_text
from core.web.pieces import tag

from .models import Lead
from .pipeline import tags_of as read_tags
from .stages import OPEN


def _open_of(ids: Sequence[int], actor: Actor, figure: Any) -> dict[int, Any]:
    visible = allowed(record_type("leads.lead"), "view", actor)
    stmt = select(Lead.company_id, figure).where(Lead.company_id.in_(ids), Lead.progress.in_(OPEN), Lead.trashed_at.is_(None), visible)
    return dict(db.session.execute(stmt.group_by(Lead.company_id)).all())


def leads_of(ids: Sequence[int], actor: Actor) -> Mapping[int, Any]:
    """Company id → number of its open leads that the reader sees."""
    return _open_of(ids, actor, func.count())


def sales_of(ids: Sequence[int], actor: Actor) -> Mapping[int, Any]:
    """Company id → estimated sales of its open leads that the reader sees."""
    locale = str(get_locale() or "en")
    return {key: amount_text(value, locale) for key, value in _open_of(ids, actor, func.sum(Lead.estimated_sale)).items() if value}


def tags_of(ids: Sequence[int], actor: Actor) -> Mapping[int, Any]:
    """Lead id → its tags."""
    return {key: Markup(" ").join(tag(name, colour) for name, colour in tags) for key, tags in read_tags(ids).items()}
