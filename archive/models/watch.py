"""Folders that are watched for new files, and the files that were seen in them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from archive.models.base import Base, Id, new_id, utc_now


class WatchedFolder(Base):
    """A folder of one department: what is put there is taken in, in the name of one account.

    `leased_until` keeps two workers from looking at the same time; `problem` is a code of `archive.reasons`.
    """

    __tablename__ = "watched_folder"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    path: Mapped[str] = mapped_column(String(500), unique=True)
    department: Mapped[str] = mapped_column(ForeignKey("department.code"))
    class_code: Mapped[str] = mapped_column(String(40))
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    is_joining: Mapped[bool] = mapped_column(Boolean, default=False)
    """Numbered images that are put there become one file of pages."""
    job_id: Mapped[str | None] = mapped_column(ForeignKey("job.id"))
    leased_until: Mapped[datetime | None]
    looked_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(String(60), default="")
    created_at: Mapped[datetime] = mapped_column(default=utc_now)


class WatchedFile(Base):
    """A file as it was last seen in a watched folder, until it is moved away.

    `file_id` is set in the transaction that takes it in: whoever finds it set only has to move the file.
    """

    __tablename__ = "watched_file"

    folder_id: Mapped[str] = mapped_column(ForeignKey("watched_folder.id", ondelete="CASCADE"), primary_key=True)
    path: Mapped[str] = mapped_column(String(500), primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    modified: Mapped[int] = mapped_column(BigInteger)
    """Nanoseconds, as the file system says."""
    seen_at: Mapped[datetime] = mapped_column(default=utc_now)
    """When it was first seen with this size and time."""
    file_id: Mapped[str | None] = mapped_column(Id)
