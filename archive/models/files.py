"""Files of an item and the text found on their pages."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    Boolean,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from archive.models.base import Base, Id, new_id, utc_now
from archive.models.catalogue import Item
from archive.models.review import Correction
from archive.states import FileStage


class File(Base):
    """One stored original. Bytes lie in the vault under `address`; page texts and boxes under `text_address`.

    `outcome` is empty until ingest has decided (docs/architecture.md lists the words); `reason` is a code of
    `archive.reasons`. `digest` is keyed: equal content can be recognised here and nowhere else.

    A file inside another (packed files, attachments) is a file of the same item: `parent_id` is what it lies in,
    `root_id` what was handed in, `member_path` its path inside the parent, fit to be shown, `position` its place there.
    One that could not be taken out (a password, no bytes) has no address and an empty digest.
    """

    __tablename__ = "file"
    __table_args__ = (
        Index("ix_file_job_position", "job_id", "position"),
        UniqueConstraint("parent_id", "position"),
        Index("ix_file_job_outcome", "job_id", "outcome"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"), index=True)
    job_id: Mapped[str | None] = mapped_column(ForeignKey("job.id"))
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("file.id", ondelete="CASCADE"))
    root_id: Mapped[str | None] = mapped_column(ForeignKey("file.id", ondelete="CASCADE"), index=True)
    depth: Mapped[int] = mapped_column(Integer, default=0)
    """How many files it lies in."""
    member_path: Mapped[str] = mapped_column(String(300), default="")
    position: Mapped[int] = mapped_column(Integer, default=0)
    name: Mapped[str] = mapped_column(String(300))
    size: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    address: Mapped[str | None] = mapped_column(String(100), unique=True)
    media_type: Mapped[str] = mapped_column(String(150), default="")
    is_mismatched: Mapped[bool] = mapped_column(Boolean, default=False)
    """The extension says something else than the content."""
    page_count: Mapped[int | None] = mapped_column(Integer)
    most_pages: Mapped[int] = mapped_column(Integer, default=0)
    """Most pages this file was ever read to have: pages in the index beyond the present ones must go."""
    pages_done: Mapped[int] = mapped_column(Integer, default=0)
    blank_pages: Mapped[int] = mapped_column(Integer, default=0)
    """How many of its pages hold nothing."""
    seconds: Mapped[int | None] = mapped_column(Integer)
    """How long a recording lasts; None for what is none, and where nobody can tell."""
    chars: Mapped[int] = mapped_column(Integer, default=0)
    stage: Mapped[str] = mapped_column(String(20), default=FileStage.WAITING)
    outcome: Mapped[str] = mapped_column(String(20), default="")
    reason: Mapped[str] = mapped_column(String(60), default="")
    decided_at: Mapped[datetime | None] = mapped_column(index=True)
    """When the outcome was decided; rates are counted from it."""
    engine: Mapped[str] = mapped_column(String(60), default="")
    is_stack: Mapped[bool] = mapped_column(Boolean, default=False)
    """Whoever handed it in said that separator sheets part it."""
    is_scanned: Mapped[bool | None] = mapped_column(Boolean)
    text_address: Mapped[str | None] = mapped_column(String(100))
    scanned_at: Mapped[datetime | None] = mapped_column()
    """When the virus scanner last gave a verdict; None while there was none."""
    scan_version: Mapped[str] = mapped_column(String(100), default="")
    """Engine and signatures of that verdict, as the scanner names them."""
    created_at: Mapped[datetime] = mapped_column(default=utc_now)

    item: Mapped[Item] = relationship(back_populates="files")
    pages: Mapped[list[Page]] = relationship(cascade="all, delete-orphan", order_by="Page.number")
    corrections: Mapped[list[Correction]] = relationship(viewonly=True, order_by=Correction.revision)


class Page(Base):
    """One page of a file: its size, engine and confidence. Its text lies in the vault: first in a blob of its own,
    then, when all pages are read, in the file's one derivative blob."""

    __tablename__ = "page"
    __table_args__ = (
        Index(
            "ix_page_uncertain",
            "confidence",
            "file_id",
            "number",
            sqlite_where=text("uncertain > 0"),
            postgresql_where=text("uncertain > 0"),
        ),
    )

    file_id: Mapped[str] = mapped_column(ForeignKey("file.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    width: Mapped[float] = mapped_column(Float, default=0.0)
    height: Mapped[float] = mapped_column(Float, default=0.0)
    engine: Mapped[str] = mapped_column(String(60), default="")
    confidence: Mapped[float | None] = mapped_column(Float)
    uncertain: Mapped[int] = mapped_column(Integer, default=0)
    """Lines that a person should compare with the scan."""
    chars: Mapped[int] = mapped_column(Integer, default=0)
    reason: Mapped[str] = mapped_column(String(60), default="")
    """Why the page could not be read, a code of `archive.reasons`; empty for most."""
    dpi: Mapped[int | None] = mapped_column(Integer)
    """Dots per inch of the scan that the page is; None for what is none, and where nobody says."""
    needs_ocr: Mapped[bool] = mapped_column(Boolean, default=False)
    """Its text comes from character recognition."""
    is_blank: Mapped[bool] = mapped_column(Boolean, default=False)
    """There is nothing on it; it counts as read."""
    is_read: Mapped[bool] = mapped_column(Boolean, default=True)
    """False while recognition is still to come."""
    partial_address: Mapped[str | None] = mapped_column(String(100))
