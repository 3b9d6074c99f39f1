"""Who may see and change contracts: whoever may with their company; private ones are for its manager and his mates (docs/access.md)."""

from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, or_

from core import Actor, restrict, shared_list
from plugins.companies.access import follows_company, insider


def open_or_insider(actor: Actor, model: Any) -> ColumnElement[bool]:
    """The contract is not private, or the actor is the company's manager or one of his mates."""
    return or_(model.private.is_(False), insider(actor, model.company_id))


CONTRACT_ACCESS = follows_company(
    "company_id",
    delete="delete",
    more=[
        restrict(
            "view", _l("Private contract: only for the company's manager and those of his own company"), open_or_insider, name="private"
        )
    ],
)
SHARED = shared_list()
