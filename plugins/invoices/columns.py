"""What invoices show in lists: how many belong to a contract, by its link or by External code; the sums at the foot."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import func, select

from core import Actor, ListColumn, db
from core.records import ListSpec, base_conditions
from core.web import money

from .linked import count_linked
from .models import PAID, PENDING, RECEIVED, Invoice
from .panels import visible


def invoices_of_contracts(ids: Sequence[int], actor: Actor) -> Mapping[int, Any]:
    """Contract id → number of its invoices that the reader sees, as a link to them."""
    link = Markup('<a href="/contracts/{}?tab=invoices">{}</a>')
    return {contract_id: link.format(contract_id, n) for contract_id, n in count_linked(ids, visible(actor)).items() if n}


def sums(spec: ListSpec) -> Markup | None:
    """The sums of a filtered list per currency, issued and received apart; drafts and cancelled invoices don't count."""
    stmt = select(Invoice.currency, Invoice.invoice_type, func.sum(Invoice.total).label("total"))
    stmt = stmt.where(*base_conditions(spec), Invoice.status.in_((PENDING, PAID))).group_by(Invoice.currency, Invoice.invoice_type)
    parts = []
    for row in db.session.execute(stmt.order_by(Invoice.invoice_type.desc(), Invoice.currency)):
        word = _("Received") if row.invoice_type == RECEIVED else _("Total")
        name, figure = f"{row.invoice_type} {row.currency}", money(row.total, row.currency)
        parts.append(Markup('<span data-sum="{}">{} <b>{}</b></span>').format(name, word, figure))
    return Markup(" · ").join(parts) if parts else None


COLUMNS = [ListColumn("contracts.contract", _l("Invoices"), name="invoices", values=invoices_of_contracts, numeric=True, weight=20)]
