"""Tables of leads."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from core.db import create_search_index, drop_search_index

revision = "leads_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('leads_tag',
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('name_key', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('description', sa.Text(), nullable=True),
    sa.Column('colour', sa.String(length=10), nullable=False),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('updated_at', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('custom', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), server_default='{}', nullable=False),
    sa.Column('trashed_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['created_by_id'], ['core_user.id'], name=op.f('fk_leads_tag_created_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_leads_tag')),
    sqlite_autoincrement=True
    )
    op.create_table('leads_type',
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
    sa.ForeignKeyConstraint(['created_by_id'], ['core_user.id'], name=op.f('fk_leads_type_created_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_leads_type')),
    sqlite_autoincrement=True
    )
    op.create_table('leads_lead',
    sa.Column('fullname', sa.String(length=255), nullable=False),
    sa.Column('fullname_key', sa.String().with_variant(sa.String(collation='C'), 'postgresql'), nullable=False),
    sa.Column('search_text', sa.Text(), nullable=False),
    sa.Column('email', sa.String(length=255), nullable=False),
    sa.Column('company', sa.String(length=255), nullable=True),
    sa.Column('company_id', sa.Integer(), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('phone', sa.String(length=60), nullable=True),
    sa.Column('mobile', sa.String(length=60), nullable=True),
    sa.Column('position', sa.String(length=255), nullable=True),
    sa.Column('country', sa.String(length=255), nullable=True),
    sa.Column('language', sa.String(length=20), nullable=True),
    sa.Column('progress', sa.Integer(), nullable=False),
    sa.Column('estimated_sale', sa.BigInteger(), nullable=False),
    sa.Column('estimated_close_date', sa.Date(), nullable=True),
    sa.Column('alarm', sa.Date(), nullable=True),
    sa.Column('description', sa.Text(), nullable=True),
    sa.Column('executive_overview', sa.Text(), nullable=True),
    sa.Column('type_id', sa.Integer(), nullable=True),
    sa.Column('campaign_id', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.BigInteger(), nullable=False),
    sa.Column('closed_at', sa.BigInteger(), nullable=True),
    sa.Column('incomplete', sa.Text(), nullable=True),
    sa.Column('duplicate_of_id', sa.Integer(), nullable=True),
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('updated_at', sa.BigInteger(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('custom', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), server_default='{}', nullable=False),
    sa.Column('trashed_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['company_id'], ['companies_company.id'], name=op.f('fk_leads_lead_company_id')),
    sa.ForeignKeyConstraint(['created_by_id'], ['core_user.id'], name=op.f('fk_leads_lead_created_by_id')),
    sa.ForeignKeyConstraint(['duplicate_of_id'], ['leads_lead.id'], name=op.f('fk_leads_lead_duplicate_of_id')),
    sa.ForeignKeyConstraint(['owner_id'], ['core_user.id'], name=op.f('fk_leads_lead_owner_id')),
    sa.ForeignKeyConstraint(['type_id'], ['leads_type.id'], name=op.f('fk_leads_lead_type_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_leads_lead')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('leads_lead', schema=None) as batch_op:
        batch_op.create_index('ix_leads_lead_changed', ['changed_at', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_leads_lead_company_id'), ['company_id'], unique=False)
        batch_op.create_index('ix_leads_lead_company_stage', ['company_id', 'progress', 'estimated_sale', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_leads_lead_email'), ['email'], unique=False)
        batch_op.create_index('ix_leads_lead_name', ['fullname_key', 'id'], unique=False)
        batch_op.create_index('ix_leads_lead_owner', ['owner_id', 'progress', 'estimated_sale', 'id'], unique=False)
        batch_op.create_index('ix_leads_lead_stage', ['progress', 'estimated_sale', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_leads_lead_type_id'), ['type_id'], unique=False)

    op.create_table('leads_move',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('lead_id', sa.Integer(), nullable=False),
    sa.Column('what', sa.String(length=30), nullable=False),
    sa.Column('before', sa.Text(), nullable=True),
    sa.Column('after', sa.Text(), nullable=True),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('at', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['lead_id'], ['leads_lead.id'], name=op.f('fk_leads_move_lead_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_leads_move'))
    )
    with op.batch_alter_table('leads_move', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_leads_move_lead_id'), ['lead_id'], unique=False)

    op.create_table('leads_tagged',
    sa.Column('lead_id', sa.Integer(), nullable=False),
    sa.Column('tag_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['lead_id'], ['leads_lead.id'], name=op.f('fk_leads_tagged_lead_id')),
    sa.ForeignKeyConstraint(['tag_id'], ['leads_tag.id'], name=op.f('fk_leads_tagged_tag_id')),
    sa.PrimaryKeyConstraint('lead_id', 'tag_id', name=op.f('pk_leads_tagged'))
    )
    with op.batch_alter_table('leads_tagged', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_leads_tagged_tag_id'), ['tag_id'], unique=False)

    create_search_index(op, 'leads_lead')


def downgrade() -> None:
    drop_search_index(op, 'leads_lead')
    with op.batch_alter_table('leads_tagged', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_leads_tagged_tag_id'))

    op.drop_table('leads_tagged')
    with op.batch_alter_table('leads_move', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_leads_move_lead_id'))

    op.drop_table('leads_move')
    with op.batch_alter_table('leads_lead', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_leads_lead_type_id'))
        batch_op.drop_index('ix_leads_lead_stage')
        batch_op.drop_index('ix_leads_lead_owner')
        batch_op.drop_index('ix_leads_lead_name')
        batch_op.drop_index(batch_op.f('ix_leads_lead_email'))
        batch_op.drop_index('ix_leads_lead_company_stage')
        batch_op.drop_index(batch_op.f('ix_leads_lead_company_id'))
        batch_op.drop_index('ix_leads_lead_changed')

    op.drop_table('leads_lead')
    op.drop_table('leads_type')
    op.drop_table('leads_tag')
