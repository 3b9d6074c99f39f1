"""Table of contacts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.db import create_search_index, drop_search_index

revision = 'contacts_0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('contacts_contact',
    sa.Column('fullname', sa.String(length=255), nullable=False),
    sa.Column('fullname_key', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('email', sa.String(length=255), nullable=False),
    sa.Column('email_key', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('phone', sa.String(length=60), nullable=True),
    sa.Column('mobile', sa.String(length=60), nullable=True),
    sa.Column('position', sa.String(length=255), nullable=True),
    sa.Column('description', sa.Text(), nullable=True),
    sa.Column('disabled', sa.Boolean(), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.Column('order_key', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('search_text', sa.Text(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('updated_at', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('custom', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), server_default='{}', nullable=False),
    sa.Column('trashed_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['company_id'], ['companies_company.id'], name=op.f('fk_contacts_contact_company_id')),
    sa.ForeignKeyConstraint(['created_by_id'], ['core_user.id'], name=op.f('fk_contacts_contact_created_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contacts_contact')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('contacts_contact', schema=None) as batch_op:
        batch_op.create_index('ix_contacts_contact_company', ['company_id', 'fullname_key', 'id'], unique=False)
        batch_op.create_index('ix_contacts_contact_email', ['email_key', 'id'], unique=False)
        batch_op.create_index('ix_contacts_contact_name', ['fullname_key', 'id'], unique=False)
        batch_op.create_index('ix_contacts_contact_order', ['order_key', 'id'], unique=False)

    create_search_index(op, 'contacts_contact')


def downgrade() -> None:
    drop_search_index(op, 'contacts_contact')
    with op.batch_alter_table('contacts_contact', schema=None) as batch_op:
        batch_op.drop_index('ix_contacts_contact_order')
        batch_op.drop_index('ix_contacts_contact_name')
        batch_op.drop_index('ix_contacts_contact_email')
        batch_op.drop_index('ix_contacts_contact_company')

    op.drop_table('contacts_contact')
