"""What invoices show in other lists: how many belong to a contract, by its link or by External code (RECORDS.md 4)."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import func, select

from core import Actor, ListColumn, db

from .models import Invoice
from .panels import visible


def invoices_of_contracts(ids: Sequence[int], actor: Actor) -> Mapping[int, Any]:
    """Contract id → number of its invoices that the reader sees, as a link to them."""
    stmt = select(Invoice.contract_id, func.count()).where(Invoice.contract_id.in_(ids), Invoice.trashed_at.is_(None), visible(actor))
    return {
        contract_id: Markup('<a href="/contracts/{}?tab=invoices">{}</a>').format(contract_id, n)
        for contract_id, n in db.session.execute(stmt.group_by(Invoice.contract_id))
    }


COLUMNS = [ListColumn("contracts.contract", _l("Invoices"), name="invoices", values=invoices_of_contracts, numeric=True, weight=20)]
