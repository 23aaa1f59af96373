"""A delivery as people see it: figures, findings, sample and decision in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from archive import catalogue
from archive.access import gate, policy
from archive.access.actions import Action
from archive.access.actor import Actor
from archive.deliveries import inspection
from archive.deliveries.rules import LEAST_DPI, Defect, DeliveryState, Tally, Verdict
from archive.deliveries.selfcheck import Fault, Figures, Finding, check, list_files
from archive.models import Delivery, File, Item, User
from archive.record import Archive
from portal.i18n import code_words
from portal.words import Badge, in_language

_STATES: Final = {
    DeliveryState.RECEIVED: ("已接收", "Received", "inbox", "info"),
    DeliveryState.INSPECTING: ("抽检中", "Being inspected", "search", "info"),
    DeliveryState.RETURNED: ("已退回", "Returned", "arrow-return-left", "warn"),
    DeliveryState.ACCEPTED: ("已验收", "Accepted", "check-circle", "ok"),
}
_VERDICTS: Final = {
    "": ("待检", "To be inspected", "hourglass-split", "plain"),
    Verdict.PASS: ("合格", "Passed", "check-circle", "ok"),
    Verdict.FAIL: ("不合格", "Failed", "x-circle", "bad"),
}
DEFECTS: Final = {
    Defect.WRONG_RECORD: ("与目录条目不符", "Belongs to another entry"),
    Defect.PAGES: ("缺页、重页或页序错误", "Pages missing, doubled or out of order"),
    Defect.UNCLEAR: ("图像不清晰", "Not legible"),
    Defect.SKEWED: ("页面偏斜", "Skewed"),
    Defect.CROPPED: ("图像不完整", "Cropped"),
    Defect.TURNED: ("方向不正确", "Upside down or on its side"),
    Defect.OTHER: ("其他", "Something else"),
}
_FAULTS: Final = {
    Fault.MISSING: ("缺件：没有文件", "Missing: no file came"),
    Fault.PAGES_DIFFER: ("页数与目录不符", "Page count differs from the catalogue"),
    Fault.UNREADABLE: ("文件无法读取", "File not readable"),
    Fault.LOW_DPI: ("分辨率过低", "Resolution too low"),
}


@dataclass(frozen=True)
class Summary:
    """One line of the list."""

    delivery: Delivery
    badge: Badge
    owner: str


@dataclass(frozen=True)
class Fact:
    """A figure of the self-check with its words; `is_fault` when it should be 0 and is not."""

    label: str
    value: int
    is_fault: bool = False


@dataclass(frozen=True)
class FindingLine:
    """A finding in words."""

    item_id: str
    code: str
    name: str
    words: str
    detail: str


@dataclass(frozen=True)
class SampleLine:
    """A record of the sample. `file_id` is the first file to look at."""

    item_id: str
    code: str
    title: str
    file_id: str
    verdict: str
    badge: Badge
    defect: str
    defect_words: str
    note: str
    inspector: str


@dataclass(frozen=True, kw_only=True)
class DeliveryView:
    """Everything that the page and the sheet show."""

    delivery: Delivery
    badge: Badge
    owner: str
    figures: Figures
    facts: tuple[Fact, ...]
    findings: tuple[FindingLine, ...]
    sample: tuple[SampleLine, ...]
    tally: Tally
    decided_by: str
    decided_at: datetime | None
    can_inspect: bool

    @property
    def is_open(self) -> bool:
        """Whether anything can still be done."""
        return self.delivery.state in (DeliveryState.RECEIVED, DeliveryState.INSPECTING)


def list_summaries(session: Session, actor: Actor) -> list[Summary]:
    """Deliveries for the list."""
    found = inspection.list_deliveries(session, actor)
    names = _people(session, {one.user_id for one in found})
    return [Summary(one, state_badge(one.state), names.get(one.user_id, "")) for one in found]


def read_delivery(session: Session, archive: Archive, actor: Actor, delivery_id: str) -> DeliveryView:
    """The delivery in words. Raises NotFoundError."""
    delivery = inspection.get_delivery(session, actor, delivery_id)
    found = check(session, actor, delivery)
    # After the decision the figures are those on which it was made.
    figures = Figures(**delivery.figures) if delivery.figures else found.figures
    sample = inspection.list_sample(session, delivery)
    files = list_files(session, delivery)
    people = {delivery.user_id, delivery.decided_by or ""} | {row.inspected_by or "" for row, _item in sample}
    names = _people(session, people - {""})
    first: dict[str, str] = {}
    for file in files:
        first.setdefault(file.item_id, file.id)
    return DeliveryView(
        delivery=delivery,
        badge=state_badge(delivery.state),
        owner=names.get(delivery.user_id, ""),
        figures=figures,
        facts=tuple(_iter_facts(figures)),
        findings=tuple(_describe(archive, actor, one) for one in found.findings),
        sample=tuple(
            SampleLine(
                item_id=item.id,
                code=item.archival_code or "",
                title=_title(actor, item),
                file_id=first.get(item.id, ""),
                verdict=row.verdict,
                badge=_badge(_VERDICTS[Verdict(row.verdict) if row.verdict else ""]),
                defect=row.defect,
                defect_words=in_language(*DEFECTS[Defect(row.defect)]) if row.defect else "",
                note=row.note,
                inspector=names.get(row.inspected_by or "", ""),
            )
            for row, item in sample
        ),
        tally=inspection.count_sample(session, delivery),
        decided_by=names.get(delivery.decided_by or "", ""),
        decided_at=delivery.decided_at,
        can_inspect=policy.permits(Action.DELIVERY_INSPECT, actor),
    )


def iter_redo(view: DeliveryView) -> Iterator[tuple[str, str, str, str]]:
    """What the firm has to do again: archival code, file, what is wrong, remark."""
    yield _("Archival code"), _("File"), _("What is wrong"), _("Remark")
    for finding in view.findings:
        yield finding.code, finding.name, finding.words, finding.detail
    for path, reason in view.delivery.surplus:
        yield "", path, _("Belongs to no record"), code_words(reason)
    for line in view.sample:
        if line.verdict == Verdict.FAIL:
            yield line.code, "", line.defect_words, line.note


def list_defects() -> list[tuple[str, str]]:
    """Values and words of the choice."""
    return [(defect.value, in_language(*words)) for defect, words in DEFECTS.items()]


def state_badge(state: str) -> Badge:
    """Badge of a delivery's state. Raises ValueError."""
    return _badge(_STATES[DeliveryState(state)])


def _badge(words: tuple[str, str, str, str]) -> Badge:
    return Badge(in_language(words[0], words[1]), words[2], words[3])


def _iter_facts(figures: Figures) -> Iterator[Fact]:
    yield Fact(_("Records"), figures.records)
    yield Fact(_("Files"), figures.files)
    yield Fact(_("Pages"), figures.pages)
    for label, value in (
        (_("Records without a file"), figures.missing),
        (_("Files that belong to no record"), figures.surplus),
        (_("Records whose page count differs"), figures.pages_differ),
        (_("Files that cannot be read"), figures.unreadable),
        (_("Files below %(dpi)s dpi", dpi=LEAST_DPI), figures.low_dpi),
    ):
        yield Fact(label, value, is_fault=value > 0)
    yield Fact(_("Scanned pages of unknown resolution"), figures.unknown_dpi)
    yield Fact(_("Blank pages"), figures.blank)


def _describe(archive: Archive, actor: Actor, finding: Finding) -> FindingLine:
    words = in_language(*_FAULTS[finding.fault])
    detail = finding.detail
    if finding.fault is Fault.UNREADABLE:
        detail = code_words(detail)
    name = _file_name(archive, actor, finding.file) if finding.file is not None else ""
    return FindingLine(finding.item_id, finding.code, name, words, detail)


def _file_name(archive: Archive, actor: Actor, file: File) -> str:
    if Action.ITEM_UNMASK in gate.rights_on(actor, file.item):
        return file.name
    return catalogue.build_masker(archive, file.item).mask(file.name)


def _title(actor: Actor, item: Item) -> str:
    return item.title if Action.ITEM_UNMASK in gate.rights_on(actor, item) else item.title_masked


def _people(session: Session, ids: set[str]) -> dict[str, str]:
    rows: Sequence[User] = session.scalars(select(User).where(User.id.in_(ids))).all()
    return {user.id: user.display_name for user in rows}
