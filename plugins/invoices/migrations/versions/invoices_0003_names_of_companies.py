"""Invoices are found by the name that their company has now: those of companies that were renamed still had the old one."""

import sqlalchemy as sa
from alembic import op

from core.db import fold_once

revision = "invoices_0003"
down_revision = "invoices_0002"
branch_labels = None
depends_on = None

TEXTS = ("bill_id", "reference", "description")
INVOICE = sa.table("invoices_invoice", *map(sa.column, ("id", "company_id", "company_name", "search_text", *TEXTS)))
COMPANY = sa.table("companies_company", *map(sa.column, ("id", "name")))
CHUNK = 1000


def upgrade() -> None:
    connection, last = op.get_bind(), 0
    columns = (INVOICE.c.id, *(INVOICE.c[name] for name in TEXTS), COMPANY.c.name)
    stale = sa.select(*columns).join_from(INVOICE, COMPANY, COMPANY.c.id == INVOICE.c.company_id)
    stale = stale.where(INVOICE.c.company_name != COMPANY.c.name).order_by(INVOICE.c.id).limit(CHUNK)
    stmt = sa.update(INVOICE).where(INVOICE.c.id == sa.bindparam("of"))
    stmt = stmt.values(company_name=sa.bindparam("name"), search_text=sa.bindparam("text"))
    while rows := connection.execute(stale.where(INVOICE.c.id > last)).all():
        texts = [" ".join(text for text in row[1:] if text) for row in rows]
        connection.execute(
            stmt, [{"of": row.id, "name": row.name, "text": fold_once(text)} for row, text in zip(rows, texts, strict=True)]
        )
        last = rows[-1].id


def downgrade() -> None:
    """Nothing to take back."""
