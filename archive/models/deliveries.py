"""Deliveries of scanning firms: files attached to records, on their way to being accepted or returned."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from archive.models.base import Base, Id, new_id, utc_now


class Delivery(Base):
    """One delivery: the files of a job, and what was decided about them.

    `surplus` are files that belonged to no record when they came, pairs of path and reason. `figures` are those of the
    self-check at the moment of the decision. `seed` and the two numbers make the sample again.
    """

    __tablename__ = "delivery"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    job_id: Mapped[str] = mapped_column(ForeignKey("job.id"), unique=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), index=True)
    firm: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(20))
    surplus: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    percent: Mapped[int] = mapped_column(Integer, default=0)
    least: Mapped[int] = mapped_column(Integer, default=0)
    seed: Mapped[str] = mapped_column(String(32), default="")
    figures: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None] = mapped_column()
    remark: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)


class DeliverySample(Base):
    """A record drawn for inspection, and what the inspector found. `verdict` is empty until somebody looked."""

    __tablename__ = "delivery_sample"
    __table_args__ = (Index("ix_delivery_sample_order", "delivery_id", "position"),)

    delivery_id: Mapped[str] = mapped_column(ForeignKey("delivery.id", ondelete="CASCADE"), primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    verdict: Mapped[str] = mapped_column(String(10), default="")
    defect: Mapped[str] = mapped_column(String(40), default="")
    note: Mapped[str] = mapped_column(String(500), default="")
    inspected_by: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    inspected_at: Mapped[datetime | None] = mapped_column()
