"""One received invoice per company and number, also when two clerks type it at once."""

import sqlalchemy as sa
from alembic import op

from core.db import sort_key

revision = "invoices_0002"
down_revision = "invoices_0001"
branch_labels = None
depends_on = None

NAME = "uq_invoices_invoice_received"
THERE = sa.text("invoice_type = 'Received' AND status != 'draft' AND trashed_at IS NULL")
INVOICE = sa.table("invoices_invoice", *map(sa.column, ("id", "company_id", "bill_id", "bill_id_key")))


def upgrade() -> None:
    _tell_doubles_apart()
    op.create_index(NAME, "invoices_invoice", ["company_id", "bill_id"], unique=True, sqlite_where=THERE, postgresql_where=THERE)


def downgrade() -> None:
    op.drop_index(NAME, "invoices_invoice")


def _tell_doubles_apart() -> None:
    """Where that happened before, the oldest keeps its number; the others get their id behind it, so that somebody sees and settles it."""
    first = sa.select(INVOICE.c.company_id, INVOICE.c.bill_id, sa.func.min(INVOICE.c.id).label("id")).where(THERE)
    first = first.group_by(INVOICE.c.company_id, INVOICE.c.bill_id).having(sa.func.count() > 1).subquery()
    same = sa.and_(INVOICE.c.company_id == first.c.company_id, INVOICE.c.bill_id == first.c.bill_id, INVOICE.c.id != first.c.id)
    for row in op.get_bind().execute(sa.select(INVOICE.c.id, INVOICE.c.bill_id).join_from(INVOICE, first, same).where(THERE)).all():
        number = f"{row.bill_id[:45]} (#{row.id})"
        op.execute(sa.update(INVOICE).where(INVOICE.c.id == row.id).values(bill_id=number, bill_id_key=sort_key(number)))
