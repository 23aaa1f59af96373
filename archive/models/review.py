"""What people said of recognised text."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from archive.models.base import Base, Id, new_id, utc_now


class Correction(Base):
    """One person's word on one line of a page; rows are only ever added, the newest of a `line` counts.

    The line as it was read, its box and the words that really stand there are `sealed`: they are content.
    """

    __tablename__ = "correction"
    __table_args__ = (
        UniqueConstraint("file_id", "page", "revision"),
        Index("ix_correction_user_made", "user_id", "made_at"),
        Index("ix_correction_made", "made_at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    file_id: Mapped[str] = mapped_column(ForeignKey("file.id", ondelete="CASCADE"))
    page: Mapped[int] = mapped_column(Integer)
    revision: Mapped[int] = mapped_column(Integer)
    """Counts from 1 on each page."""
    line: Mapped[str] = mapped_column(Id)
    """Shared by all rows about one line."""
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    is_taken_back: Mapped[bool] = mapped_column(Boolean, default=False)
    """The machine's reading counts again."""
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    made_at: Mapped[datetime] = mapped_column(default=utc_now)
