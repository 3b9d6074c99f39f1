"""Tables of companies."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.db import create_search_index, drop_search_index

revision = 'companies_0001'
down_revision = None
branch_labels = None
depends_on = None
THERE = sa.text('trashed_at IS NULL')
CUSTOM_FIELD = sa.table(
    'core_custom_field', sa.column('record_type', sa.String), sa.column('label', sa.String), sa.column('kind', sa.String),
    sa.column('options', sa.Text), sa.column('required', sa.Boolean), sa.column('unique', sa.Boolean), sa.column('searchable', sa.Boolean),
    sa.column('show_in_list', sa.Boolean), sa.column('position', sa.Integer),
    sa.column('extra', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')),
)


def upgrade() -> None:
    op.create_table('companies_sight',
    sa.Column('company_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('audience', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('why', sa.Integer(), nullable=False),
    sa.Column('name_key', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('last_update', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('company_id', 'audience', name=op.f('pk_companies_sight')),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('companies_sight', schema=None) as batch_op:
        batch_op.create_index('ix_companies_sight_name', ['audience', 'name_key', 'company_id'], unique=False)
        batch_op.create_index('ix_companies_sight_update', ['audience', 'last_update', 'company_id'], unique=False)

    op.create_table('companies_role',
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('name_key', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('same_key', sa.String(length=200), nullable=False),
    sa.Column('description', sa.Text(), nullable=True),
    sa.Column('search_text', sa.Text(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('updated_at', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('custom', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), server_default='{}', nullable=False),
    sa.Column('trashed_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['created_by_id'], ['core_user.id'], name=op.f('fk_companies_role_created_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_companies_role')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('companies_role', schema=None) as batch_op:
        batch_op.create_index('ix_companies_role_name_key', ['name_key', 'id'], unique=False)
        batch_op.create_index('uq_companies_role_same_key', ['same_key'], unique=True, sqlite_where=THERE, postgresql_where=THERE)

    op.create_table('companies_company',
    sa.Column('name', sa.String(length=255), nullable=False),
    sa.Column('name_key', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('fiscal_id', sa.String(length=60), nullable=True),
    sa.Column('address', sa.Text(), nullable=True),
    sa.Column('street', sa.String(length=255), nullable=True),
    sa.Column('postcode', sa.String(length=20), nullable=True),
    sa.Column('city', sa.String(length=100), nullable=True),
    sa.Column('province', sa.String(length=100), nullable=True),
    sa.Column('country', sa.String(length=100), nullable=True),
    sa.Column('website', sa.String(length=500), nullable=True),
    sa.Column('comments', sa.Text(), nullable=True),
    sa.Column('role_id', sa.Integer(), nullable=True),
    sa.Column('parent_id', sa.Integer(), nullable=True),
    sa.Column('manager_id', sa.Integer(), nullable=True),
    sa.Column('last_update', sa.BigInteger(), nullable=False),
    sa.Column('payment_conditions', sa.Integer(), nullable=False),
    sa.Column('billing', sa.BigInteger(), nullable=False),
    sa.Column('language', sa.String(length=20), nullable=True),
    sa.Column('search_text', sa.Text(), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('updated_at', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('custom', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), server_default='{}', nullable=False),
    sa.Column('trashed_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['created_by_id'], ['core_user.id'], name=op.f('fk_companies_company_created_by_id')),
    sa.ForeignKeyConstraint(['manager_id'], ['core_user.id'], name=op.f('fk_companies_company_manager_id')),
    sa.ForeignKeyConstraint(['parent_id'], ['companies_company.id'], name=op.f('fk_companies_company_parent_id')),
    sa.ForeignKeyConstraint(['role_id'], ['companies_role.id'], name=op.f('fk_companies_company_role_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_companies_company')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('companies_company', schema=None) as batch_op:
        batch_op.create_index('ix_companies_company_billing', ['billing', 'id'], unique=False)
        batch_op.create_index(
            'ix_companies_company_country', ['country', 'name_key', 'id'], unique=False, sqlite_where=THERE, postgresql_where=THERE
        )
        batch_op.create_index('ix_companies_company_fiscal_id', ['fiscal_id'], unique=False)
        batch_op.create_index('ix_companies_company_manager', ['manager_id', 'name_key', 'id'], unique=False)
        batch_op.create_index(
            'ix_companies_company_name', ['name_key', 'id'], unique=False, sqlite_where=THERE, postgresql_where=THERE
        )
        batch_op.create_index(
            'ix_companies_company_parent', ['parent_id', 'name_key', 'id'], unique=False, sqlite_where=THERE, postgresql_where=THERE
        )
        batch_op.create_index(
            'ix_companies_company_role', ['role_id', 'name_key', 'id'], unique=False, sqlite_where=THERE, postgresql_where=THERE
        )
        batch_op.create_index('ix_companies_company_update', ['last_update', 'id'], unique=False)

    op.create_table('companies_associate',
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['companies_company.id'], name=op.f('fk_companies_associate_company_id')),
    sa.ForeignKeyConstraint(['user_id'], ['core_user.id'], name=op.f('fk_companies_associate_user_id')),
    sa.PrimaryKeyConstraint('company_id', 'user_id', name=op.f('pk_companies_associate'))
    )
    with op.batch_alter_table('companies_associate', schema=None) as batch_op:
        batch_op.create_index('ix_companies_associate_user_id', ['user_id'], unique=False)

    op.create_table('companies_membership',
    sa.Column('user_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['companies_company.id'], name=op.f('fk_companies_membership_company_id')),
    sa.ForeignKeyConstraint(['user_id'], ['core_user.id'], name=op.f('fk_companies_membership_user_id')),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_companies_membership'))
    )
    with op.batch_alter_table('companies_membership', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_companies_membership_company_id'), ['company_id'], unique=False)

    create_search_index(op, 'companies_role')
    create_search_index(op, 'companies_company')
    # A new installation has these two custom fields: the manual's CSV header names them.
    common = {
        'record_type': 'companies.company', 'options': '', 'required': False, 'unique': False, 'searchable': True, 'show_in_list': False,
    }
    op.bulk_insert(CUSTOM_FIELD, [
        {**common, 'label': 'Office Phone', 'kind': 'text', 'position': 1, 'extra': {'shape': 'phone'}},
        {**common, 'label': 'General email', 'kind': 'email', 'position': 2, 'extra': {}},
    ])


def downgrade() -> None:
    op.execute(sa.delete(CUSTOM_FIELD).where(CUSTOM_FIELD.c.record_type == 'companies.company'))
    drop_search_index(op, 'companies_company')
    drop_search_index(op, 'companies_role')
    with op.batch_alter_table('companies_membership', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_companies_membership_company_id'))

    op.drop_table('companies_membership')
    with op.batch_alter_table('companies_associate', schema=None) as batch_op:
        batch_op.drop_index('ix_companies_associate_user_id')

    op.drop_table('companies_associate')
    with op.batch_alter_table('companies_company', schema=None) as batch_op:
        batch_op.drop_index('ix_companies_company_update')
        batch_op.drop_index('ix_companies_company_role', sqlite_where=THERE, postgresql_where=THERE)
        batch_op.drop_index('ix_companies_company_parent', sqlite_where=THERE, postgresql_where=THERE)
        batch_op.drop_index('ix_companies_company_name', sqlite_where=THERE, postgresql_where=THERE)
        batch_op.drop_index('ix_companies_company_manager')
        batch_op.drop_index('ix_companies_company_fiscal_id')
        batch_op.drop_index('ix_companies_company_country', sqlite_where=THERE, postgresql_where=THERE)
        batch_op.drop_index('ix_companies_company_billing')

    op.drop_table('companies_company')
    with op.batch_alter_table('companies_role', schema=None) as batch_op:
        batch_op.drop_index('uq_companies_role_same_key', sqlite_where=THERE, postgresql_where=THERE)
        batch_op.drop_index('ix_companies_role_name_key')

    op.drop_table('companies_role')
    with op.batch_alter_table('companies_sight', schema=None) as batch_op:
        batch_op.drop_index('ix_companies_sight_update')
        batch_op.drop_index('ix_companies_sight_name')

    op.drop_table('companies_sight')
