"""Search statistics of companies (manual: grouped by manager or user, top tens by activity and sales). Only what the reader sees counts.

Each takes the SELECT of the visible, filtered ids; what several of them tell is asked once, and of the companies' own table where it can.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, case, desc, func, select, union_all

from core import Actor, Cell, Statistic, allowed, db, record_type
from core.activity import Note
from core.fields import country_name
from core.history import HistoryEntry
from core.identity import User
from core.records import asked_once, found_by, hanging_on
from core.web import percent

from .models import ASSOCIATE, Company, Membership

COMPANY = "companies.company"
TOP = 10
SHARED_OUT = 7
"""So many stand by themselves where a whole is shared out; the others are added up."""
MOST = 100


def _with_the_rest(rows: Iterable[Sequence[Any]], most: int = MOST) -> list[Sequence[Any]]:
    """Rows of words and a number; beyond the most, the numbers are added up in one row."""
    all_rows = list(rows)
    shown, rest = all_rows[:most], all_rows[most:]
    return [*shown, [Cell(_("The other %(n)s", n=len(rest)), rest=True), sum(row[1] for row in rest)]] if rest else shown


def per_country(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """Companies by country, most first."""
    n = func.count().label("n")
    stmt = select(Company.country, n).where(found_by(Company, ids)).group_by(Company.country).order_by(desc("n"), Company.country)
    locale = str(get_locale() or "en")
    return _with_the_rest(
        [Cell(country_name(code, locale) if code else _("none"), filters={"country": code or "-"}), n]
        for code, n in db.session.execute(stmt)
    )


@asked_once
def _managers(ids: Select[Any]) -> Sequence[Any]:
    """Each manager with the number of his companies and what was billed to them: (user_id, name, n, amount), those without one together."""
    amount = _sum(over=case((Company.billing > 0, Company.billing), else_=0)).label("amount")
    each = (
        select(Company.manager_id, func.count().label("n"), amount).where(found_by(Company, ids)).group_by(Company.manager_id).subquery().c
    )
    stmt = select(User.id.label("user_id"), User.name, each.n, each.amount)
    return db.session.execute(stmt.select_from(each.n.table).outerjoin(User, User.id == each.manager_id)).all()


def _manager(user_id: int | None, name: str | None) -> Cell:
    return Cell(name or _("none"), filters={"manager_id": user_id or "-"})


def _most_first(rows: Sequence[Any], figure: str) -> list[Any]:
    return sorted(rows, key=lambda row: (-getattr(row, figure), row.name or "", row.user_id or 0))


def per_manager(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """Companies by manager, most first."""
    return _with_the_rest([_manager(row.user_id, row.name), row.n] for row in _most_first(_managers(ids), "n"))


def users_per_company(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """How many people belong to each company."""
    n = select(func.count()).where(Membership.company_id == Company.id).correlate(Company).scalar_subquery().label("n")
    stmt = select(Company.id, Company.name, n).where(found_by(Company, ids), Company.id.in_(select(Membership.company_id)))
    rows = db.session.execute(stmt.order_by(desc("n"), Company.name_key, Company.id))
    return _with_the_rest([Cell(name, id=company_id), n] for company_id, name, n in rows)


def per_associate(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """How many companies each user is associated with."""
    associated = select(Company.id).where(found_by(Company, ids), Company.id.in_(select(ASSOCIATE.c.company_id)))
    n = func.count().label("n")
    stmt = select(User.id, User.name, n).join_from(ASSOCIATE, User, User.id == ASSOCIATE.c.user_id)
    stmt = stmt.where(ASSOCIATE.c.company_id.in_(associated)).group_by(User.id, User.name)
    rows = db.session.execute(stmt.order_by(desc("n"), User.name, User.id))
    return _with_the_rest([Cell(name, filters={"associate_ids": user_id}), n] for user_id, name, n in rows)


def _sum(*, over: Any) -> Any:
    return func.sum(over, type_=Company.billing.type)


def _whole(ids: Any) -> Decimal:
    return sum((row.amount for row in _managers(ids)), Decimal(0))


def _shared_out(rows: Sequence[Any], whole: Decimal, cells: Any) -> list[Sequence[Any]]:
    """Words, amount and share of the whole; the last row adds up what is not shown."""
    out = [[cells(row), row.amount, percent(row.amount / whole, 1)] for row in rows[:SHARED_OUT]]
    rest = whole - sum((row.amount for row in rows[:SHARED_OUT]), Decimal(0))
    return [*out, [Cell(_("The rest"), rest=True), rest, percent(rest / whole, 1)]] if rest else out


@asked_once
def _most_billed(ids: Select[Any]) -> Sequence[Any]:
    """The companies to which most was billed: (id, name, amount)."""
    stmt = select(Company.id, Company.name, Company.billing.label("amount")).where(found_by(Company, ids), Company.billing > 0)
    return db.session.execute(stmt.order_by(Company.billing.desc(), Company.name_key, Company.id).limit(TOP)).all()


def per_billing(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """How the billing is spread over companies: the largest, their share, and the rest."""
    return _shared_out(_most_billed(ids), _whole(ids), lambda row: Cell(row.name, id=row.id))


def _selling(ids: Any) -> list[Any]:
    return _most_first([row for row in _managers(ids) if row.amount], "amount")


def billing_per_manager(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """How the billing is spread over the companies' managers: the largest, their share, and the rest."""
    return _shared_out(_selling(ids), _whole(ids), lambda row: _manager(row.user_id, row.name))


def top_managers(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """The managers to whose companies most was billed."""
    return [[_manager(row.user_id, row.name), row.amount] for row in _selling(ids)[:TOP]]


def top_billing(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """The companies to which most was billed."""
    return [[Cell(row.name, id=row.id), row.amount] for row in _most_billed(ids)]


def top_activity(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """The companies on which most happened: notes and changes, of themselves and of the contacts, contracts and invoices that are seen."""
    happened = union_all(*_happened(ids, actor)).subquery().c
    each = select(happened.company_id, func.sum(happened.n).label("n")).group_by(happened.company_id).subquery().c
    stmt = select(Company.id, Company.name, each.n).join_from(each.n.table, Company, Company.id == each.company_id)
    rows = db.session.execute(stmt.order_by(each.n.desc(), Company.name_key, Company.id).limit(TOP))
    return [[Cell(name, id=company_id), int(n)] for company_id, name, n in rows]


def _happened(ids: Select[Any], actor: Actor) -> list[Select[Any]]:
    """SELECT company and number, once per table that tells of it: its own notes and changes, and those of what hangs on it."""
    found = []
    for told in (Note, HistoryEntry):
        company = ids.subquery().c
        own = select(company.id.label("company_id"), func.count().label("n")).join_from(
            told, company.id.table, company.id == told.record_id
        )
        found.append(own.where(told.record_type == COMPANY, *_kept(told)).group_by(company.id))
    for child in hanging_on(record_type(COMPANY), actor):  # a lead only names who looks after it
        found += [_of_child(child, told, ids, actor) for told in (Note, HistoryEntry)]
    return found


def _of_child(child: Any, told: Any, ids: Select[Any], actor: Actor) -> Select[Any]:
    model, company = child.rt.model, ids.subquery().c
    seen = select(model.id, getattr(model, child.field.name).label("company_id"))
    seen_children = seen.where(model.trashed_at.is_(None), allowed(child.rt, "view", actor)).subquery().c
    stmt = select(company.id.label("company_id"), func.count().label("n")).join_from(
        told, seen_children.id.table, seen_children.id == told.record_id
    )
    stmt = stmt.join(company.id.table, company.id == seen_children.company_id)
    return stmt.where(told.record_type == child.rt.name, *_kept(told)).group_by(company.id)


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
