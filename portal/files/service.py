"""Opening a file: one transaction that asks the gate and writes the event, then reading without any.

Whoever gets something from a file went through `open_file`; the bytes follow only after the event is committed. Only a
thumbnail is no event of its own: nobody can read it, and the list or page that shows it by the dozen is on the trail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import selectinload

from archive import audit, bundle, proofreading, texts
from archive.access import gate
from archive.access.actions import Action
from archive.access.actor import Actor
from archive.errors import NotFoundError
from archive.file_passwords import LOCKED
from archive.kinds import FileKind, kind_of
from archive.members import iter_tree
from archive.models import File, Item, Page
from archive.quarantine import find_withholding
from archive.record import Archive
from archive.texts import PageText
from portal.files import sight

IMAGE_TYPES: Final = frozenset(
    (
        *("image/jpeg", "image/png", "image/tiff", "image/bmp", "image/x-ms-bmp", "image/gif", "image/webp"),
        *("image/jp2", bundle.MEDIA_TYPE),
    )
)
PDF: Final = "application/pdf"


@dataclass(frozen=True)
class OpenedFile:
    """A file that its opener may read, at the moment of opening. `sees_all`: without masks."""

    file: File
    item: Item
    rights: frozenset[Action]
    is_stamped: bool
    parts: Mapping[int, str]
    """Addresses of pages read so far, while the file is still at work."""
    blank: frozenset[int]
    """Numbers of the pages that hold nothing."""

    @property
    def address(self) -> str:
        """Where its bytes lie. Raises NotFoundError for a member of a container that could not be taken out."""
        if self.file.address is None:
            raise NotFoundError(object_type="file", object_id=self.file.id, reason="member_not_kept")
        return self.file.address

    @property
    def sees_all(self) -> bool:
        """Whether nothing is masked for this person."""
        return Action.ITEM_UNMASK in self.rights

    @property
    def page_total(self) -> int:
        """Number of pages; 1 as long as nobody has counted."""
        return self.file.page_count or max(self.parts, default=1)

    @property
    def has_images(self) -> bool:
        """Whether its pages can be drawn; office documents and mail have text pages only."""
        return has_images(self.file)

    @property
    def is_read(self) -> bool:
        """Whether ingest has finished with it."""
        return bool(self.file.outcome)

    def is_page_read(self, number: int) -> bool:
        """Whether everything that can be read on the page was read."""
        return self.is_read or number in self.parts or number in self.blank


def has_images(file: File) -> bool:
    """Whether something of the file can be drawn: its pages, or the picture of a film; not of a locked file."""
    is_drawn = file.media_type == PDF or file.media_type in IMAGE_TYPES or kind_of(file.media_type) is FileKind.VIDEO
    return is_drawn and file.reason not in (*LOCKED, "decrypted")


def open_file(
    archive: Archive,
    actor: Actor,
    action: Action,
    file_id: str,
    *,
    event: str | None,
    page: int | None = None,
    detail: Mapping[str, Any] | None = None,
) -> OpenedFile:
    """The file, when the actor may do this with it; the event, where there is one, is committed when this returns.

    Raises NotFoundError (also for a page that it has not), NotGrantedError, WithheldError.
    """
    transaction = archive.database.writing if event else archive.database.reading
    with transaction() as session:
        file = gate.require_file(session, actor, action, file_id)
        if withheld := find_withholding(archive.config, file):
            raise withheld(action=action, object_type="file", object_id=file.id, reason=file.reason)
        known = select(Page.number, Page.partial_address, Page.is_blank).where(
            Page.file_id == file.id, or_(Page.partial_address.is_not(None), Page.is_blank)
        )
        pages = session.execute(known).all()
        _ = file.corrections  # loaded here: pages are read without a transaction
        opened = OpenedFile(
            file=file,
            item=file.item,
            rights=gate.rights_on(actor, file.item),
            is_stamped=sight.needs_stamp(actor, file.item),
            parts={row.number: row.partial_address for row in pages if row.partial_address},
            blank=frozenset(row.number for row in pages if row.is_blank),
        )
        if page is not None:
            if not 1 <= page <= opened.page_total:
                raise NotFoundError(object_type="page", object_id=file.id, reason="page_not_found")
            detail = {"page": page} | dict(detail or {})
        if event:
            audit.record(session, archive.keys, actor, event, "file", file.id, detail=detail)
    return opened


def list_inside(archive: Archive, opened: OpenedFile) -> list[OpenedFile]:
    """The files inside an opened one, opened as it is: whoever gets its bytes gets theirs."""
    root = opened.file.root_id or opened.file.id
    with archive.database.reading() as session:
        loaded = select(File).options(selectinload(File.corrections))
        files = session.scalars(loaded.where(File.root_id == root)).all()
    return [replace(opened, file=file, parts={}, blank=frozenset()) for file in iter_tree(files, opened.file.id)]


def find_page(archive: Archive, opened: OpenedFile, number: int) -> PageText | None:
    """The page, None when its text is not there (yet)."""
    return next(iter_pages(archive, opened, number, number), None)


def iter_pages(archive: Archive, opened: OpenedFile, first: int = 1, last: int | None = None) -> Iterator[PageText]:
    """The pages from `first` to `last` that have text so far, under their corrections.

    While recognition is at work, the file's blob holds the text layer, and each recognised page lies in one of its own.
    """
    yield from proofreading.correct_pages(archive, opened.file, _iter_stored(archive, opened, first, last))


def _iter_stored(archive: Archive, opened: OpenedFile, first: int, last: int | None) -> Iterator[PageText]:
    numbers = range(first, min(last or opened.page_total, opened.page_total) + 1)
    with ExitStack() as stack:
        blob = stack.enter_context(archive.vault.reader(opened.file.text_address)) if opened.file.text_address else None
        count = texts.count_pages(blob) if blob else 0
        for number in numbers:
            if number in opened.parts:
                with archive.vault.reader(opened.parts[number]) as part:
                    yield texts.unpack_page(part.read())
            elif blob and number <= count:
                yield texts.read_page(blob, number)
