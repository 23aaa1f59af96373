"""Uploads in pieces: what arrived stays, encrypted, and a broken connection goes on where it ended.

Each piece is a blob of its own from its first byte, so nothing rests in the clear between two requests, and a restart
of the server loses no more than the piece on its way. When all is there, the pieces are streamed into the one blob of
the file. Uploads that nobody goes on with expire.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import ClassVar, Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from archive import intake
from archive.access.actions import Action
from archive.access.actor import Actor
from archive.errors import ArchiveError, NotFoundError
from archive.intake import CHUNK, RefusedError
from archive.models import File, Upload, UploadPart, utc_now
from archive.record import Archive
from archive.vault.errors import VaultError
from archive.vault.writer import StoredBlob

LIFE: Final = timedelta(days=2)
"""So long an upload waits for its next piece."""
MOST_OPEN: Final = 200
"""Uploads under way of one person."""
LARGEST_OPEN: Final = 4
"""All of them together may be so many times as large as one file."""
PORTION: Final = 100


class OffsetError(ArchiveError):
    """The piece does not begin where the last one ended."""

    code: ClassVar[str] = "conflict"
    status: ClassVar[int] = 409


class TooManyUploadsError(ArchiveError):
    """The person has as many uploads under way as one may have."""

    code: ClassVar[str] = "too_many_uploads"
    status: ClassVar[int] = 429


def begin(session: Session, archive: Archive, actor: Actor, *, name: str, size: int) -> Upload:
    """A new upload. Raises RefusedError, TooManyUploadsError."""
    if size <= 0:
        raise RefusedError(reason="empty_file")
    if size > archive.config.max_upload_bytes:
        raise RefusedError(reason="over_limit")
    mine = (Upload.user_id == actor.id, Upload.file_id.is_(None))
    count, announced = session.execute(select(func.count(), func.sum(Upload.size)).where(*mine)).one()
    if count >= MOST_OPEN or (announced or 0) + size > LARGEST_OPEN * archive.config.max_upload_bytes:
        raise TooManyUploadsError
    upload = Upload(user_id=actor.id, name=intake.clean_name(name), size=size, received=0)
    session.add(upload)
    session.flush()
    return upload


def get_upload(session: Session, actor: Actor, upload_id: str, *, is_locking: bool = False) -> Upload:
    """The actor's own upload. Raises NotFoundError, also for an upload of somebody else."""
    wanted = select(Upload).where(Upload.id == upload_id, Upload.user_id == actor.id)
    upload = session.scalar(wanted.with_for_update() if is_locking else wanted)
    if upload is None:
        raise NotFoundError(action=Action.UPLOAD_USE, object_type="upload", object_id=upload_id)
    return upload


def append(archive: Archive, actor: Actor, upload_id: str, start: int, pieces: Iterator[bytes]) -> int:
    """Adds what arrives from byte `start` on, which may be less than was sent; the new number of bytes received.

    Raises NotFoundError, OffsetError, RefusedError (more than was announced), VaultFullError.
    """
    with archive.database.reading() as session:
        upload = get_upload(session, actor, upload_id)
        received, room = upload.received, upload.size - upload.received
    if start != received:
        raise OffsetError(details={"offset": "changed"})
    with archive.vault.writer() as writer:
        arrived = 0
        for piece in pieces:
            arrived += len(piece)
            if arrived > room:
                raise RefusedError(reason="over_limit")
            writer.write(piece)
        if arrived == 0:
            return received
        stored = writer.finish()
    try:
        return _record(archive, actor, upload_id, start, stored)
    except ArchiveError:
        archive.vault.destroy(stored.address)
        raise


def _record(archive: Archive, actor: Actor, upload_id: str, start: int, stored: StoredBlob) -> int:
    with archive.database.writing() as session:
        upload = get_upload(session, actor, upload_id, is_locking=True)
        if upload.received != start:  # a second connection was faster
            raise OffsetError(details={"offset": "changed"})
        session.add(UploadPart(upload_id=upload.id, start=start, size=stored.size, address=stored.address))
        upload.received, upload.touched_at = start + stored.size, utc_now()
        return upload.received


def join(archive: Archive, actor: Actor, upload_id: str) -> tuple[str, StoredBlob]:
    """Name and blob of a complete upload, whose pieces stay until `settle`. Raises NotFoundError, OffsetError for one
    that is not complete, VaultError."""
    with archive.database.reading() as session:
        upload = get_upload(session, actor, upload_id)
        name, parts = upload.name, [part.address for part in upload.parts]
        if upload.received != upload.size:
            raise OffsetError(details={"offset": "changed"})
    with archive.vault.writer() as writer:
        for address in parts:
            with archive.vault.reader(address) as part:
                while piece := part.read(CHUNK):
                    writer.write(piece)
        return name, writer.finish()


def drop(archive: Archive, actor: Actor, upload_id: str) -> None:
    """Ends an upload and destroys what arrived of it. Raises NotFoundError."""
    with _destroying(archive) as addresses, archive.database.writing() as session:
        upload = get_upload(session, actor, upload_id, is_locking=True)
        addresses += [part.address for part in upload.parts]
        session.delete(upload)


def find_file(session: Session, actor: Actor, upload_id: str) -> File | None:
    """The file that an upload became before. Raises NotFoundError."""
    upload = get_upload(session, actor, upload_id)
    return session.get(File, upload.file_id) if upload.file_id else None


def settle(session: Session, actor: Actor, upload_id: str, file: File) -> list[str]:
    """Notes what file an upload became; the blobs that are to be destroyed after the commit. Raises OffsetError when
    another request was faster."""
    upload = get_upload(session, actor, upload_id, is_locking=True)
    if upload.file_id is not None:
        raise OffsetError(details={"offset": "changed"})
    addresses = [part.address for part in upload.parts]
    upload.parts.clear()
    upload.file_id = file.id
    return addresses


def remove_expired(archive: Archive, life: timedelta = LIFE) -> int:
    """Ends uploads that nobody goes on with; how many those were."""
    removed = 0
    while True:
        with _destroying(archive) as addresses, archive.database.writing() as session:
            old = select(Upload.id).where(Upload.touched_at < utc_now() - life).limit(PORTION)
            ids = session.scalars(old.with_for_update(skip_locked=True)).all()
            addresses += session.scalars(select(UploadPart.address).where(UploadPart.upload_id.in_(ids)))
            session.execute(delete(UploadPart).where(UploadPart.upload_id.in_(ids)))
            session.execute(delete(Upload).where(Upload.id.in_(ids)))
        removed += len(ids)
        if not ids:
            return removed


@contextmanager
def _destroying(archive: Archive) -> Iterator[list[str]]:
    """Destroys the blobs put into the list once the block ended well."""
    addresses: list[str] = []
    yield addresses
    destroy_all(archive, addresses)


def destroy_all(archive: Archive, addresses: list[str]) -> None:
    """Destroys blobs that no row names any more; what cannot be destroyed now is swept later."""
    for address in addresses:
        with suppress(VaultError, OSError):
            archive.vault.destroy(address)
