"""Tables of contracts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.db import create_search_index, drop_search_index

revision = "contracts_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('contracts_template',
    sa.Column('name', sa.String(length=255), nullable=False),
    sa.Column('name_key', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('description', sa.Text(), nullable=True),
    sa.Column('body', sa.Text(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('updated_at', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('custom', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), server_default='{}', nullable=False),
    sa.Column('trashed_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['created_by_id'], ['core_user.id'], name=op.f('fk_contracts_template_created_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contracts_template')),
    sqlite_autoincrement=True
    )
    op.create_table('contracts_type',
    sa.Column('name', sa.String(length=255), nullable=False),
    sa.Column('name_key', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('description', sa.Text(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('updated_at', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('custom', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), server_default='{}', nullable=False),
    sa.Column('trashed_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['created_by_id'], ['core_user.id'], name=op.f('fk_contracts_type_created_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contracts_type')),
    sqlite_autoincrement=True
    )
    op.create_table('contracts_contract',
    sa.Column('name', sa.String(length=255), nullable=False),
    sa.Column('name_key', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('search_text', sa.Text(), nullable=False),
    sa.Column('contract_number', sa.String(length=1000), nullable=True),
    sa.Column('description', sa.Text(), nullable=True),
    sa.Column('date_begin', sa.Date(), nullable=False),
    sa.Column('date_end', sa.Date(), nullable=True),
    sa.Column('decision_on', sa.Date(), nullable=True),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.Column('sla_id', sa.Integer(), nullable=True),
    sa.Column('group_id', sa.Integer(), nullable=True),
    sa.Column('private', sa.Boolean(), nullable=False),
    sa.Column('status', sa.Integer(), nullable=False),
    sa.Column('type_id', sa.Integer(), nullable=True),
    sa.Column('related_contract_id', sa.Integer(), nullable=True),
    sa.Column('renewal', sa.String(length=10), nullable=False),
    sa.Column('notice_days', sa.Integer(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.Column('currency', sa.String(length=3), nullable=True),
    sa.Column('billing_period', sa.String(length=10), nullable=True),
    sa.Column('manager_id', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('updated_at', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('custom', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), server_default='{}', nullable=False),
    sa.Column('trashed_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['company_id'], ['companies_company.id'], name=op.f('fk_contracts_contract_company_id')),
    sa.ForeignKeyConstraint(['created_by_id'], ['core_user.id'], name=op.f('fk_contracts_contract_created_by_id')),
    sa.ForeignKeyConstraint(['manager_id'], ['core_user.id'], name=op.f('fk_contracts_contract_manager_id')),
    sa.ForeignKeyConstraint(['related_contract_id'], ['contracts_contract.id'], name=op.f('fk_contracts_contract_related_contract_id')),
    sa.ForeignKeyConstraint(['type_id'], ['contracts_type.id'], name=op.f('fk_contracts_contract_type_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contracts_contract')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('contracts_contract', schema=None) as batch_op:
        batch_op.create_index('ix_contracts_contract_company_end', ['company_id', 'date_end', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_contracts_contract_company_id'), ['company_id'], unique=False)
        batch_op.create_index('ix_contracts_contract_end', ['date_end', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_contracts_contract_manager_id'), ['manager_id'], unique=False)
        batch_op.create_index('ix_contracts_contract_name', ['name_key', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_contracts_contract_related_contract_id'), ['related_contract_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_contracts_contract_type_id'), ['type_id'], unique=False)

    create_search_index(op, 'contracts_contract')


def downgrade() -> None:
    drop_search_index(op, 'contracts_contract')
    with op.batch_alter_table('contracts_contract', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contracts_contract_type_id'))
        batch_op.drop_index(batch_op.f('ix_contracts_contract_related_contract_id'))
        batch_op.drop_index('ix_contracts_contract_name')
        batch_op.drop_index(batch_op.f('ix_contracts_contract_manager_id'))
        batch_op.drop_index('ix_contracts_contract_end')
        batch_op.drop_index(batch_op.f('ix_contracts_contract_company_id'))
        batch_op.drop_index('ix_contracts_contract_company_end')

    op.drop_table('contracts_contract')
    op.drop_table('contracts_type')
    op.drop_table('contracts_template')
