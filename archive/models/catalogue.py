"""Catalogue: case volumes (案卷) with their pieces (卷内文件), single items (件), and relations between them.

A piece is an item with a `volume_id`. Every row has a department and a sensitivity: nothing is unowned.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Boolean, CheckConstraint, Date, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from archive.models.base import Base, Id, new_id, utc_now

if TYPE_CHECKING:
    from archive.models.files import File

ALL_DEPARTMENTS = "*"
"""Value of an addressed department that means every department (各科室)."""


class CaseVolume(Base):
    """Papers of one project, machine, admission or voucher book. Fields typed here count for its pieces."""

    __tablename__ = "case_volume"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    archival_code: Mapped[str | None] = mapped_column(String(60), unique=True)
    class_code: Mapped[str] = mapped_column(String(40), index=True)
    title: Mapped[str] = mapped_column(String(300))
    department: Mapped[str] = mapped_column(ForeignKey("department.code"))
    year: Mapped[int | None] = mapped_column(Integer)
    meta: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)

    pieces: Mapped[list[Item]] = relationship(back_populates="volume", order_by="Item.archival_code")


class Item(Base):
    """A catalogue record; it may have no file yet.

    `title` holds the words as written, `title_masked` the same length with sensitive spans masked; `sealed` holds the
    template fields marked sensitive, encrypted. `revision` rises by one with every change and is the version of the
    index write.
    """

    __tablename__ = "item"
    __table_args__ = (
        CheckConstraint("sensitivity BETWEEN 1 AND 5", name="sensitivity"),
        CheckConstraint("revision > 0", name="revision"),
        Index("ix_item_class_department", "class_code", "department"),
        Index("ix_item_owner_state", "owner_id", "state"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    volume_id: Mapped[str | None] = mapped_column(ForeignKey("case_volume.id"), index=True)
    archival_code: Mapped[str | None] = mapped_column(String(60), unique=True)
    class_code: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(300))
    title_masked: Mapped[str] = mapped_column(String(300))
    creators: Mapped[list[str]] = mapped_column(JSON, default=list)
    date: Mapped[str] = mapped_column(String(30), default="")
    """As described (EDTF-like, ISO 8601-2 profile of DA/T 18): YYYYMMDD, unknown part 00, range A-B."""
    date_from: Mapped[dt.date | None] = mapped_column(Date)
    date_to: Mapped[dt.date | None] = mapped_column(Date)
    year: Mapped[int | None] = mapped_column(Integer, index=True)
    doc_no: Mapped[str] = mapped_column(String(100), default="")
    keywords: Mapped[list[str]] = mapped_column(JSON, default=list)
    abstract: Mapped[str] = mapped_column(Text, default="")
    transcript: Mapped[str] = mapped_column(Text, default="")
    """Spoken words of sound and video recordings, typed or imported; content, not catalogue."""
    page_count: Mapped[int | None] = mapped_column(Integer)
    """Faces with content of the original, as catalogued."""
    carrier: Mapped[str] = mapped_column(String(20), default="")
    origin: Mapped[str] = mapped_column(String(20), default="")
    retention: Mapped[str] = mapped_column(String(10))
    department: Mapped[str] = mapped_column(ForeignKey("department.code"), index=True)
    sensitivity: Mapped[int] = mapped_column(Integer)
    reading_scope: Mapped[str] = mapped_column(String(20))
    security_drawing: Mapped[bool] = mapped_column(Boolean, default=False)
    on_hold: Mapped[bool] = mapped_column(Boolean, default=False)
    state: Mapped[str] = mapped_column(String(20))
    location: Mapped[str] = mapped_column(String(60), default="")
    meta: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    revision: Mapped[int] = mapped_column(Integer, default=1)
    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    changed_at: Mapped[dt.datetime] = mapped_column(default=utc_now)

    volume: Mapped[CaseVolume | None] = relationship(back_populates="pieces")
    named_departments: Mapped[list[ItemDepartment]] = relationship(cascade="all, delete-orphan", lazy="selectin")
    files: Mapped[list[File]] = relationship(back_populates="item", order_by="File.position")

    @property
    def reading_departments(self) -> frozenset[str]:
        """Departments named by the reading scope 指定部门."""
        return frozenset(row.department for row in self.named_departments if row.relation == "reading")

    @property
    def addressed_departments(self) -> frozenset[str]:
        """Departments in 主送, 抄送 or 发放范围."""
        return frozenset(row.department for row in self.named_departments if row.relation == "addressed")


class ItemDepartment(Base):
    """A department named by an item: as a reader (指定部门) or as an addressee."""

    __tablename__ = "item_department"
    __table_args__ = (CheckConstraint("relation IN ('reading', 'addressed')", name="relation"),)

    item_id: Mapped[str] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"), primary_key=True)
    department: Mapped[str] = mapped_column(String(40), primary_key=True)
    relation: Mapped[str] = mapped_column(String(10), primary_key=True)


class Relation(Base):
    """A typed link between two items, stored once and shown from both ends."""

    __tablename__ = "relation"

    from_id: Mapped[str] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"), primary_key=True)
    to_id: Mapped[str] = mapped_column(ForeignKey("item.id", ondelete="CASCADE"), primary_key=True, index=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
