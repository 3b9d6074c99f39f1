"""The state that a plugin had before it was disabled."""

import sqlalchemy as sa
from alembic import op

revision = "core_0006"
down_revision = "core_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('core_addon', schema=None) as batch_op:
        batch_op.add_column(sa.Column('before', sa.String(length=10), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('core_addon', schema=None) as batch_op:
        batch_op.drop_column('before')
