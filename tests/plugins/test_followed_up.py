"""What one act changes on many records asks the database the same for few and for many: an heir, another currency, statistics."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, update

from core.db import db
from core.history import HistoryEntry
from core.identity.services import disable_user, enable_user, find_user
from plugins.companies.models import Company
from plugins.contracts.models import Contract
from plugins.invoices.models import Invoice
from plugins.leads.models import Lead

OWNED = {"companies.company": (Company, "manager_id"), "contracts.contract": (Contract, "manager_id"), "leads.lead": (Lead, "owner_id")}


@pytest.mark.both_databases
def test_an_heir_gets_many_records_in_as_many_statements_as_a_few(world, work, record_factory, count_queries):
    user, heir = world.users["user1"], world.users["manager1"]
    counts = []
    for number in (2, 20):
        for name, (_model, column) in OWNED.items():
            more = {"company_id": 2} if name == "contracts.contract" else {"parent_id": 1} if name == "companies.company" else {}
            record_factory(name).many(number, **{column: user}, **more)
        with work("admin"), count_queries() as asked:
            disable_user(find_user("user1"), heir=find_user("manager1"))
        counts.append(asked.count)
        with work("admin"):
            for name, (model, column) in OWNED.items():
                assert db.session.scalar(select(model.id).where(getattr(model, column) == user).limit(1)) is None, name
                record = db.session.scalars(select(model).order_by(model.id.desc()).limit(1)).one()
                entry = db.session.scalars(
                    select(HistoryEntry).where(HistoryEntry.record_type == name, HistoryEntry.record_id == record.id)
                    .order_by(HistoryEntry.id.desc()).limit(1)
                ).one()  # fmt: skip
                assert (entry.changes, entry.version, entry.action) == ({column: [user, heir]}, record.version, "update"), name
            enable_user(find_user("user1"))
    assert counts[1] <= counts[0]


@pytest.mark.both_databases
def test_another_currency_adds_up_what_was_invoiced_to_many_in_as_many_statements_as_to_a_few(world, work, record_factory, count_queries):
    from plugins.invoices.services import bill_anew

    counts = []
    for number in (2, 20):
        for company in record_factory("companies.company").many(number, parent_id=1):
            record_factory("invoices.invoice")(company_id=company.id, currency="EUR")
        with work():
            db.session.execute(update(Company.__table__).values(billing=Decimal(7)))
            db.session.execute(update(Invoice.__table__).values(total=Decimal("3.01")))
            versions = dict(db.session.execute(select(Company.id, Company.version)).all())
            with count_queries() as asked:
                bill_anew("EUR")
            counts.append(asked.count)
            billed = set(db.session.scalars(select(Invoice.company_id)))
            assert dict(db.session.execute(select(Company.id, Company.billing)).all()) == {
                i: Decimal("3.01") if i in billed else 0 for i in versions
            }
            assert dict(db.session.execute(select(Company.id, Company.version)).all()) == versions
    assert counts == [1, 1]


@pytest.mark.both_databases
def test_unpaid_invoices_are_counted_by_age_in_the_database(world, work, record_factory):
    """Each day at which an age begins and ends."""
    from core.access import today
    from core.web.jinja import money
    from plugins.invoices.statistics import by_age

    with work("admin") as admin:
        day = today(admin)
    late = (None, -1, 0, 1, 30, 31, 60, 61, 90, 91, 4000)
    for days in late:
        made = record_factory("invoices.invoice")(company_id=2, status="pending", currency="EUR", invoice_create_date=date(2001, 1, 1))
        with work():
            due = None if days is None else day - timedelta(days=days)
            db.session.execute(update(Invoice.__table__).where(Invoice.id == made.id).values(invoice_expiration_date=due, total=Decimal("1.10")))
    with work("admin") as admin:
        rows = by_age(select(Invoice.id), admin)
        assert [n for _words, n, _sum in rows] == [3, 2, 2, 2, 2]
        assert [total for *_more, total in rows] == [money(Decimal(total), "EUR") for total in ("3.30", *["2.20"] * 4)]
        assert [n for _words, n, _sum in by_age(select(Invoice.id).where(Invoice.id < 0), admin)] == [0] * 5


@pytest.mark.both_databases
def test_new_leads_are_counted_by_month_in_the_database(world, work, record_factory, monkeypatch):
    """The first and the last moment of a month belong to it; what is older than a year is left out."""
    from plugins.leads import statistics

    now = datetime(2026, 3, 15, 12, tzinfo=UTC)
    monkeypatch.setattr(statistics, "utcnow", lambda: now)
    moments = [
        datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 2, 28, 23, 59, 59, 999999, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC),
        datetime(2025, 12, 31, 23, 59, tzinfo=UTC), datetime(2025, 4, 1, tzinfo=UTC), datetime(2025, 3, 31, 23, 59, tzinfo=UTC), now,
    ]  # fmt: skip
    for moment in moments:
        made = record_factory("leads.lead")()
        with work():
            db.session.execute(update(Lead.__table__).where(Lead.id == made.id).values(created_at=moment))
    with work("admin") as admin:
        assert [n for _month, n in statistics.new_leads(select(Lead.id), admin)] == [1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 2]
