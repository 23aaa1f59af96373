"""The item page and the volume page as data."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flask_babel import gettext, ngettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from archive import accounts, audit, catalogue, file_passwords, twins
from archive.access import gate, policy
from archive.access.actions import Action
from archive.access.actor import Actor
from archive.errors import NotFoundError
from archive.members import iter_tree
from archive.models import CaseVolume, File, Item, Page
from archive.quarantine import NotScannedError, find_withholding
from archive.reasons import REASONS
from archive.record import Archive
from archive.states import FileStage
from portal.files.service import has_images
from portal.i18n import code_words
from portal.items.entry import Entry, build_entry
from portal.items.gaps import Gap, find_gap
from portal.words import Badge, in_language, outcome_badge, state_badge

FILES_SHOWN: Final = 100
THUMBNAILS: Final = 6
RELATIONS: Final = {
    "正本-定稿": "Final copy and final draft",
    "请示-批复": "Request and reply",
    "来文-复文": "Letter and answer",
    "合同-发票": "Contract and invoice",
    "合同-验收": "Contract and acceptance",
    "项目-设备": "Project and equipment",
    "文件-录音": "Paper and recording",
    "其他": "Other",
}
STAGES: Final = {
    FileStage.WAITING: ("等待处理", "Waiting"),
    FileStage.READING: ("正在读取文字", "Reading its text"),
    FileStage.RECOGNISING: ("正在识别扫描页", "Recognising scanned pages"),
    FileStage.ASSEMBLING: ("正在汇总", "Putting the pages together"),
    FileStage.DONE: ("处理完毕", "Done"),
}


@dataclass(frozen=True)
class Leaf:
    """A page of a file as a small picture."""

    number: int
    is_blank: bool


@dataclass(frozen=True)
class Twin:
    """Another item that keeps a file of the same content."""

    item_id: str
    title: str


@dataclass(frozen=True)
class FileRow:
    """A file of the item. `name`, for one inside another its path there, is empty for those who may not read it; `note`
    says what became of it, in words."""

    id: str
    name: str
    size: int
    pages: int | None
    seconds: int | None
    badge: Badge
    note: str
    is_working: bool
    can_open: bool
    depth: int
    """How many files it lies in."""
    thumbnails: tuple[Leaf, ...]
    twins: tuple[Twin, ...]
    can_decrypt: bool
    """It waits for a password that this reader may give."""


@dataclass(frozen=True)
class Right:
    """One thing that may be done with the item, or the sentence why not."""

    label: str
    icon: str
    is_held: bool
    why_not: str


@dataclass(frozen=True)
class Related:
    """An item linked with this one."""

    id: str
    title: str
    kind: str
    archival_code: str | None


@dataclass(frozen=True, kw_only=True)
class ItemPage:
    """Everything that the item page shows."""

    item: Item
    entry: Entry
    path: tuple[tuple[str, str], ...]
    badges: tuple[Badge, ...]
    files: tuple[FileRow, ...]
    """One part of all files, for those who look at part `part` of `parts`."""
    part: int
    parts: int
    is_working: bool
    page_total: int
    gap: Gap | None
    rights: tuple[Right, ...]
    reads: bool
    refusal: str
    holder: str
    room: str
    volume: CaseVolume | None
    volume_title: str
    related: tuple[Related, ...]


@dataclass(frozen=True)
class Piece:
    """One line of 卷内目录. `can_read` tells pieces to open from those to ask for."""

    id: str
    archival_code: str | None
    title: str
    doc_no: str
    creators: str
    date: str
    pages: int | None
    badges: tuple[Badge, ...]
    can_read: bool


@dataclass(frozen=True)
class VolumePage:
    """A case volume with the pieces that this reader may know of; `entry_id` is the record of the volume itself."""

    volume: CaseVolume
    title: str
    department: str
    pieces: tuple[Piece, ...]
    entry_id: str


def open_item(archive: Archive, actor: Actor, item_id: str, *, part: int = 1) -> ItemPage:
    """The page with one part of the files, its event committed.

    Raises NotFoundError alike for hidden and missing items.
    """
    with archive.database.writing() as session:
        item = gate.require_item(session, actor, Action.ITEM_DISCOVER, item_id)
        audit.record(session, archive.keys, actor, "item:view", "item", item.id)
        return _build_item(session, archive, actor, item, part)


def open_volume(archive: Archive, actor: Actor, volume_id: str) -> VolumePage:
    """The page, its event committed. A volume without a piece that the reader may know of is a missing one."""
    with archive.database.writing() as session:
        seen = policy.condition(Action.ITEM_DISCOVER, actor)
        pieces = session.scalars(
            select(Item).where(Item.volume_id == volume_id, seen).order_by(Item.archival_code, Item.id)
        ).all()
        if not pieces:
            raise NotFoundError(action=Action.ITEM_DISCOVER, object_type="volume", object_id=volume_id)
        audit.record(session, archive.keys, actor, "volume:view", "volume", volume_id)
        volume = session.get_one(CaseVolume, volume_id)
        department = accounts.get_department(session, volume.department)
        return VolumePage(
            volume=volume,
            title=_volume_title(archive, actor, pieces[0], volume),
            department=in_language(department.name, department.name_en),
            pieces=tuple(_build_piece(archive, actor, piece) for piece in pieces if not _is_whole(piece, volume)),
            entry_id=next((piece.id for piece in pieces if _is_whole(piece, volume)), ""),
        )


def _build_item(session: Session, archive: Archive, actor: Actor, item: Item, part: int) -> ItemPage:
    names = {row.code: in_language(row.name, row.name_en) for row in accounts.list_departments(session)}
    rights = gate.rights_on(actor, item)
    reads, sees_all = Action.ITEM_READ in rights, Action.ITEM_UNMASK in rights
    verdict = policy.decide(Action.ITEM_READ, actor, item)
    room = archive.scheme.archive_room
    files = list(iter_tree(item.files))
    parts = max(1, -(-len(files) // FILES_SHOWN))
    part = min(max(part, 1), parts)
    shown = files[(part - 1) * FILES_SHOWN : part * FILES_SHOWN]
    return ItemPage(
        item=item,
        entry=build_entry(archive, item, names, sees_all=sees_all, reads=reads),
        path=tuple((code, _class_name(archive, code)) for code in archive.scheme.get(item.class_code).path),
        badges=_badges(item),
        files=tuple(_iter_files(session, archive, actor, item, shown)),
        part=part,
        parts=parts,
        is_working=any(not file.outcome for file in files),
        page_total=sum(file.page_count or 0 for file in files),
        gap=find_gap(session, item.files),
        rights=tuple(_iter_rights(actor, item)),
        reads=reads,
        refusal="" if reads else _reason_words(verdict.reason),
        holder=names.get(item.department, item.department),
        room=in_language(room.name, room.name_en),
        volume=item.volume,
        volume_title=_volume_title(archive, actor, item, item.volume) if item.volume else "",
        related=tuple(_iter_related(session, actor, item)),
    )


def _class_name(archive: Archive, code: str) -> str:
    found = archive.scheme.get(code)
    return in_language(found.zh, found.en)


def _is_whole(item: Item, volume: CaseVolume) -> bool:
    """Whether the record describes the case volume itself, not a piece of it."""
    return item.archival_code is not None and item.archival_code == volume.archival_code


def _volume_title(archive: Archive, actor: Actor, piece: Item, volume: CaseVolume) -> str:
    """A volume has no rights of its own; its title is masked as words of a piece would be."""
    if policy.decide(Action.ITEM_UNMASK, actor, piece).allowed:
        return volume.title
    return catalogue.build_masker(archive, piece).mask(volume.title)


def _badges(item: Item) -> tuple[Badge, ...]:
    return (state_badge(item.state), state_badge("on_hold")) if item.on_hold else (state_badge(item.state),)


def _iter_files(
    session: Session, archive: Archive, actor: Actor, item: Item, files: Sequence[File]
) -> Iterator[FileRow]:
    rights = gate.rights_on(actor, item)
    reads, sees_all = Action.ITEM_READ in rights, Action.ITEM_UNMASK in rights
    masker = None if sees_all else catalogue.build_masker(archive, item)
    blank = _find_blank(session, files)
    openable = file_passwords.find_openable(session, actor, files)
    alike = find_twins(session, actor, files if reads else ())
    for file in files:
        withheld = find_withholding(archive.config, file)
        opens = reads and withheld is None
        path = file.member_path or file.name
        name = masker.mask(path) if masker else path
        is_shown = opens and (sees_all or bool(file.outcome))
        drawable = is_shown and has_images(file)
        yield FileRow(
            id=file.id,
            name=name if reads else "",
            size=file.size,
            pages=None if file.seconds is not None else file.page_count,
            seconds=file.seconds,
            badge=outcome_badge(file.outcome),
            note=code_words(withheld.code) if withheld is NotScannedError else file_note(file),
            is_working=not file.outcome,
            can_open=opens,
            depth=file.depth,
            thumbnails=tuple(
                Leaf(number, is_blank=(file.id, number) in blank)
                for number in range(1, min(file.page_count or 1, THUMBNAILS) + 1)
                if drawable
            ),
            twins=alike.get(file.id, ()),
            can_decrypt=file.id in openable,
        )


def find_twins(session: Session, actor: Actor, files: Collection[File]) -> dict[str, tuple[Twin, ...]]:
    """By file id, other items that keep the same content, as this person may know of them."""
    return {
        file_id: tuple(Twin(other.id, title_of(actor, other)) for other in others)
        for file_id, others in twins.find_twin_items(session, actor, files).items()
        if others
    }


def title_of(actor: Actor, item: Item) -> str:
    """The title as this person may see it."""
    return item.title if policy.decide(Action.ITEM_UNMASK, actor, item).allowed else item.title_masked


def _find_blank(session: Session, files: Sequence[File]) -> set[tuple[str, int]]:
    """File and number of the blank pages among the first of each file."""
    wanted = select(Page.file_id, Page.number).where(Page.is_blank, Page.number <= THUMBNAILS)
    return {(row.file_id, row.number) for row in session.execute(wanted.where(Page.file_id.in_([f.id for f in files])))}


def file_note(file: File) -> str:
    """What became of the file, or how far its reading has come."""
    if file.outcome:
        told = (_reason_words(file.reason) if file.reason else "", _blank_words(file))
        return in_language("", " ").join(filter(None, told))
    waiting = (file.page_count or 0) - file.pages_done
    if file.page_count and waiting > 0:
        words = ngettext(
            "%(num)d of %(total)d pages is not searchable yet.",
            "%(num)d of %(total)d pages are not searchable yet.",
            waiting,
            total=file.page_count,
        )
        return str(words)
    return in_language(*STAGES[FileStage(file.stage)])


def _blank_words(file: File) -> str:
    """How many of several pages are blank; a file of blank pages says so by its reason."""
    if not file.blank_pages or file.blank_pages == file.page_count:
        return ""
    words = ngettext(
        "%(num)d of %(total)d pages is blank.",
        "%(num)d of %(total)d pages are blank.",
        file.blank_pages,
        total=file.page_count,
    )
    return str(words)


def _reason_words(code: str) -> str:
    return code_words(code if code in REASONS else "not_granted")


def _iter_rights(actor: Actor, item: Item) -> Iterator[Right]:
    wanted: Mapping[Action, tuple[str, str]] = {
        Action.ITEM_READ: (gettext("Read"), "eye"),
        Action.ITEM_PRINT: (gettext("Print"), "printer"),
        Action.ITEM_DOWNLOAD: (gettext("Download"), "download"),
        Action.ITEM_UNMASK: (gettext("See personal data"), "person-vcard"),
    }
    for action, (label, icon) in wanted.items():
        verdict = policy.decide(action, actor, item)
        yield Right(label, icon, verdict.allowed, "" if verdict.allowed else _why_not(action, verdict.reason))


def _why_not(action: Action, reason: str) -> str:
    """Readers of an item are told what they lack beyond reading, not that they are no readers."""
    if action is not Action.ITEM_READ and reason == "not_reader":
        return str(gettext("This needs a right of its own. Ask the archive room for it."))
    return _reason_words(reason)


def _iter_related(session: Session, actor: Actor, item: Item) -> Iterator[Related]:
    for kind, other in catalogue.iter_relations(session, actor, item):
        yield Related(other.id, title_of(actor, other), in_language(kind, RELATIONS.get(kind, "")), other.archival_code)


def _build_piece(archive: Archive, actor: Actor, item: Item) -> Piece:
    rights = gate.rights_on(actor, item)
    creators = in_language("、", ", ").join(item.creators)
    masker = None if Action.ITEM_UNMASK in rights else catalogue.build_masker(archive, item)
    return Piece(
        id=item.id,
        archival_code=item.archival_code,
        title=item.title_masked if masker else item.title,
        doc_no=item.doc_no,
        creators=masker.mask(creators) if masker else creators,
        date=item.date,
        pages=item.page_count,
        badges=_badges(item),
        can_read=Action.ITEM_READ in rights,
    )
