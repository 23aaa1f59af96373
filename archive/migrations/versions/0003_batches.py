"""Batches: fair order of promised work, names and departments of jobs, when a file was decided"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("lane", sa.String(length=40), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("is_bulk", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("turn", sa.BigInteger(), nullable=False, server_default="0"))
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.add_column(sa.Column("name", sa.String(length=200), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("department", sa.String(length=40), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("file", schema=None) as batch_op:
        batch_op.add_column(sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index("ix_file_job_outcome", ["job_id", "outcome"], unique=False)
        batch_op.create_index(batch_op.f("ix_file_decided_at"), ["decided_at"], unique=False)
    # The defaults were for the rows that were there; new ones get theirs from the program.
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        for name in ("lane", "is_bulk", "turn"):
            batch_op.alter_column(name, server_default=None)
        batch_op.create_index("ix_outbox_order", ["topic", "is_bulk", "turn", "id"], unique=False)
        batch_op.create_index("ix_outbox_lane", ["topic", "lane", "turn"], unique=False)
    with op.batch_alter_table("job", schema=None) as batch_op:
        for name in ("name", "department"):
            batch_op.alter_column(name, server_default=None)
        batch_op.create_index("ix_job_department_finished", ["department", "finished_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_file_decided_at"))
        batch_op.drop_index("ix_file_job_outcome")
        batch_op.drop_column("decided_at")
    with op.batch_alter_table("job", schema=None) as batch_op:
        batch_op.drop_index("ix_job_department_finished")
        for name in ("cancelled_at", "department", "name"):
            batch_op.drop_column(name)
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_lane")
        batch_op.drop_index("ix_outbox_order")
        for name in ("turn", "is_bulk", "lane"):
            batch_op.drop_column(name)
