"""Notes and files that were removed from their record, and can be brought back."""

import sqlalchemy as sa
from alembic import op

revision = "core_0004"
down_revision = "core_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ('core_file', 'core_note'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column('removed_at', sa.BigInteger(), nullable=True))


def downgrade() -> None:
    for table in ('core_file', 'core_note'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column('removed_at')
