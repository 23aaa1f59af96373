"""The password of an encrypted file: given once by a person, used once by a worker, stored nowhere.

Threat: a password that outlives its use, in the record, a log, the queue or on a disk. Guarantee: on its way it stands
in Valkey alone, sealed with a key of the archive and bound to its file, for KEPT at most; who takes it removes it. The
promise in the outbox says that there is one, never which. What it opens is stored under the archive's own keys, as a
file inside the encrypted one, which stays as it came. Residual risk: memory of the two processes, and their swap.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session, aliased

from archive import audit, batches, intake, outbox
from archive.access import gate
from archive.access.actions import Action
from archive.access.actor import Actor
from archive.errors import InvalidError, NotFoundError
from archive.models import File, Job
from archive.outbox import Topic
from archive.reasons import Outcome
from archive.record import Archive
from archive.states import FileStage
from archive.vault.errors import VaultError
from config import Config

KEPT: Final = timedelta(minutes=15)
LONGEST: Final = 255
DECRYPT: Final = "decrypt"
"""Detail of the promise to read a file with its password."""
LOCKED: Final = ("encrypted", "file_password_wrong", "file_password_gone")
"""Reasons of files that a password may open."""
MEDIA_TYPES: Final = frozenset(
    {
        *("application/pdf", "application/zip", "application/x-tika-ooxml-protected"),
        *("application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"),
    }
)
"""What can be opened with a password (`render.ops.decrypt`)."""
_LEFT_OUT: Final = "members_left_out"
_LABEL: Final = "file password"
_TIMEOUT_SECONDS: Final = 3.0


def connect(config: Config) -> Redis:
    """Valkey for `take`; connects when first used."""
    return Redis.from_url(
        config.redis_url or "redis://127.0.0.1:1",
        socket_timeout=_TIMEOUT_SECONDS,
        socket_connect_timeout=_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 1),
    )


def find_openable(session: Session, actor: Actor, files: Iterable[File]) -> frozenset[str]:
    """Ids of those among the files that wait for a password which this actor may give."""
    locked = [file.id for file in files if file.address and file.reason in (*LOCKED, _LEFT_OUT)]
    if not locked:
        return frozenset()
    return frozenset(session.scalars(_select_openable(actor).where(File.id.in_(locked)).with_only_columns(File.id)))


def give(session: Session, archive: Archive, valkey: Redis, actor: Actor, file_id: str, password: str) -> File:
    """Promises to read the file once with this password.

    Raises NotFoundError, also for a file that needs none; InvalidError, RedisError: then nothing is kept.
    """
    gate.require(actor, Action.BATCH_CHANGE)
    file = session.scalar(_select_openable(actor).where(File.id == file_id).with_for_update(of=File))
    if file is None:
        raise NotFoundError(action=Action.BATCH_CHANGE, object_type="file", object_id=file_id)
    if not password or len(password) > LONGEST or not password.isprintable():
        raise InvalidError(details={"password": "required" if not password else "invalid"})
    sealed = archive.sealer.seal(_LABEL, password.encode(), file.id.encode())
    valkey.set(_key(file.id), sealed.hex(), ex=KEPT)
    file.stage, file.outcome, file.reason, file.decided_at = FileStage.WAITING, "", "", None
    if file.job_id is not None:
        job = session.get_one(Job, file.job_id)
        job.done, job.finished_at = Job.done - 1, None
        outbox.use_lane(session, intake.build_lane(job))
    outbox.promise(session, Topic.INGEST, file.id, detail=DECRYPT)
    audit.record(session, archive.keys, actor, "file:decrypt", "file", file.id)
    return file


def take(archive: Archive, valkey: Redis, file_id: str) -> str:
    """The password given for the file, or nothing; it cannot be taken again. Raises RedisError."""
    found = valkey.getdel(_key(file_id))
    if not found:
        return ""
    text = found.decode() if isinstance(found, bytes) else str(found)
    try:
        return archive.sealer.unseal(_LABEL, bytes.fromhex(text), file_id.encode()).decode()
    except (VaultError, ValueError):
        return ""  # not of this archive's making


def _key(file_id: str) -> str:
    return f"guidang:file-password:{file_id}"


def _select_openable(actor: Actor) -> Select[File]:
    return select(File).join(File.item).join(Job, File.job_id == Job.id).where(_is_openable(), batches.steered(actor))


def _is_openable() -> ColumnElement[bool]:
    """A locked file, or a container some of whose members are locked."""
    inside = aliased(File)
    member = select(inside.id).where(inside.parent_id == File.id, inside.address.is_(None), inside.reason.in_(LOCKED))
    return and_(
        File.address.is_not(None),
        File.media_type.in_(MEDIA_TYPES),
        or_(
            and_(File.outcome == Outcome.UNREADABLE, File.reason.in_(LOCKED)),
            and_(File.outcome == Outcome.EMPTY, File.reason == _LEFT_OUT, member.exists()),
        ),
    )
