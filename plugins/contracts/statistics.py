"""Search statistics of contracts: by type, by status, by month of their end."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from core import Actor, Statistic, db
from plugins.companies.models import Company

from .models import Contract, ContractType
from .records import STATUSES


def by_type(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """Contracts per type."""
    stmt = (
        select(ContractType.name, func.count().label("n"))
        .select_from(Contract)
        .outerjoin(ContractType, ContractType.id == Contract.type_id)
        .where(Contract.id.in_(ids))
        .group_by(ContractType.name)
        .order_by(func.count().desc(), ContractType.name.is_(None), ContractType.name)
    )
    return [(name or _("none"), n) for name, n in db.session.execute(stmt)]


def by_status(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """Contracts per status."""
    found = dict(db.session.execute(select(Contract.status, func.count()).where(Contract.id.in_(ids)).group_by(Contract.status)).all())
    return [(str(label), found.get(value, 0)) for value, label in STATUSES]


def by_company(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """The ten companies with the most contracts."""
    stmt = (
        select(Company.name, func.count().label("n"))
        .join_from(Contract, Company, Company.id == Contract.company_id)
        .where(Contract.id.in_(ids))
        .group_by(Company.id, Company.name)
        .order_by(func.count().desc(), Company.name)
        .limit(10)
    )
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
