"""Cartera's own database with the same rows: made by its migrations, filled in bulk past its forms.

What Cartera derives from a record comes from Cartera's own functions: sort keys, search text, the table of who sees what. Users 1 to 200 of
rows.py are users here, with an own company and the profile "CRM manager". Three can sign in, all with the same password: SELLER as LOGIN, a
superadmin as SEES_ALL, and as SEES_FEW somebody who is associated with a dozen companies and belongs to none.
"""

import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, func, insert, select, text

from . import rows
from .limit_data import batches

LOGIN, SEES_ALL, SEES_FEW = "seller", "overseer", "guest"
DOZEN = 12
"""So many companies SEES_FEW sees, whatever the size."""
ADMIN = 1
"""The superadmin, made first; user n of rows.py is user ADMIN + n here."""
GUEST, OVERSEER = rows.USERS + 1, rows.USERS + 2
"""Numbers of SEES_FEW and SEES_ALL, after the users of rows.py."""
STATES = {"draft": "draft", "sent": "pending", "paid": "paid", "canceled": "canceled"}
VAT = Decimal("1.21")


def fill(data_dir: Path, url: str, size: rows.Size) -> str:
    """Make the database at `url` (empty: cartera.db in `data_dir`) and put the rows into it. Gives the password of LOGIN."""
    from core.app import create_app
    from core.cli import prepare
    from core.db import db, unit_of_work

    app = create_app({"data_dir": data_dir, "database_url": url, "jobs": "off"})
    prepare(app)
    password = secrets.token_urlsafe(12)
    with app.app_context():
        with unit_of_work(ADMIN):
            connection = db.session.connection()
            _people(connection, password)
            for model, values in _sources(size):
                _put(connection, model, values)
            _after(connection, size)
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
        for engine in (db.engine, app.extensions["cartera"].parts["runtime_engine"]):
            if engine.dialect.name == "sqlite":
                with engine.connect() as connection:
                    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            engine.dispose()
    return password


def _people(connection: Connection, password: str) -> None:
    from core.identity.models import Profile, User, UserProfile
    from core.identity.passwords import hash_password

    hashed = hash_password(password)
    people = [_person(n, f"person{n}") for n in range(1, rows.USERS + 1)]
    people[rows.SELLER - 1] = _person(rows.SELLER, LOGIN, password_hash=hashed)
    people.append(_person(GUEST, SEES_FEW, password_hash=hashed))
    connection.execute(insert(User.__table__), people)
    connection.execute(insert(User.__table__), [_person(OVERSEER, SEES_ALL, password_hash=hashed, superadmin=True)])
    manager = connection.execute(select(Profile.id).where(Profile.name == "CRM manager")).scalar_one()
    connection.execute(insert(UserProfile.__table__), [{"user_id": row["id"], "profile_id": manager} for row in people])
    _set_sequence(connection, User)


def _person(n: int, login: str, *, password_hash: str | None = None, **more: Any) -> dict[str, Any]:
    from core.db.base import derived_values
    from core.identity.models import User

    values = {"id": ADMIN + n, "login": login, "login_key": login, "name": f"Person {n}", "email": f"{login}@example.com"}
    return {**values, "email_key": values["email"], "password_hash": password_hash, **more, **derived_values(User, values)}


def _sources(size: rows.Size) -> Iterable[tuple[type, Iterable[dict[str, Any]]]]:
    """Models in the order in which they are filled, each with its rows as attribute → value."""
    from plugins.companies.models import Company
    from plugins.contacts.models import Contact
    from plugins.contracts.models import Contract
    from plugins.invoices.models import Invoice
    from plugins.leads.models import Lead

    yield Company, map(_company, rows.companies(size))
    yield Contact, map(_contact, rows.contacts(size))
    yield Contract, map(_contract, rows.contracts(size))
    yield Invoice, map(_invoice, rows.invoices(size))
    yield Lead, map(_lead, rows.leads(size))


def _put(connection: Connection, model: type, values: Iterable[dict[str, Any]]) -> None:
    """Rows of one model. Its text index is made anew afterwards: row by row it would cost most of the time."""
    from core.db.base import derived_values
    from core.db.search_index import create_search_index, drop_search_index

    table = model.__table__  # type: ignore[attr-defined]
    operations = Operations(MigrationContext.configure(connection))
    indexed = "search_text" in table.columns
    if indexed:
        drop_search_index(operations, table.name)
    for batch in batches(values):
        for row in batch:
            row.update(derived_values(model, row))
        connection.execute(insert(table), batch)
    if indexed:
        create_search_index(operations, table.name)
    _set_sequence(connection, model)


def _set_sequence(connection: Connection, model: type) -> None:
    """PostgreSQL counts ids by itself and has not seen those that were given."""
    if connection.dialect.name == "postgresql":
        table = model.__table__  # type: ignore[attr-defined]
        sequence = func.pg_get_serial_sequence(table.name, "id")
        connection.execute(select(func.setval(sequence, select(func.max(table.c.id)).scalar_subquery())))


def _after(connection: Connection, size: rows.Size) -> None:
    """What hangs on other rows: own companies, who sees what, the order of contacts."""
    from core.db.copies import refresh_copies
    from plugins.companies import sight
    from plugins.companies.models import ASSOCIATE, Membership
    from plugins.contacts.models import Contact

    connection.execute(
        insert(Membership.__table__),
        [{"user_id": ADMIN + n, "company_id": rows.house_of(n, size.companies)} for n in range(1, rows.USERS + 1)],
    )
    below = (n for n in range(1, size.companies, size.companies // DOZEN // 2 * 2 + 1) if rows.parent_of(n, size.companies))
    connection.execute(insert(ASSOCIATE), [{"user_id": ADMIN + GUEST, "company_id": n} for n in islice(below, DOZEN)])
    sight.refresh_all()
    refresh_copies(Contact)


# --- a row of rows.py as a record ---


def _at(day: Any) -> datetime:
    return datetime.combine(day, time(9), UTC)


def _common(row: Mapping[str, Any], day: Any) -> dict[str, Any]:
    at = _at(day)
    return {"id": row["id"], "created_at": at, "updated_at": at, "created_by_id": ADMIN, "version": 1, "custom": {}}


def _company(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **_common(row, row["created"]), "name": row["name"], "parent_id": row["parent_id"], "manager_id": ADMIN + row["owner_id"],
        "address": f"{row['id']} Main Street", "city": row["city"], "country": row["country"], "website": row["website"],
        "fiscal_id": f"F{row['id']:08d}", "last_update": _at(row["created"]), "billing": Decimal(row["revenue"]), "payment_conditions": 30,
    }  # fmt: skip


def _contact(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **_common(row, rows.FIRST_DAY), "fullname": row["name"], "email": row["email"], "phone": row["phone"],
        "company_id": row["company_id"], "disabled": False,
    }  # fmt: skip


def _contract(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **_common(row, row["start"]), "name": f"Contract {row['number']}", "contract_number": row["number"], "date_begin": row["start"],
        "date_end": row["end"], "company_id": row["company_id"], "amount": Decimal(row["value"]), "currency": "EUR",
        "manager_id": ADMIN + row["id"] % rows.USERS + 1, "private": row["id"] % 10 == 0, "status": 1,
    }  # fmt: skip


def _invoice(row: Mapping[str, Any]) -> dict[str, Any]:
    base, state = Decimal(row["total"]), STATES[row["state"]]
    total = (base * VAT).quantize(Decimal("0.01"))
    price = (base / row["lines"]).quantize(Decimal("0.000001"))
    line = {"quantity": "1", "unit": "C62", "unit_price": str(price), "discount": "0", "taxes": ["VAT 21 %"]}
    return {
        **_common(row, row["date"]), "bill_id": None if state == "draft" else row["number"], "company_name": f"Company {row['company_id']}",
        "invoice_type": "Submitted", "status": state, "company_id": row["company_id"], "invoice_create_date": row["date"],
        "invoice_expiration_date": row["date"] + timedelta(days=30), "currency": "EUR", "language": "en",
        "invoice_payment_date": row["date"] + timedelta(days=20) if state == "paid" else None,
        "lines": [{"concept": f"Maintenance, part {n}", **line} for n in range(1, row["lines"] + 1)],
        "taxes": [{"name": "VAT 21 %", "rate": "21", "base": str(base), "amount": str(total - base)}],
        "gross": base, "base": base, "total": total, "revision": 1, "snapshot": _snapshot(row),
    }  # fmt: skip


def _snapshot(row: Mapping[str, Any]) -> dict[str, Any]:
    """What was printed of seller and customer when the invoice was issued."""
    return {
        "seller": {"name": "Seller, S.L.", "fiscal_id": "B99000018", "address": "1 Harbour Road"}, "header": "", "footer": "", "logo": None,
        "customer": {"name": f"Company {row['company_id']}", "fiscal_id": "", "address": f"{row['company_id']} Main Street", "country": ""},
        "payment": None,
    }  # fmt: skip


def _lead(row: Mapping[str, Any]) -> dict[str, Any]:
    code = rows.STAGES[row["stage"]][0]
    closed = datetime.now(UTC) - timedelta(days=row["id"] % 300) if code == 200 else None  # the pipeline shows what was won within a year
    return {
        **_common(row, row["created"]), "fullname": row["title"], "email": f"lead{row['id']}@l.example", "company": f"Prospect {row['id']}",
        "company_id": row["company_id"], "owner_id": ADMIN + row["owner_id"], "country": row["country"], "progress": code,
        "estimated_sale": Decimal(row["amount"]), "estimated_close_date": row["created"] + timedelta(days=200),
        "changed_at": _at(row["created"]), "closed_at": closed,
    }  # fmt: skip
