"""Start."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.db import create_search_index, drop_search_index

revision = "gadgets_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('gadgets_maker',
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('name_key', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('search_text', sa.Text(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('updated_at', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('custom', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), server_default='{}', nullable=False),
    sa.Column('trashed_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['created_by_id'], ['core_user.id'], name=op.f('fk_gadgets_maker_created_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_gadgets_maker')),
    sqlite_autoincrement=True
    )
    op.create_table('gadgets_gadget',
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('name_key', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=True),
    sa.Column('notes', sa.Text(), nullable=True),
    sa.Column('price', sa.BigInteger(), nullable=True),
    sa.Column('weight', sa.BigInteger(), nullable=True),
    sa.Column('pieces', sa.Integer(), nullable=False),
    sa.Column('bought', sa.Date(), nullable=True),
    sa.Column('broken', sa.Boolean(), nullable=False),
    sa.Column('colour', sa.String(length=20), nullable=True),
    sa.Column('country', sa.String(length=100), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('maker_id', sa.Integer(), nullable=True),
    sa.Column('locked', sa.Boolean(), nullable=False),
    sa.Column('secret', sa.Text(), nullable=True),
    sa.Column('search_text', sa.Text(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('updated_at', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('custom', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), server_default='{}', nullable=False),
    sa.Column('trashed_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['created_by_id'], ['core_user.id'], name=op.f('fk_gadgets_gadget_created_by_id')),
    sa.ForeignKeyConstraint(['maker_id'], ['gadgets_maker.id'], name=op.f('fk_gadgets_gadget_maker_id')),
    sa.ForeignKeyConstraint(['owner_id'], ['core_user.id'], name=op.f('fk_gadgets_gadget_owner_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_gadgets_gadget')),
    sa.UniqueConstraint('code', name=op.f('uq_gadgets_gadget_code')),
    sqlite_autoincrement=True
    )
    op.create_table('gadgets_fan',
    sa.Column('gadget_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['gadget_id'], ['gadgets_gadget.id'], name=op.f('fk_gadgets_fan_gadget_id')),
    sa.ForeignKeyConstraint(['user_id'], ['core_user.id'], name=op.f('fk_gadgets_fan_user_id')),
    sa.PrimaryKeyConstraint('gadget_id', 'user_id', name=op.f('pk_gadgets_fan')),
    info={'link': True}
    )
    op.create_table('gadgets_screw',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('gadget_id', sa.Integer(), nullable=False),
    sa.Column('length', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['gadget_id'], ['gadgets_gadget.id'], name=op.f('fk_gadgets_screw_gadget_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_gadgets_screw'))
    )
    with op.batch_alter_table('gadgets_screw', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_gadgets_screw_gadget_id'), ['gadget_id'], unique=False)

    create_search_index(op, 'gadgets_maker')
    create_search_index(op, 'gadgets_gadget')


def downgrade() -> None:
    drop_search_index(op, 'gadgets_gadget')
    drop_search_index(op, 'gadgets_maker')
    with op.batch_alter_table('gadgets_screw', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_gadgets_screw_gadget_id'))

    op.drop_table('gadgets_screw')
    op.drop_table('gadgets_fan')
    op.drop_table('gadgets_gadget')
    op.drop_table('gadgets_maker')
