"""Corrections of recognised text, and how many lines of a page wait for them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "correction",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("file_id", sa.String(length=36), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("line", sa.String(length=36), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("is_taken_back", sa.Boolean(), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name=op.f("fk_correction_file_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_correction_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
        sa.UniqueConstraint("file_id", "page", "revision", name=op.f("uq_correction_file_id_page_revision")),
    )
    op.create_index("ix_correction_user_made", "correction", ["user_id", "made_at"], unique=False)
    op.create_index("ix_correction_made", "correction", ["made_at"], unique=False)
    with op.batch_alter_table("page", schema=None) as batch_op:
        batch_op.add_column(sa.Column("uncertain", sa.Integer(), nullable=False, server_default="0"))
    # The default was for the rows that were there; new ones get theirs from the program.
    with op.batch_alter_table("page", schema=None) as batch_op:
        batch_op.alter_column("uncertain", server_default=None)
    waiting = sa.text("uncertain > 0")
    op.create_index(
        "ix_page_uncertain",
        "page",
        ["confidence", "file_id", "number"],
        unique=False,
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def downgrade() -> None:
    op.drop_index("ix_page_uncertain", table_name="page")
    with op.batch_alter_table("page", schema=None) as batch_op:
        batch_op.drop_column("uncertain")
    op.drop_table("correction")
