"""Search statistics of leads (manual): funnel, conversion ratio, countries, users per lead, top 10 estimated sales, new leads."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, case, func, select

from core import Actor, Cell, Statistic, db, utcnow
from core.fields import amount_text, country_name, month_text
from core.identity import User
from core.records import asked_once, found_by
from core.web import percent

from .models import Lead
from .stages import LOST, OPEN, WON, stages

TYPE = "leads.lead"
TOP = 7


def _amount(value: Decimal | None) -> str:
    return amount_text(value or Decimal(0), str(get_locale() or "en"))


def _share(part: int, whole: int) -> str:
    return percent(Decimal(part) / whole, 1) if whole else "–"


@asked_once
def _stages(ids: Select[Any]) -> dict[int, Any]:
    """Stage → its number of leads and the sum of their estimated sales (n, total)."""
    stmt = select(Lead.progress, func.count().label("n"), func.sum(Lead.estimated_sale).label("total")).where(found_by(Lead, ids))
    return {row.progress: row for row in db.session.execute(stmt.group_by(Lead.progress))}


def funnel(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """Per stage: how many, their share of all, and the sum of estimated sales."""
    found = _stages(ids)
    whole = sum(row.n for row in found.values())
    return [
        (
            name,
            found[code].n if code in found else 0,
            _share(found[code].n if code in found else 0, whole),
            _amount(found[code].total if code in found else None),
        )
        for code, name in stages()
    ]


def conversion(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """Won of all, won of closed, and the amount won. With none closed the table says so."""
    found = _stages(ids)
    won = found[WON].n if WON in found else 0
    closed = won + sum(found[c].n for c in LOST if c in found)
    whole = sum(row.n for row in found.values())
    if not closed:
        return [(_("There are no closed leads here, so there is no ratio yet."), "–")]
    return [
        (_("Won of all"), _share(won, whole)), (_("Won of closed"), _share(won, closed)),
        (_("Amount won"), _amount(found[WON].total if WON in found else None)),
    ]  # fmt: skip


def by_country(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """Leads per country: the seven with most, and the rest."""
    stmt = (
        select(Lead.country, func.count().label("n"))
        .where(found_by(Lead, ids))
        .group_by(Lead.country)
        .order_by(func.count().desc(), Lead.country.is_(None), Lead.country)
    )
    rows = list(db.session.execute(stmt))
    locale = str(get_locale() or "en")
    out = [(country_name(row.country, locale) or _("unknown"), row.n) for row in rows[:TOP]]
    rest = sum(row.n for row in rows[TOP:])
    return [*out, (Cell(_("The rest"), rest=True), rest)] if rest else out


def by_owner(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """Users per lead: leads per owner."""
    each = select(Lead.owner_id, func.count().label("n")).where(found_by(Lead, ids)).group_by(Lead.owner_id).subquery().c
    stmt = select(User.name, each.n).select_from(each.n.table).outerjoin(User, User.id == each.owner_id)
    stmt = stmt.order_by(each.n.desc(), User.name.is_(None), User.name, User.id)
    return [(row.name or _("nobody"), row.n) for row in db.session.execute(stmt)]


def top_sales(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """The ten open leads with the largest estimated sales; where a filter asks for closed ones only, those."""
    stmt = select(Lead.fullname, Lead.company, Lead.estimated_sale).where(found_by(Lead, ids)).order_by(Lead.estimated_sale.desc(), Lead.id)
    rows = db.session.execute(stmt.where(Lead.progress.in_(OPEN)).limit(10)).all() or db.session.execute(stmt.limit(10)).all()
    return [(row.company or row.fullname, _amount(row.estimated_sale)) for row in rows]


def new_leads(ids: Any, actor: Actor) -> Sequence[Sequence[Any]]:
    """New leads per month, of the last twelve."""
    now = utcnow()
    months = [((now.year * 12 + now.month - 1 - back) // 12, (now.year * 12 + now.month - 1 - back) % 12 + 1) for back in range(11, -1, -1)]
    starts = [now.replace(year=y, month=m, day=1, hour=0, minute=0, second=0, microsecond=0) for y, m in months]
    place = case(*((Lead.created_at >= start, n) for n, start in reversed(list(enumerate(starts)))))
    made = select(place.label("place")).where(found_by(Lead, ids), Lead.created_at >= starts[0]).subquery().c
    found = db.session.execute(select(made.place, func.count()).group_by(made.place))
    counts = dict.fromkeys(months, 0) | {months[at]: n for at, n in found}
    locale = str(get_locale() or "en")
    return [(month_text(year, month, locale), n) for (year, month), n in counts.items()]


STATISTICS = [
    Statistic(
        TYPE,
        name="funnel",
        title=_l("Funnel"),
        columns=[_l("Stage"), _l("Leads"), _l("Share"), _l("Estimated sales")],
        rows=funnel,
        weight=10,
    ),
    Statistic(
        TYPE, name="conversion", title=_l("Conversion ratio"), columns=[_l("Figure"), _l("Value")], rows=conversion, chart="", weight=20
    ),
    Statistic(TYPE, name="countries", title=_l("Leads per country"), columns=[_l("Country"), _l("Leads")], rows=by_country, weight=30),
    Statistic(TYPE, name="owners", title=_l("Users per lead"), columns=[_l("Owner"), _l("Leads")], rows=by_owner, weight=40),
    Statistic(
        TYPE,
        name="top_sales",
        title=_l("Top 10 estimated sales"),
        columns=[_l("Lead"), _l("Estimated sale")],
        rows=top_sales,
        chart="",
        weight=50,
    ),
    Statistic(TYPE, name="new_leads", title=_l("New leads"), columns=[_l("Month"), _l("Leads")], rows=new_leads, chart="bar", weight=60),
]
