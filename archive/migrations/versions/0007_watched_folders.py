"""Watched folders"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "watched_folder",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("path", sa.String(length=500), nullable=False),
        sa.Column("department", sa.String(length=40), nullable=False),
        sa.Column("class_code", sa.String(length=40), nullable=False),
        sa.Column("user_id", sa.String(length=36), nullable=False),
        sa.Column("job_id", sa.String(length=36), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["department"], ["department.code"], name=op.f("fk_watched_folder_department")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_watched_folder_job_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_watched_folder_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watched_folder")),
        sa.UniqueConstraint("path", name=op.f("uq_watched_folder_path")),
    )
    op.create_table(
        "watched_file",
        sa.Column("folder_id", sa.String(length=36), nullable=False),
        sa.Column("path", sa.String(length=500), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("modified", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("file_id", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["folder_id"], ["watched_folder.id"], name=op.f("fk_watched_file_folder_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("folder_id", "path", name=op.f("pk_watched_file")),
    )


def downgrade() -> None:
    op.drop_table("watched_file")
    op.drop_table("watched_folder")
