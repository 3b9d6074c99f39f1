"""The state of an invoice as lists and pages show it: what is not paid in time says for how many days."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, String, and_, case, cast, literal

from core.fields import Writing, kinds
from core.web import status

from .models import CANCELED, DRAFT, PAID, PENDING

STATUSES = ((DRAFT, _l("Draft")), (PENDING, _l("Pending")), (PAID, _l("Paid")), (CANCELED, _l("Cancelled")))
SHAPES = {DRAFT: "half", PENDING: "warn hollow", PAID: "ok", CANCELED: "x"}


@dataclass(frozen=True, kw_only=True)
class Status(kinds.Choice):
    """The state; a page reads it with the day on which payment is due behind it, as `shown_state` gives it."""

    def page(self, value: Any, writing: Writing) -> str:
        state, _space, due = str(value or "").partition(" ")
        if due and (late := (datetime.now(ZoneInfo(writing.timezone)).date() - date.fromisoformat(due[:10])).days) > 0:
            return str(status("bad", _("%(days)s d late", days=late)))
        return super().page(state or None, writing)


def shown_state(model: Any) -> ColumnElement[Any]:
    """The state, and of a pending invoice the day on which it is due."""
    due = and_(model.status == PENDING, model.invoice_expiration_date.is_not(None))
    return case((due, literal(f"{PENDING} ") + cast(model.invoice_expiration_date, String)), else_=model.status)
