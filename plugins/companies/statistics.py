"""Search statistics of companies (manual: grouped by manager or user, top tens by activity and sales). Only what the reader sees counts.

Each takes the SELECT of the visible, filtered ids and answers with one statement.
"""

from collections.abc import Sequence
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import desc, func, select

from core import Statistic
from core.access import Actor
from core.db import db
from core.fields.countries import country_name
from core.history import HistoryEntry
from core.identity.models import User

from .models import ASSOCIATE, Company, Membership

TOP = 10
MOST = 50


def _among(ids: Any) -> Any:
    return Company.id.in_(ids)


def per_country(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """Companies by country, most first."""
    n = func.count().label("n")
    stmt = select(Company.country, n).where(_among(ids)).group_by(Company.country).order_by(desc("n"), Company.country).limit(MOST)
    locale = str(get_locale() or "en")
    return [[country_name(code, locale) if code else _("none"), n] for code, n in db.session.execute(stmt)]


def per_manager(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """Companies by manager, most first."""
    n = func.count().label("n")
    stmt = select(User.name, n).select_from(Company).outerjoin(User, User.id == Company.manager_id).where(_among(ids))
    stmt = stmt.group_by(User.id, User.name).order_by(desc("n"), User.name).limit(MOST)
    return [[name or _("none"), n] for name, n in db.session.execute(stmt)]


def users_per_company(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """How many people belong to each company."""
    n = func.count().label("n")
    stmt = select(Company.name, n).join_from(Company, Membership, Membership.company_id == Company.id).where(_among(ids))
    return [list(row) for row in db.session.execute(stmt.group_by(Company.id, Company.name).order_by(desc("n"), Company.name).limit(MOST))]


def per_associate(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """How many companies each user is associated with."""
    n = func.count().label("n")
    stmt = select(User.name, n).join_from(ASSOCIATE, User, User.id == ASSOCIATE.c.user_id).where(ASSOCIATE.c.company_id.in_(ids))
    return [list(row) for row in db.session.execute(stmt.group_by(User.id, User.name).order_by(desc("n"), User.name).limit(MOST))]


def top_billing(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """Companies with the highest billing."""
    stmt = select(Company.name, Company.billing).where(_among(ids), Company.billing > 0)
    return [list(row) for row in db.session.execute(stmt.order_by(Company.billing.desc(), Company.name_key, Company.id).limit(TOP))]


def billing_per_manager(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """Billing by the companies' managers."""
    total = func.sum(Company.billing, type_=Company.billing.type).label("total")
    stmt = select(User.name, total).select_from(Company).outerjoin(User, User.id == Company.manager_id)
    stmt = stmt.where(_among(ids), Company.billing > 0).group_by(User.id, User.name).order_by(desc("total"), User.name).limit(TOP)
    return [[name or _("none"), amount] for name, amount in db.session.execute(stmt)]


def top_activity(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """Companies with the most changes that history holds."""
    n = func.count().label("n")
    stmt = (
        select(Company.name, n).join_from(HistoryEntry, Company, Company.id == HistoryEntry.record_id)
        .where(HistoryEntry.record_type == "companies.company", _among(ids))
        .group_by(Company.id, Company.name).order_by(desc("n"), Company.name).limit(TOP)
    )  # fmt: skip
    return [list(row) for row in db.session.execute(stmt)]


def _statistic(name: str, title: Any, of: Any, figure: Any, rows: Any, weight: int) -> Statistic:
    return Statistic("companies.company", name=name, title=title, columns=[of, figure], rows=rows, weight=weight)


STATISTICS = [
    _statistic("country", _l("Companies by country"), _l("Country"), _l("Companies"), per_country, 10),
    _statistic("manager", _l("Companies by manager"), _l("Manager"), _l("Companies"), per_manager, 20),
    _statistic("users", _l("Users per company"), _l("Company"), _l("Users"), users_per_company, 30),
    _statistic("associates", _l("Companies per associated user"), _l("User"), _l("Companies"), per_associate, 40),
    _statistic("billing", _l("Top ten by sales"), _l("Company"), _l("Billing"), top_billing, 50),
    _statistic("manager_billing", _l("Managers by sales"), _l("Manager"), _l("Billing"), billing_per_manager, 60),
    _statistic("activity", _l("Top ten by activity"), _l("Company"), _l("Changes"), top_activity, 70),
]
