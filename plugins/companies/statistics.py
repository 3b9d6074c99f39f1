"""Search statistics of companies (manual: grouped by manager or user, top tens by activity and sales). Only what the reader sees counts.

Each takes the SELECT of the visible, filtered ids and answers with one statement.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, desc, func, select, union_all

from core import Actor, Cell, Statistic, allowed, db, record_type
from core.activity import Note
from core.fields import country_name
from core.history import HistoryEntry
from core.identity import User
from core.records import hanging_on
from core.web import percent

from .models import ASSOCIATE, Company, Membership

COMPANY = "companies.company"
TOP = 10
SHARED_OUT = 7
"""So many stand by themselves where a whole is shared out; the others are added up."""
MOST = 100


def _among(ids: Any) -> Any:
    return Company.id.in_(ids)


def _with_the_rest(rows: Iterable[Sequence[Any]], most: int = MOST) -> list[Sequence[Any]]:
    """Rows of words and a number; beyond the most, the numbers are added up in one row."""
    all_rows = list(rows)
    shown, rest = all_rows[:most], all_rows[most:]
    return [*shown, [Cell(_("The other %(n)s", n=len(rest)), rest=True), sum(row[1] for row in rest)]] if rest else shown


def per_country(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """Companies by country, most first."""
    n = func.count().label("n")
    stmt = select(Company.country, n).where(_among(ids)).group_by(Company.country).order_by(desc("n"), Company.country)
    locale = str(get_locale() or "en")
    return _with_the_rest(
        [Cell(country_name(code, locale) if code else _("none"), filters={"country": code or "-"}), n]
        for code, n in db.session.execute(stmt)
    )


def per_manager(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """Companies by manager, most first."""
    n = func.count().label("n")
    stmt = select(User.id, User.name, n).select_from(Company).outerjoin(User, User.id == Company.manager_id).where(_among(ids))
    rows = db.session.execute(stmt.group_by(User.id, User.name).order_by(desc("n"), User.name, User.id))
    return _with_the_rest([_manager(user_id, name), n] for user_id, name, n in rows)


def _manager(user_id: int | None, name: str | None) -> Cell:
    return Cell(name or _("none"), filters={"manager_id": user_id or "-"})


def users_per_company(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """How many people belong to each company."""
    n = func.count().label("n")
    stmt = select(Company.id, Company.name, n).join_from(Company, Membership, Membership.company_id == Company.id).where(_among(ids))
    rows = db.session.execute(stmt.group_by(Company.id, Company.name).order_by(desc("n"), Company.name_key, Company.id))
    return _with_the_rest([Cell(name, id=company_id), n] for company_id, name, n in rows)


def per_associate(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """How many companies each user is associated with."""
    n = func.count().label("n")
    stmt = select(User.id, User.name, n).join_from(ASSOCIATE, User, User.id == ASSOCIATE.c.user_id).where(ASSOCIATE.c.company_id.in_(ids))
    rows = db.session.execute(stmt.group_by(User.id, User.name).order_by(desc("n"), User.name, User.id))
    return _with_the_rest([Cell(name, filters={"associate_ids": user_id}), n] for user_id, name, n in rows)


def _billed(ids: Any) -> list[Any]:
    return [_among(ids), Company.billing > 0]


def _sum(*, over: Any = Company.billing) -> Any:
    return func.sum(over, type_=Company.billing.type)


def _shared_out(rows: Sequence[Any], cells: Any) -> list[Sequence[Any]]:
    """Words, amount and share of the whole; the last row adds up what is not shown. Each row brings the whole as `whole`."""
    if not rows:
        return []
    whole = rows[0].whole
    out = [[cells(row), row.amount, percent(row.amount / whole, 1)] for row in rows[:SHARED_OUT]]
    rest = whole - sum((row.amount for row in rows[:SHARED_OUT]), Decimal(0))
    return [*out, [Cell(_("The rest"), rest=True), rest, percent(rest / whole, 1)]] if rest else out


def per_billing(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """How the billing is spread over companies: the largest, their share, and the rest."""
    whole = select(_sum()).where(*_billed(ids)).scalar_subquery()
    stmt = select(Company.id, Company.name, Company.billing.label("amount"), whole.label("whole")).where(*_billed(ids))
    rows = db.session.execute(stmt.order_by(Company.billing.desc(), Company.name_key, Company.id).limit(SHARED_OUT)).all()
    return _shared_out(rows, lambda row: Cell(row.name, id=row.id))


def _by_manager(ids: Any, most: int) -> Sequence[Any]:
    amount = _sum().label("amount")
    whole = select(_sum()).where(*_billed(ids)).scalar_subquery().label("whole")
    stmt = select(User.id, User.name, amount, whole).select_from(Company).outerjoin(User, User.id == Company.manager_id)
    stmt = stmt.where(*_billed(ids)).group_by(User.id, User.name).order_by(desc("amount"), User.name, User.id).limit(most)
    return db.session.execute(stmt).all()


def billing_per_manager(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """How the billing is spread over the companies' managers: the largest, their share, and the rest."""
    return _shared_out(_by_manager(ids, SHARED_OUT), lambda row: _manager(row.id, row.name))


def top_managers(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """The managers to whose companies most was billed."""
    return [[_manager(row.id, row.name), row.amount] for row in _by_manager(ids, TOP)]


def top_billing(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """The companies to which most was billed."""
    stmt = select(Company.id, Company.name, Company.billing).where(*_billed(ids))
    rows = db.session.execute(stmt.order_by(Company.billing.desc(), Company.name_key, Company.id).limit(TOP))
    return [[Cell(name, id=company_id), billing] for company_id, name, billing in rows]


def top_activity(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """The companies on which most happened: notes and changes, of themselves and of the contacts, contracts and invoices that are seen."""
    found = ids.cte("found")  # looked up once, not for each table that tells of them
    happened = union_all(*_happened(select(found.c.id), actor)).subquery().c
    most = select(happened.company_id, func.sum(happened.n).label("n")).group_by(happened.company_id)
    top = most.order_by(desc("n"), happened.company_id).limit(TOP).subquery().c  # names are asked of the ten alone
    stmt = select(Company.id, Company.name, top.n).join_from(Company, top.n.table, top.company_id == Company.id)
    stmt = stmt.order_by(top.n.desc(), Company.name_key, Company.id)
    return [[Cell(name, id=company_id), int(n)] for company_id, name, n in db.session.execute(stmt)]


def _happened(ids: Any, actor: Actor) -> list[Select[Any]]:
    """SELECT company and number, once per table that tells of it: its own notes and changes, and those of what hangs on it."""
    found = []
    for told in (Note, HistoryEntry):
        own = select(told.record_id.label("company_id"), func.count().label("n"))
        found.append(own.where(told.record_type == COMPANY, told.record_id.in_(ids), *_kept(told)).group_by(told.record_id))
    for child in hanging_on(record_type(COMPANY), actor):  # a lead only names who looks after it
        found += [_of_child(child, told, ids, actor) for told in (Note, HistoryEntry)]
    return found


def _of_child(child: Any, told: Any, ids: Any, actor: Actor) -> Select[Any]:
    model = child.rt.model
    key = getattr(model, child.field.name)
    stmt = select(key.label("company_id"), func.count().label("n")).join_from(told, model, model.id == told.record_id)
    seen = [model.trashed_at.is_(None), allowed(child.rt, "view", actor)]
    return stmt.where(told.record_type == child.rt.name, key.in_(ids), *seen, *_kept(told)).group_by(key)


def _kept(told: Any) -> list[Any]:
    return [Note.removed_at.is_(None)] if told is Note else []


def _statistic(name: str, title: Any, columns: Sequence[Any], rows: Any, weight: int, *, plugin: str = "") -> Statistic:
    return Statistic(COMPANY, name=name, title=title, columns=columns, rows=rows, weight=weight, plugin=plugin)


_COMPANY, _COMPANIES, _MANAGER, _BILLING, _SHARE = _l("Company"), _l("Companies"), _l("Manager"), _l("Billing"), _l("Share")
STATISTICS = [
    _statistic("country", _l("Companies by country"), [_l("Country"), _COMPANIES], per_country, 10),
    _statistic("manager", _l("Companies by manager"), [_MANAGER, _COMPANIES], per_manager, 20),
    _statistic("users", _l("Users per company"), [_COMPANY, _l("Users")], users_per_company, 30),
    _statistic("associates", _l("Companies per associated user"), [_l("User"), _COMPANIES], per_associate, 40),
    _statistic("company_billing", _l("Billing per company"), [_COMPANY, _BILLING, _SHARE], per_billing, 50, plugin="invoices"),
    _statistic("manager_billing", _l("Billing per manager"), [_MANAGER, _BILLING, _SHARE], billing_per_manager, 60, plugin="invoices"),
    _statistic("activity", _l("Top 10 by activity"), [_COMPANY, _l("Activities")], top_activity, 70),
    _statistic("billing", _l("Top 10 by sales"), [_COMPANY, _BILLING], top_billing, 80, plugin="invoices"),
    _statistic("managers", _l("Top 10 managers by sales"), [_MANAGER, _BILLING], top_managers, 90, plugin="invoices"),
]
