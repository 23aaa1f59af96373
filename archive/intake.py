"""Taking documents in: encrypt while streaming, then register. From registration on, nothing is lost.

The order is the guarantee: bytes are whole and synced in the vault before a row names them; the row, the event and the
promise to read the file are one transaction. Bytes without a row (a crash in between) are swept later.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar, Protocol

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.orm import Session

from archive import audit, catalogue, outbox
from archive.access import policy
from archive.access.actions import Action
from archive.access.actor import Actor
from archive.errors import ArchiveError
from archive.models import File, Item, Job, new_id, utc_now
from archive.record import Archive
from archive.vault.writer import StoredBlob

CHUNK = 1 << 20
NAME_LENGTH = 300
JOB_NAME_LENGTH = 200
UPLOAD = "upload"
"""Kind of a job whose files a person hands in and looks after."""
FEW_FILES = 5
"""So many files of one upload go before bulk."""


class RefusedError(ArchiveError):
    """The file is not taken in; `reason` is a code of `archive.reasons`. Nothing of it is kept."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 422


class ByteSource(Protocol):
    """Anything that can be read in pieces."""

    def read(self, size: int = -1, /) -> bytes: ...


def store(archive: Archive, source: ByteSource) -> StoredBlob:
    """Streams the source into the vault. Keeps nothing on RefusedError (empty, too large) or VaultFullError."""
    with archive.vault.writer() as writer:
        size = 0
        while piece := source.read(CHUNK):
            size += len(piece)
            if size > archive.config.max_upload_bytes:
                raise RefusedError(reason="over_limit")
            writer.write(piece)
        if size == 0:
            raise RefusedError(reason="empty_file")
        return writer.finish()


def open_job(
    session: Session, actor: Actor, kind: str, *, name: str = "", department: str = "", item_id: str | None = None
) -> Job:
    """A job that files may be added to; of the actor's own department unless another is named."""
    session.flush()  # an item just made goes first: nothing tells the session that the job refers to it
    job = Job(
        id=new_id(),
        kind=kind,
        name=name[:JOB_NAME_LENGTH],
        department=department or next(iter(sorted(actor.departments)), ""),
        user_id=None if actor.is_system else actor.id,
        item_id=item_id,
    )
    session.add(job)
    session.flush()
    return job


def register(
    session: Session,
    archive: Archive,
    actor: Actor,
    item: Item,
    stored: StoredBlob,
    *,
    name: str,
    job: Job,
    is_stack: bool = False,
) -> File:
    """Makes stored bytes a file of the item and promises to read it; a stack is parted at its separator sheets."""
    is_new = item in session.new  # then the database knows no file of it
    count = select(func.count()).where(File.item_id == item.id)
    file = File(
        id=new_id(),
        item=item,
        job_id=job.id,
        position=len(item.files) if is_new else session.scalar(count),
        name=clean_name(name),
        size=stored.size,
        digest=stored.digest,
        address=stored.address,
        is_stack=is_stack,
    )
    session.add(file)
    job.total += 1
    job.finished_at = None
    outbox.use_lane(session, build_lane(job))
    outbox.promise(session, outbox.Topic.INGEST, file.id)
    catalogue.touch(session, item)
    audit.record(session, archive.keys, actor, "file:register", "file", file.id, detail={"item": item.id})
    return file


def count_done(session: Session, job_id: str, done: int, *, more: int = 0) -> None:
    """So many more files of the job are decided, and so many came to it; it is finished with the last."""
    counted, total = Job.done + done, Job.total + more
    is_last = case((counted >= total, utc_now()), else_=Job.finished_at)
    values = {"done": counted, "total": total, "finished_at": is_last}
    statement = update(Job).where(Job.id == job_id).values(values)
    session.execute(statement, execution_options={"synchronize_session": False})


def build_lane(job: Job) -> outbox.Lane:
    """Where the work of a job stands in line: few files that a person just handed in go before bulk."""
    return outbox.Lane(job.id, job.department, is_bulk=job.kind != UPLOAD or job.total > FEW_FILES)


def find_twin(session: Session, actor: Actor, stored: StoredBlob) -> File | None:
    """A kept file with the same bytes, if this actor may read it or handed it in; others learn nothing of it."""
    return find_twins(session, actor, [stored.digest]).get(stored.digest)


def find_twins(session: Session, actor: Actor, digests: Collection[bytes]) -> dict[bytes, File]:
    """`find_twin` for many, by digest, in one query."""
    known = or_(policy.condition(Action.ITEM_READ, actor), Item.owner_id == actor.id)
    same = select(File).join(File.item).where(File.digest.in_(digests), known).order_by(File.created_at.desc())
    return {file.digest: file for file in session.scalars(same)}


def clean_name(name: str) -> str:
    """A file name fit to show: the last part of any path, without control characters, cut to length."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(c for c in last if c.isprintable())[:NAME_LENGTH] or "unnamed"
