"""Who may see and change invoices: as with their company; locked ones their creator only; deleting is for superadmins (docs/access.md)."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, false, or_, true

from core import Access, Actor, grant, restrict
from plugins.companies.access import follows_company, may_edit

from .models import DRAFT


def unlocked_or_own(actor: Actor, model: Any) -> ColumnElement[bool]:
    """The invoice is not locked, or the actor is who created it."""
    return or_(model.locked.is_(False), model.created_by_id == actor.user_id)


def draft_of_mine(actor: Actor, model: Any) -> ColumnElement[bool]:
    """A draft may be discarded by whoever may edit it; what was issued only by superadmins."""
    return and_(model.status == DRAFT, may_edit(actor, model.company_id))


INVOICE_ACCESS = follows_company(
    "company_id",
    delete=None,
    more=[
        grant("delete", _l("A draft may be discarded by whoever may edit it"), draft_of_mine, name="draft"),
        restrict("edit", _l("Locked: only who created it can change it"), unlocked_or_own, name="lock"),
    ],
)
SETUP_LIST = Access(
    rules=[
        grant("view", _l("Everybody with CRM View reads it"), lambda actor, model: true() if actor.has("CR") else false(), name="shared")
    ],
    create=lambda actor: actor.superadmin,
)
"""Lists that belong to CRM setup: read by everybody who sees the CRM, changed by superadmins."""
