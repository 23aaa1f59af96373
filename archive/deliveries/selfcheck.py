"""The self-check of a delivery: what can be said without looking at an image, asked of the record as it stands now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from archive.access.actor import Actor
from archive.attach.records import find_touched, list_missing, list_page_differences
from archive.deliveries.rules import LEAST_DPI
from archive.models import Delivery, File, Item, Page
from archive.reasons import Outcome

_READ: Final = ("", Outcome.SEARCHABLE, Outcome.EMPTY, Outcome.DUPLICATE)


class Fault(StrEnum):
    """What the self-check finds."""

    MISSING = "missing"  # a record of the same volumes has no file
    PAGES_DIFFER = "pages_differ"  # from the number in the catalogue
    UNREADABLE = "unreadable"
    LOW_DPI = "low_dpi"


@dataclass(frozen=True)
class Finding:
    """One fault of one record. `file` is the one concerned; `detail` a code of `archive.reasons` or figures."""

    fault: Fault
    item_id: str
    code: str
    file: File | None = None
    detail: str = ""


@dataclass(frozen=True)
class Figures:
    """The self-check in figures; what stands in the acceptance sheet."""

    files: int = 0
    records: int = 0
    pages: int = 0
    waiting: int = 0
    """Files that are not read yet."""
    missing: int = 0
    surplus: int = 0
    pages_differ: int = 0
    unreadable: int = 0
    low_dpi: int = 0
    unknown_dpi: int = 0
    """Scanned pages of which nobody says the resolution."""
    blank: int = 0

    @property
    def faults(self) -> int:
        """Everything that a delivery without a word of explanation must not have."""
        return self.missing + self.surplus + self.pages_differ + self.unreadable + self.low_dpi

    def dump(self) -> dict[str, Any]:
        """For the record."""
        return asdict(self)


@dataclass(frozen=True)
class SelfCheck:
    """Figures and what they count. Surplus files belong to no record; the delivery names them itself."""

    figures: Figures
    findings: tuple[Finding, ...]


def list_files(session: Session, delivery: Delivery) -> Sequence[File]:
    """What was delivered, without what lies inside of it."""
    wanted = select(File).where(File.job_id == delivery.job_id, File.parent_id.is_(None)).options(joinedload(File.item))
    return session.scalars(wanted.join(Item).order_by(Item.archival_code, File.position, File.id)).all()


def check(session: Session, actor: Actor, delivery: Delivery) -> SelfCheck:
    """Runs the self-check. Missing are records that this actor may add files to."""
    files = list_files(session, delivery)
    codes = {file.item_id: str(file.item.archival_code or "") for file in files}
    missing = list_missing(session, find_touched(session, actor, set(codes.values()) - {""})) if files else []
    differences = list_page_differences(session, codes)
    resolutions = _read_resolutions(session, delivery)
    findings = [Finding(Fault.MISSING, record.item_id, record.code) for record in missing]
    findings += [
        Finding(Fault.PAGES_DIFFER, one.item_id, one.code, detail=f"{one.catalogued} → {one.found}")
        for one in differences
    ]
    for file in files:
        if file.outcome not in _READ:
            findings.append(Finding(Fault.UNREADABLE, file.item_id, codes[file.item_id], file, file.reason))
        low = resolutions.get(file.id, (0, 0, None))
        if low[1]:
            findings.append(Finding(Fault.LOW_DPI, file.item_id, codes[file.item_id], file, f"{low[2]} dpi"))
    return SelfCheck(
        Figures(
            files=len(files),
            records=len(codes),
            pages=sum(file.page_count or 0 for file in files),
            waiting=sum(not file.outcome for file in files),
            missing=len(missing),
            surplus=len(delivery.surplus),
            pages_differ=len(differences),
            unreadable=sum(one.fault is Fault.UNREADABLE for one in findings),
            low_dpi=sum(one.fault is Fault.LOW_DPI for one in findings),
            unknown_dpi=sum(unknown for unknown, _, _ in resolutions.values()),
            blank=sum(file.blank_pages for file in files),
        ),
        tuple(findings),
    )


def _read_resolutions(session: Session, delivery: Delivery) -> dict[str, tuple[int, int, int | None]]:
    """By file: scanned pages of unknown resolution, pages below LEAST_DPI, and the lowest resolution."""
    unknown = func.count().filter(Page.dpi.is_(None), Page.needs_ocr)
    low = func.count().filter(Page.dpi < LEAST_DPI)
    rows = session.execute(
        select(Page.file_id, unknown, low, func.min(Page.dpi))
        .join(File, File.id == Page.file_id)
        .where(File.job_id == delivery.job_id, File.parent_id.is_(None))
        .group_by(Page.file_id)
    )
    return {file_id: (none, few, least) for file_id, none, few, least in rows}
