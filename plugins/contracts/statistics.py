"""Search statistics of contracts: by type, by status, by month of their end."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from core import Actor, Statistic, db
from core.records import found_by
from plugins.companies.models import Company

from .models import Contract, ContractType
from .records import STATUSES


def by_type(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """Contracts per type."""
    each = select(Contract.type_id, func.count().label("n")).where(found_by(Contract, ids)).group_by(Contract.type_id).subquery().c
    stmt = select(ContractType.name, each.n).select_from(each.n.table).outerjoin(ContractType, ContractType.id == each.type_id)
    stmt = stmt.order_by(each.n.desc(), ContractType.name.is_(None), ContractType.name)
    return [(name or _("none"), n) for name, n in db.session.execute(stmt)]


def by_status(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """Contracts per status."""
    found = dict(db.session.execute(select(Contract.status, func.count()).where(found_by(Contract, ids)).group_by(Contract.status)).all())
    return [(str(label), found.get(value, 0)) for value, label in STATUSES]


def by_company(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """The ten companies with the most contracts."""
    each = select(Contract.company_id, func.count().label("n")).where(found_by(Contract, ids)).group_by(Contract.company_id).subquery().c
    stmt = select(Company.name, each.n).join_from(each.n.table, Company, Company.id == each.company_id)
    stmt = stmt.order_by(each.n.desc(), Company.name, Company.id).limit(10)
    return [tuple(row) for row in db.session.execute(stmt)]


STATISTICS = [
    Statistic(
        "contracts.contract",
        name="by_type",
        title=_l("By type"),
        columns=[_l("Type of contract"), _l("Contracts")],
        rows=by_type,
        weight=10,
    ),
    Statistic(
        "contracts.contract", name="by_status", title=_l("By status"), columns=[_l("Status"), _l("Contracts")], rows=by_status, weight=20
    ),
    Statistic(
        "contracts.contract",
        name="by_company",
        title=_l("Top 10 companies"),
        columns=[_l("Company"), _l("Contracts")],
        rows=by_company,
        weight=30,
    ),
]
