"""Verdicts of the virus scanner"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("file", schema=None) as batch_op:
        batch_op.add_column(sa.Column("scanned_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("scan_version", sa.String(length=100), nullable=False, server_default=""))
    # The default was for the rows that were there; new ones get theirs from the program.
    with op.batch_alter_table("file", schema=None) as batch_op:
        batch_op.alter_column("scan_version", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("file", schema=None) as batch_op:
        batch_op.drop_column("scan_version")
        batch_op.drop_column("scanned_at")
