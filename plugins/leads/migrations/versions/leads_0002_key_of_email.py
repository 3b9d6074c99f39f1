"""The key by which leads of one e-mail address are found."""

import sqlalchemy as sa
from alembic import op

from core.db import sort_key

revision = "leads_0002"
down_revision = "leads_0001"
branch_labels = None
depends_on = None

LEAD = sa.table("leads_lead", *map(sa.column, ("id", "email", "email_key")))
CHUNK = 1000


def upgrade() -> None:
    key = sa.String().with_variant(sa.String(collation="C"), "postgresql")
    op.add_column("leads_lead", sa.Column("email_key", key, nullable=False, server_default=""))
    _fill()
    op.create_index("ix_leads_lead_email_key", "leads_lead", ["email_key", "id"])


def downgrade() -> None:
    op.drop_index("ix_leads_lead_email_key", "leads_lead")
    op.drop_column("leads_lead", "email_key")


def _fill() -> None:
    connection, last = op.get_bind(), 0
    stmt = sa.update(LEAD).where(LEAD.c.id == sa.bindparam("of")).values(email_key=sa.bindparam("key"))
    while rows := connection.execute(sa.select(LEAD.c.id, LEAD.c.email).where(LEAD.c.id > last).order_by(LEAD.c.id).limit(CHUNK)).all():
        connection.execute(stmt, [{"of": row.id, "key": sort_key(row.email)} for row in rows])
        last = rows[-1].id
