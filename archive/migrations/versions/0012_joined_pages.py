"""Watched folders that join numbered images, stacks with separator sheets"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("watched_folder", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_joining", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("file", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_stack", sa.Boolean(), nullable=False, server_default=sa.false()))
    # The defaults were for the rows that were there; new ones get theirs from the program.
    with op.batch_alter_table("watched_folder", schema=None) as batch_op:
        batch_op.alter_column("is_joining", server_default=None)
    with op.batch_alter_table("file", schema=None) as batch_op:
        batch_op.alter_column("is_stack", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("file", schema=None) as batch_op:
        batch_op.drop_column("is_stack")
    with op.batch_alter_table("watched_folder", schema=None) as batch_op:
        batch_op.drop_column("is_joining")
