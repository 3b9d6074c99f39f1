"""What search statistics tell of managers is added up on an index alone."""

import sqlalchemy as sa
from alembic import op

revision = "companies_0002"
down_revision = "companies_0001"
branch_labels = None
depends_on = None

THERE = sa.text("trashed_at IS NULL")


def upgrade() -> None:
    op.create_index(
        "ix_companies_company_sold",
        "companies_company",
        ["manager_id", "billing"],
        unique=False,
        sqlite_where=THERE,
        postgresql_where=THERE,
    )


def downgrade() -> None:
    op.drop_index("ix_companies_company_sold", "companies_company", sqlite_where=THERE, postgresql_where=THERE)
