"""Work to do: the transactional outbox and the jobs that people watch."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from archive.models.base import Base, Id, new_id, utc_now


class Outbox(Base):
    """A promise made in the transaction of a change: this subject needs this work.

    A worker leases a row (`leased_until`), does the work and deletes the row; a row whose lease ran out is taken
    again. One open row per topic and subject: work is idempotent and always reads the newest state.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("topic", "subject_id", "detail"),
        Index("ix_outbox_topic_due", "topic", "due_at"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    topic: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[str] = mapped_column(Id)
    detail: Mapped[str] = mapped_column(String(40), default="")
    token: Mapped[str] = mapped_column(Id, default=new_id)
    """Changes when the same work is asked for again, so that a finishing worker does not delete the newer request."""
    due_at: Mapped[datetime] = mapped_column(default=utc_now)
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    """Leases that neither ended nor were given back: deaths at work."""
    delays: Mapped[int] = mapped_column(Integer, default=0)
    """Failures in passing, one after the other; sets the next delay."""
    last_error: Mapped[str] = mapped_column(String(60), default="")


class Job(Base):
    """Something a person started and may watch: an upload, a folder ingest, an index rebuild."""

    __tablename__ = "job"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(20))
    user_id: Mapped[str | None] = mapped_column(ForeignKey("user.id"), index=True)
    item_id: Mapped[str | None] = mapped_column(ForeignKey("item.id"))
    total: Mapped[int] = mapped_column(Integer, default=0)
    """Files registered so far."""
    done: Mapped[int] = mapped_column(Integer, default=0)
    """Files whose outcome is decided."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    finished_at: Mapped[datetime | None]
