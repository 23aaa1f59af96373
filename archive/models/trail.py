"""The trail: one event per act, written in the transaction of the act, with a keyed MAC over its fields.

Sealing into a hash chain is a later capability; the MAC already shows any edited row.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from archive.models.base import Base, Id, new_id, utc_now


class Event(Base):
    """Who did or tried what to which object, when, and what was answered. Holds ids and codes, never content."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_object", "object_type", "object_id"),
        Index("ix_event_actor_at", "actor_id", "at"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(default=utc_now)
    actor_id: Mapped[str] = mapped_column(Id)
    action: Mapped[str] = mapped_column(String(40))
    object_type: Mapped[str] = mapped_column(String(20))
    object_id: Mapped[str] = mapped_column(Id)
    verdict: Mapped[str] = mapped_column(String(10))
    """done, refused or failed."""
    reason: Mapped[str] = mapped_column(String(60), default="")
    request_id: Mapped[str] = mapped_column(String(40), default="")
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    mac: Mapped[bytes] = mapped_column(LargeBinary(32))


class QueryLog(Base):
    """The words of a search, apart from its event, readable only under a right of its own."""

    __tablename__ = "query_log"

    event_id: Mapped[str] = mapped_column(ForeignKey("event.id"), primary_key=True)
    query: Mapped[str] = mapped_column(Text)
    total: Mapped[int] = mapped_column(Integer)
