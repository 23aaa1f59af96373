"""Blank pages"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("file", schema=None) as batch_op:
        batch_op.add_column(sa.Column("blank_pages", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("page", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_blank", sa.Boolean(), nullable=False, server_default=sa.false()))
    # The defaults were for the rows that were there; new ones get theirs from the program.
    with op.batch_alter_table("file", schema=None) as batch_op:
        batch_op.alter_column("blank_pages", server_default=None)
    with op.batch_alter_table("page", schema=None) as batch_op:
        batch_op.alter_column("is_blank", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("page", schema=None) as batch_op:
        batch_op.drop_column("is_blank")
    with op.batch_alter_table("file", schema=None) as batch_op:
        batch_op.drop_column("blank_pages")
