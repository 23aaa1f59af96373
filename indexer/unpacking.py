"""Takes the files out of a container, one by one, straight into the vault.

Threat: a container that grows without end, in bytes, in number or in depth (bombs), or fills the vault before anybody
notices. Guarantee: bytes are counted as they come, never as declared; nothing is kept of a container that goes above a
limit; what is kept belongs to nobody until the record names it, and is destroyed when that fails. Residual risk: while
several containers of one file are opened at the same time, each may take up the room that is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from threading import Semaphore
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive.intake import clean_name
from archive.models import File
from archive.reasons import Outcome
from archive.record import Archive
from archive.vault.errors import VaultError
from archive.vault.writer import StoredBlob
from indexer.extract.names import clean_path, decode_names
from indexer.extract.types import Document
from indexer.tools.containers import BOMB_BYTES, BOMB_RATIO
from indexer.tools.members import End, MemberReader, Portion
from render.errors import ToolError

MAX_DEPTH: Final = 5
MAX_MEMBERS: Final = 10_000
MAX_BYTES: Final = 20 * 1024**3
"""For all that is inside one stored file, however deep."""

STORING_THREADS: Final = 8


@dataclass(frozen=True)
class Room:
    """How many members, and how many bytes of them, may still come out of one stored file."""

    members: int = MAX_MEMBERS
    size: int = MAX_BYTES


@dataclass(frozen=True)
class Member:
    """A file inside another. `reason` says, with the outcome, why there are no bytes of it; else it is a warning."""

    position: int
    path: str = field(repr=False)
    size: int
    stored: StoredBlob | None
    outcome: Outcome | None
    reason: str

    @property
    def name(self) -> str:
        """The last part of the path."""
        return clean_name(self.path)


@dataclass(frozen=True)
class Unpacked:
    """Everything found in a container. `is_whole`: it did not break off, and no member lacks its bytes."""

    members: tuple[Member, ...]
    is_whole: bool

    @property
    def is_locked(self) -> bool:
        """Whether there is nothing but what needs a password."""
        return bool(self.members) and all(member.reason == "encrypted" for member in self.members)


def find_room(session: Session, root_id: str | None) -> Room:
    """What is left for the stored file `root_id`, by what the record knows to be inside it; None for a new one."""
    if root_id is None:
        return Room()
    total = func.sum(File.size).filter(File.address.is_not(None))  # a size that was only declared is no size
    used, size = session.execute(select(func.count(), total).where(File.root_id == root_id)).one()
    return Room(max(0, MAX_MEMBERS - used), max(0, MAX_BYTES - int(size or 0)))


def require_room(room: Room, members: int, size: int) -> None:
    """Raises ToolError `expands_too_much` (quarantined) for more than there is room for."""
    if members > room.members or size > room.size:
        raise ToolError("expands_too_much", Outcome.QUARANTINED)


def unpack(archive: Archive, reader: MemberReader, document: Document, room: Room, nameless: str) -> Unpacked:
    """All members, their bytes in the vault. `nameless` is the name of a member that has none.

    Raises ToolError, VaultFullError, ToolUnavailableError; nothing is left in the vault then.
    """
    with ThreadPoolExecutor(STORING_THREADS, thread_name_prefix="store") as pool:
        taking = _Taking(archive, reader, document, room, pool)
        try:
            end = taking.run()
            found = [raw.finished() for raw in taking.found]
        except BaseException:
            taking.undo()
            raise
    members = tuple(_name_members(found, nameless))
    return Unpacked(members, is_whole=not end.reason and all(m.stored or m.reason == "empty_file" for m in members))


@dataclass(frozen=True)
class _Raw:
    """A member whose name is still bytes; `coming` is the blob of a small one, on its way into the vault."""

    name: bytes = field(repr=False)
    size: int
    stored: StoredBlob | None = None
    outcome: Outcome | None = None
    reason: str = ""
    coming: Future[StoredBlob] | None = None

    def finished(self) -> _Raw:
        """The member when its blob is in the vault. Raises VaultFullError."""
        return self if self.coming is None else replace(self, stored=self.coming.result(), coming=None)


class _Taking:
    """One walk through one container."""

    def __init__(
        self, archive: Archive, reader: MemberReader, document: Document, room: Room, pool: ThreadPoolExecutor
    ) -> None:
        self._archive = archive
        self._reader = reader
        self._document = document
        self._room = room
        self._pool = pool
        self._free = Semaphore(STORING_THREADS)
        self._size = 0
        self.found: list[_Raw] = []

    def run(self) -> End:
        """Takes members until the end; those in `found` may still be on their way."""
        while not isinstance(portion := self._take(len(self.found), 0), End):
            require_room(self._room, len(self.found) + 1, self._size)
            self._count(len(portion.content))
            self.found.append(self._keep(portion))
        return portion

    def undo(self) -> None:
        """Destroys what was stored."""
        for raw in self.found:
            with suppress(VaultError, OSError):  # what stays is swept as an orphan
                stored = raw.finished().stored
                if stored is not None:
                    self._archive.vault.destroy(stored.address)

    def _take(self, index: int, offset: int) -> Portion | End:
        return self._reader.take(self._document.file, self._document.identified.media_type, index, offset)

    def _keep(self, portion: Portion) -> _Raw:
        name = portion.name
        if portion.reason:
            return _Raw(name, portion.size or 0, None, Outcome.UNREADABLE, portion.reason)
        if not portion.is_whole:
            return self._keep_large(portion)
        if not portion.content:
            return _Raw(name, 0, None, Outcome.REFUSED, "empty_file")
        # Waiting for the disk takes longer than unpacking a small member, so several wait at once.
        self._free.acquire()
        coming = self._pool.submit(self._archive.vault.put, portion.content)
        coming.add_done_callback(lambda _: self._free.release())
        return _Raw(name, len(portion.content), coming=coming)

    def _keep_large(self, portion: Portion) -> _Raw:
        with self._archive.vault.writer() as writer:
            size = len(portion.content)
            writer.write(portion.content)
            while not portion.is_whole:
                following = self._take(len(self.found), size)
                if isinstance(following, End):
                    raise ToolError("tool_output")
                portion = following
                size += len(portion.content)
                self._count(len(portion.content))
                if portion.reason:
                    return _Raw(portion.name, portion.size or 0, None, Outcome.UNREADABLE, portion.reason)
                if size > self._archive.config.max_upload_bytes:
                    return _Raw(portion.name, size, None, Outcome.REFUSED, "over_limit")
                writer.write(portion.content)
            return _Raw(portion.name, size, writer.finish())

    def _count(self, more: int) -> None:
        self._size += more
        require_room(self._room, 0, self._size)
        if self._size > BOMB_BYTES and self._size > BOMB_RATIO * self._document.file.size:
            raise ToolError("expands_too_much", Outcome.QUARANTINED)


def _name_members(found: Sequence[_Raw], nameless: str) -> list[Member]:
    members = []
    for position, (raw, text) in enumerate(zip(found, decode_names([raw.name for raw in found]), strict=True)):
        path, is_unsafe = clean_path(text or nameless)
        reason = raw.reason or ("name_cleaned" if is_unsafe else "")
        members.append(Member(position, path, raw.size, raw.stored, raw.outcome, reason))
    return members
