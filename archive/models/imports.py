"""Catalogues on their way from a table into the record, and what columns meant in earlier tables of a source."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from archive.models.base import Base, Id, new_id, utc_now


class CatalogueImport(Base):
    """One table between upload and report. Its rows lie in the vault under `address` until `expires_at`.

    `fields` names the field of every column, `options` what counts for all rows. `total` and `done` count rows.
    """

    __tablename__ = "catalogue_import"

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), index=True)
    source: Mapped[str] = mapped_column(String(100))
    """Where the table comes from, in the words of whoever imports; columns are remembered by it."""
    name: Mapped[str] = mapped_column(String(300))
    address: Mapped[str] = mapped_column(String(100), unique=True)
    sheet: Mapped[int] = mapped_column(Integer, default=0)
    heading_row: Mapped[int] = mapped_column(Integer, default=0)
    fields: Mapped[list[str]] = mapped_column(JSON, default=list)
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    stage: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(60), default="")
    total: Mapped[int] = mapped_column(Integer, default=0)
    done: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(default=utc_now)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ImportLine(Base):
    """What became of one row (from 0). Written in the transaction of the record that the row made."""

    __tablename__ = "import_line"

    import_id: Mapped[str] = mapped_column(ForeignKey("catalogue_import.id", ondelete="CASCADE"), primary_key=True)
    row: Mapped[int] = mapped_column(Integer, primary_key=True)
    outcome: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(60), default="")
    column: Mapped[int | None] = mapped_column(Integer)
    item_id: Mapped[str | None] = mapped_column(Id)


class ColumnMemory(Base):
    """The fields that the headings of a source stood for when its table was last imported."""

    __tablename__ = "column_memory"

    source: Mapped[str] = mapped_column(String(100), primary_key=True)
    headings: Mapped[dict[str, str]] = mapped_column(JSON)
    changed_by: Mapped[str] = mapped_column(Id)
    changed_at: Mapped[datetime] = mapped_column(default=utc_now)
