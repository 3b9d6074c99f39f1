"""Start."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.db import create_search_index, drop_search_index

revision = "helpdesk_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('helpdesk_desk',
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('name_key', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('updated_at', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('custom', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), server_default='{}', nullable=False),
    sa.Column('trashed_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['created_by_id'], ['core_user.id'], name=op.f('fk_helpdesk_desk_created_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_helpdesk_desk')),
    sqlite_autoincrement=True
    )
    op.create_table('helpdesk_seat',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('desk_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['desk_id'], ['helpdesk_desk.id'], name=op.f('fk_helpdesk_seat_desk_id')),
    sa.ForeignKeyConstraint(['user_id'], ['core_user.id'], name=op.f('fk_helpdesk_seat_user_id')),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_helpdesk_seat'))
    )
    with op.batch_alter_table('helpdesk_seat', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_helpdesk_seat_desk_id'), ['desk_id'], unique=False)

    op.create_table('helpdesk_ticket',
    sa.Column('subject', sa.String(length=200), nullable=False),
    sa.Column('subject_key', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('text', sa.Text(), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('urgent', sa.Boolean(), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.Column('desk_id', sa.Integer(), nullable=True),
    sa.Column('search_text', sa.Text(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('updated_at', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('custom', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), server_default='{}', nullable=False),
    sa.Column('trashed_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['company_id'], ['companies_company.id'], name=op.f('fk_helpdesk_ticket_company_id')),
    sa.ForeignKeyConstraint(['created_by_id'], ['core_user.id'], name=op.f('fk_helpdesk_ticket_created_by_id')),
    sa.ForeignKeyConstraint(['desk_id'], ['helpdesk_desk.id'], name=op.f('fk_helpdesk_ticket_desk_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_helpdesk_ticket')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('helpdesk_ticket', schema=None) as batch_op:
        batch_op.create_index('ix_helpdesk_ticket_company_id_state', ['company_id', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_helpdesk_ticket_desk_id'), ['desk_id'], unique=False)

    create_search_index(op, 'helpdesk_ticket')


def downgrade() -> None:
    drop_search_index(op, 'helpdesk_ticket')
    with op.batch_alter_table('helpdesk_ticket', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_helpdesk_ticket_desk_id'))
        batch_op.drop_index('ix_helpdesk_ticket_company_id_state')

    op.drop_table('helpdesk_ticket')
    with op.batch_alter_table('helpdesk_seat', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_helpdesk_seat_desk_id'))

    op.drop_table('helpdesk_seat')
    op.drop_table('helpdesk_desk')
