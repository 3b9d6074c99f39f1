"""Imports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "core_0002"
down_revision = "core_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('core_import',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('record_type', sa.String(length=60), nullable=False),
    sa.Column('name', sa.String(length=255), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=True),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('options', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('report', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('header_key', sa.String(length=64), nullable=False),
    sa.Column('job_id', sa.Integer(), nullable=True),
    sa.Column('created_by_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.BigInteger(), nullable=False),
    sa.Column('finished_at', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['created_by_id'], ['core_user.id'], name=op.f('fk_core_import_created_by_id')),
    sa.ForeignKeyConstraint(['file_id'], ['core_file.id'], name=op.f('fk_core_import_file_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_core_import')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('core_import', schema=None) as batch_op:
        batch_op.create_index('ix_core_import_mine', ['record_type', 'created_by_id', 'id'], unique=False)

    op.create_table('core_import_part',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('import_id', sa.Integer(), nullable=False),
    sa.Column('created', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('changed', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.ForeignKeyConstraint(['import_id'], ['core_import.id'], name=op.f('fk_core_import_part_import_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_core_import_part'))
    )
    with op.batch_alter_table('core_import_part', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_core_import_part_import_id'), ['import_id'], unique=False)

    op.create_table('core_import_problem',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('import_id', sa.Integer(), nullable=False),
    sa.Column('row', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('column', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('message', sa.Text(), nullable=False),
    sa.Column('value', sa.String(length=200), nullable=False),
    sa.Column('bad', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['import_id'], ['core_import.id'], name=op.f('fk_core_import_problem_import_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_core_import_problem'))
    )
    with op.batch_alter_table('core_import_problem', schema=None) as batch_op:
        batch_op.create_index('ix_core_import_problem_kind', ['import_id', 'kind'], unique=False)
        batch_op.create_index('ix_core_import_problem_row', ['import_id', 'row'], unique=False)

    with op.batch_alter_table('core_once_key', schema=None) as batch_op:
        batch_op.alter_column('result',
               existing_type=sa.VARCHAR(length=200),
               type_=sa.Text(),
               existing_nullable=False)



def downgrade() -> None:
    with op.batch_alter_table('core_once_key', schema=None) as batch_op:
        batch_op.alter_column('result',
               existing_type=sa.Text(),
               type_=sa.VARCHAR(length=200),
               existing_nullable=False)

    with op.batch_alter_table('core_import_problem', schema=None) as batch_op:
        batch_op.drop_index('ix_core_import_problem_row')
        batch_op.drop_index('ix_core_import_problem_kind')

    op.drop_table('core_import_problem')
    with op.batch_alter_table('core_import_part', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_core_import_part_import_id'))

    op.drop_table('core_import_part')
    with op.batch_alter_table('core_import', schema=None) as batch_op:
        batch_op.drop_index('ix_core_import_mine')

    op.drop_table('core_import')
