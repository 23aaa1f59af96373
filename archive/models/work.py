"""Work to do: the transactional outbox and the jobs that people watch."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, String, UniqueConstraint
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
        Index("ix_outbox_order", "topic", "is_bulk", "turn", "id"),
        Index("ix_outbox_lane", "topic", "lane", "turn"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    topic: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[str] = mapped_column(Id)
    detail: Mapped[str] = mapped_column(String(40), default="")
    token: Mapped[str] = mapped_column(Id, default=new_id)
    """Changes when the same work is asked for again, so that a finishing worker does not delete the newer request."""
    lane: Mapped[str] = mapped_column(String(40), default="")
    """The batch it belongs to, empty for single acts of people."""
    is_bulk: Mapped[bool] = mapped_column(Boolean, default=False)
    """Taken after all that somebody waits for."""
    turn: Mapped[int] = mapped_column(BigInteger, default=0)
    """Place in the order that is fair to all lanes (`archive.outbox`)."""
    due_at: Mapped[datetime] = mapped_column(default=utc_now)
    leased_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    """Leases that neither ended nor were given back: deaths at work."""
    delays: Mapped[int] = mapped_column(Integer, default=0)
    """Failures in passing, one after the other; sets the next delay."""
    last_error: Mapped[str] = mapped_column(String(60), default="")


class Job(Base):
    """A batch: files that came in together, which people may watch as one.

    `kind` says how they came: upload, ingest (command) or folder (watched). `department` is whose work it is.
    """

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_department_finished", "department", "finished_at"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(200), default="")
    department: Mapped[str] = mapped_column(String(40), default="")
    user_id: Mapped[str | None] = mapped_column(ForeignKey("user.id"), index=True)
    item_id: Mapped[str | None] = mapped_column(ForeignKey("item.id"))
    total: Mapped[int] = mapped_column(Integer, default=0)
    """Files registered so far."""
    done: Mapped[int] = mapped_column(Integer, default=0)
    """Files whose outcome is decided."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    finished_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    """When somebody stopped it: what was not read by then stays unread until it is asked for again."""
