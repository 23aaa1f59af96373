"""Files inside other files"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("file", schema=None) as batch_op:
        batch_op.add_column(sa.Column("parent_id", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("root_id", sa.String(length=36), nullable=True))
        batch_op.add_column(sa.Column("depth", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("member_path", sa.String(length=300), nullable=False, server_default=""))
        batch_op.alter_column("address", existing_type=sa.String(length=100), nullable=True)
    # The defaults were for the rows that were there; new ones get theirs from the program.
    with op.batch_alter_table("file", schema=None) as batch_op:
        batch_op.alter_column("depth", server_default=None)
        batch_op.alter_column("member_path", server_default=None)
        batch_op.create_foreign_key(batch_op.f("fk_file_parent_id"), "file", ["parent_id"], ["id"], ondelete="CASCADE")
        batch_op.create_foreign_key(batch_op.f("fk_file_root_id"), "file", ["root_id"], ["id"], ondelete="CASCADE")
        batch_op.create_unique_constraint(batch_op.f("uq_file_parent_id_position"), ["parent_id", "position"])
        batch_op.create_index(batch_op.f("ix_file_root_id"), ["root_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_file_root_id"))
        batch_op.drop_constraint(batch_op.f("uq_file_parent_id_position"), type_="unique")
        batch_op.drop_constraint(batch_op.f("fk_file_root_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_file_parent_id"), type_="foreignkey")
        for name in ("member_path", "depth", "root_id", "parent_id"):
            batch_op.drop_column(name)
        batch_op.alter_column("address", existing_type=sa.String(length=100), nullable=False)
