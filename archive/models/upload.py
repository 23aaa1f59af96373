"""Uploads under way: the parts of a large file that have arrived so far, each encrypted at once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from archive.models.base import Base, Id, new_id, utc_now


class Upload(Base):
    """A file that arrives in pieces. `received` bytes of `size` are there.

    The row outlives its pieces for a while with the id of the file that came of it: who asks again, because the answer
    got lost, gets the same answer.
    """

    __tablename__ = "upload"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), index=True)
    name: Mapped[str] = mapped_column(String(300))
    size: Mapped[int] = mapped_column(BigInteger)
    received: Mapped[int] = mapped_column(BigInteger, default=0)
    file_id: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    touched_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)

    parts: Mapped[list[UploadPart]] = relationship(cascade="all, delete-orphan", order_by="UploadPart.start")


class UploadPart(Base):
    """A piece of an upload from byte `start` on: a blob of its own in the vault."""

    __tablename__ = "upload_part"

    upload_id: Mapped[str] = mapped_column(ForeignKey("upload.id", ondelete="CASCADE"), primary_key=True)
    start: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    size: Mapped[int] = mapped_column(BigInteger)
    address: Mapped[str] = mapped_column(String(100), unique=True)
