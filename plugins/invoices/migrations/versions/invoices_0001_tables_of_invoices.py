"""Tables of invoices."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.db import create_search_index, drop_search_index

revision = "invoices_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('invoices_number',
    sa.Column('key', sa.String(length=240), nullable=False),
    sa.Column('number', sa.String(length=60), nullable=False),
    sa.Column('series', sa.String(length=60), nullable=True),
    sa.Column('position', sa.BigInteger(), nullable=True),
    sa.Column('day', sa.Date(), nullable=True),
    sa.Column('given', sa.String(length=10), nullable=False),
    sa.CheckConstraint("given IN ('automatic', 'typed', 'skipped')", name=op.f('ck_invoices_number_given')),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_invoices_number'))
    )
    with op.batch_alter_table('invoices_number', schema=None) as batch_op:
        batch_op.create_index('ix_invoices_number_series_position', ['series', 'position'], unique=False)

    op.create_table('invoices_series',
    sa.Column('key', sa.String(length=60), nullable=False),
    sa.Column('first', sa.BigInteger(), nullable=False),
    sa.Column('next', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_invoices_series'))
    )
    op.create_table('invoices_payment_method',
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('name_key', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('description', sa.Text(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('updated_at', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('custom', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), server_default='{}', nullable=False),
    sa.Column('trashed_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['created_by_id'], ['core_user.id'], name=op.f('fk_invoices_payment_method_created_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invoices_payment_method')),
    sqlite_autoincrement=True
    )
    op.create_table('invoices_tombstone',
    sa.Column('key', sa.String(length=240), nullable=False),
    sa.Column('number', sa.String(length=60), nullable=False),
    sa.Column('series', sa.String(length=60), nullable=True),
    sa.Column('buried_by_id', sa.Integer(), nullable=True),
    sa.Column('buried_at', sa.BigInteger(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['buried_by_id'], ['core_user.id'], name=op.f('fk_invoices_tombstone_buried_by_id')),
    sa.ForeignKeyConstraint(['key'], ['invoices_number.key'], name=op.f('fk_invoices_tombstone_key')),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_invoices_tombstone'))
    )
    op.create_table('invoices_invoice',
    sa.Column('bill_id', sa.String(length=60), nullable=True),
    sa.Column('bill_id_key', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('search_text', sa.Text(), nullable=False),
    sa.Column('company_name', sa.String(length=255), nullable=False),
    sa.Column('invoice_type', sa.String(length=10), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.Column('contract_id', sa.Integer(), nullable=True),
    sa.Column('reference', sa.String(length=255), nullable=True),
    sa.Column('invoice_create_date', sa.Date(), nullable=False),
    sa.Column('invoice_expiration_date', sa.Date(), nullable=True),
    sa.Column('invoice_payment_date', sa.Date(), nullable=True),
    sa.Column('currency', sa.String(length=3), nullable=False),
    sa.Column('lines', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), server_default='[]', nullable=False),
    sa.Column('discount_before', sa.BigInteger(), nullable=False),
    sa.Column('discount_concept', sa.String(length=255), nullable=True),
    sa.Column('irpf', sa.BigInteger(), nullable=False),
    sa.Column('concept_irpf', sa.String(length=255), nullable=True),
    sa.Column('currency_change', sa.String(length=3), nullable=True),
    sa.Column('rates', sa.BigInteger(), nullable=True),
    sa.Column('payment_method_id', sa.Integer(), nullable=True),
    sa.Column('description', sa.Text(), nullable=True),
    sa.Column('internal_note', sa.Text(), nullable=True),
    sa.Column('language', sa.String(length=20), nullable=False),
    sa.Column('rectifies_id', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(length=255), nullable=True),
    sa.Column('locked', sa.Boolean(), nullable=False),
    sa.Column('gross', sa.BigInteger(), nullable=False),
    sa.Column('discount', sa.BigInteger(), nullable=False),
    sa.Column('base', sa.BigInteger(), nullable=False),
    sa.Column('taxes', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), server_default='[]', nullable=False),
    sa.Column('withholding', sa.BigInteger(), nullable=False),
    sa.Column('total', sa.BigInteger(), nullable=False),
    sa.Column('snapshot', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), server_default='{}', nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('updated_at', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('custom', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), server_default='{}', nullable=False),
    sa.Column('trashed_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['company_id'], ['companies_company.id'], name=op.f('fk_invoices_invoice_company_id')),
    sa.ForeignKeyConstraint(['contract_id'], ['contracts_contract.id'], name=op.f('fk_invoices_invoice_contract_id')),
    sa.ForeignKeyConstraint(['created_by_id'], ['core_user.id'], name=op.f('fk_invoices_invoice_created_by_id')),
    sa.ForeignKeyConstraint(['payment_method_id'], ['invoices_payment_method.id'], name=op.f('fk_invoices_invoice_payment_method_id')),
    sa.ForeignKeyConstraint(['rectifies_id'], ['invoices_invoice.id'], name=op.f('fk_invoices_invoice_rectifies_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_invoices_invoice')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('invoices_invoice', schema=None) as batch_op:
        batch_op.create_index('ix_invoices_invoice_company_date', ['company_id', 'invoice_create_date', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_invoices_invoice_company_id'), ['company_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_invoices_invoice_contract_id'), ['contract_id'], unique=False)
        batch_op.create_index('ix_invoices_invoice_date', ['invoice_create_date', 'id'], unique=False)
        batch_op.create_index('ix_invoices_invoice_due', ['status', 'invoice_expiration_date'], unique=False)
        batch_op.create_index('ix_invoices_invoice_number', ['bill_id_key', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_invoices_invoice_payment_method_id'), ['payment_method_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_invoices_invoice_rectifies_id'), ['rectifies_id'], unique=False)

    create_search_index(op, 'invoices_invoice')


def downgrade() -> None:
    drop_search_index(op, 'invoices_invoice')
    with op.batch_alter_table('invoices_invoice', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_invoices_invoice_rectifies_id'))
        batch_op.drop_index(batch_op.f('ix_invoices_invoice_payment_method_id'))
        batch_op.drop_index('ix_invoices_invoice_number')
        batch_op.drop_index('ix_invoices_invoice_due')
        batch_op.drop_index('ix_invoices_invoice_date')
        batch_op.drop_index(batch_op.f('ix_invoices_invoice_contract_id'))
        batch_op.drop_index(batch_op.f('ix_invoices_invoice_company_id'))
        batch_op.drop_index('ix_invoices_invoice_company_date')

    op.drop_table('invoices_invoice')
    op.drop_table('invoices_tombstone')
    op.drop_table('invoices_payment_method')
    op.drop_table('invoices_series')
    with op.batch_alter_table('invoices_number', schema=None) as batch_op:
        batch_op.drop_index('ix_invoices_number_series_position')

    op.drop_table('invoices_number')
