"""Batches: files that came in together, as those who answer for them watch and steer them.

A batch belongs to who began it and to the department whose work it is. Forbidden looks like missing. Stopping and
trying again change only what has no outcome yet, or one that another try can better; both are on the trail.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, delete, false, func, or_, select
from sqlalchemy.orm import Session, contains_eager

from archive import audit, catalogue, intake, outbox
from archive.access import gate, policy
from archive.access.actions import Action
from archive.access.actor import Actor, Role
from archive.errors import NotFoundError
from archive.models import File, Job, Outbox, utc_now
from archive.outbox import Topic
from archive.reasons import RETRIED, Outcome
from archive.record import Archive
from archive.states import FileStage

WORKING: Final = "working"
"""Filter value for files without an outcome."""
FILTERS: Final = (WORKING, *Outcome)
PER_PAGE: Final = 40
RECENT: Final = timedelta(minutes=10)
"""The rate is that of the files decided in this time."""
ENOUGH: Final = 3
"""Fewer files than these make no rate."""
PORTION: Final = 500


class BatchState(StrEnum):
    """Where a batch stands as a whole."""

    WORKING = "working"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Batch:
    """A batch in figures. `counts` by filter value; `progress` is 0 to 1; `rate` in files per minute; `left` and
    `rate` are None where nothing can be said yet. `retried` files have an outcome that another try may better."""

    job: Job
    state: BatchState
    counts: Mapping[str, int]
    total: int
    progress: float
    rate: float | None
    left: timedelta | None
    retried: int

    @property
    def done(self) -> int:
        """Files with an outcome."""
        return self.total - self.counts.get(WORKING, 0)


@dataclass(frozen=True)
class FilePage:
    """One page of a batch's files; `hidden` files in all belong to records that the actor may not read."""

    files: tuple[File, ...]
    chosen: str
    page: int
    page_total: int
    hidden: int


@dataclass(frozen=True)
class BatchPage:
    """One page of the list of batches."""

    batches: tuple[Batch, ...]
    page: int
    page_total: int


def get_batch(session: Session, actor: Actor, job_id: str, action: Action = Action.BATCH_READ) -> Batch:
    """The batch in figures. Raises NotFoundError, also for a batch of others."""
    return _count(session, [_get_job(session, actor, job_id, action)])[0]


def list_batches(session: Session, actor: Actor, *, page: int) -> BatchPage:
    """Batches that the actor may watch, newest first."""
    seen = _condition(actor)
    total = session.scalar(select(func.count()).select_from(Job).where(seen, Job.total > 0)) or 0
    page, pages = _turn(page, total)
    rows = select(Job).where(seen, Job.total > 0).order_by(Job.created_at.desc(), Job.id)
    jobs = session.scalars(rows.offset((page - 1) * PER_PAGE).limit(PER_PAGE)).all()
    return BatchPage(tuple(_count(session, jobs)), page, pages)


def list_files(session: Session, actor: Actor, batch: Batch, *, outcome: str, page: int) -> FilePage:
    """Files of a batch that the actor may know of, those with trouble first; an unknown filter value shows all."""
    chosen = outcome if outcome in FILTERS else ""
    mine = select(func.count()).select_from(File).join(File.item).where(*_readable(actor, batch.job))
    readable = batch.total if batch.job.user_id == actor.id else session.scalar(mine) or 0
    if chosen:
        mine = mine.where(File.outcome == ("" if chosen == WORKING else chosen))
    page, pages = _turn(page, session.scalar(mine) or 0)
    rows = _select_files(actor, batch.job, chosen)
    files = session.scalars(rows.offset((page - 1) * PER_PAGE).limit(PER_PAGE)).all()
    return FilePage(tuple(files), chosen, page, pages, batch.total - readable)


def iter_files(session: Session, actor: Actor, batch: Batch, *, outcome: str) -> Iterator[File]:
    """The same files, all of them, a portion in memory at a time."""
    chosen = outcome if outcome in FILTERS else ""
    rows = _select_files(actor, batch.job, chosen).execution_options(yield_per=PORTION)
    yield from session.scalars(rows)


def cancel(session: Session, archive: Archive, actor: Actor, job_id: str) -> int:
    """Stops a batch: what has no outcome yet is kept unread, with that reason. Returns how many files that were."""
    job = _get_job(session, actor, job_id, Action.BATCH_CHANGE)
    # First the promises, then the files, as workers lock them. What is at work just now ends without effect.
    waiting = delete(Outbox).where(Outbox.lane == job.id, Outbox.topic.in_([Topic.INGEST, Topic.OCR]))
    session.execute(waiting.where(Outbox.leased_until.is_(None)))
    undecided = select(File).where(File.job_id == job.id, File.outcome == "").order_by(File.id)
    files = session.scalars(undecided.with_for_update()).all()
    now = utc_now()
    for file in files:
        file.stage, file.outcome, file.reason, file.decided_at = FileStage.DONE, Outcome.UNREADABLE, "cancelled", now
    job.done, job.finished_at, job.cancelled_at = Job.done + len(files), now, now
    outbox.use_lane(session, intake.build_lane(job))
    session.flush()
    items = sorted({file.item_id for file in files})
    for start in range(0, len(items), PORTION):
        catalogue.touch_all(session, items[start : start + PORTION])
    detail = {"files": len(files)}
    audit.record(session, archive.keys, actor, "batch:cancel", "job", job.id, detail=detail)
    return len(files)


def retry(session: Session, archive: Archive, actor: Actor, job_id: str) -> int:
    """Promises to read those files again whose outcome another try may better. Returns how many those are.

    The index keeps what it has of them until they are read: a page found yesterday stays found meanwhile.
    """
    job = _get_job(session, actor, job_id, Action.BATCH_CHANGE)
    wanted = select(File).where(File.job_id == job.id, _may_improve()).order_by(File.id)
    files = session.scalars(wanted.with_for_update()).all()
    for file in files:
        file.stage, file.outcome, file.reason, file.decided_at = FileStage.WAITING, "", "", None
        file.pages_done = 0
    if files:
        job.done, job.finished_at, job.cancelled_at = Job.done - len(files), None, None
        outbox.use_lane(session, intake.build_lane(job))
        outbox.promise_all(session, Topic.INGEST, [(file.id, "") for file in files])
        detail = {"files": len(files)}
        audit.record(session, archive.keys, actor, "batch:retry", "job", job.id, detail=detail)
    return len(files)


def steered(actor: Actor) -> ColumnElement[bool]:
    """Files, joined with their items and jobs, that the actor may have read again: those in batches that the actor
    may steer, where their names may be known."""
    if not policy.permits(Action.BATCH_CHANGE, actor):
        return false()
    return and_(_condition(actor), or_(Job.user_id == actor.id, policy.condition(Action.ITEM_READ, actor)))


def _get_job(session: Session, actor: Actor, job_id: str, action: Action) -> Job:
    gate.require(actor, action)
    job = session.scalar(select(Job).where(Job.id == job_id, _condition(actor)))
    if job is None:
        raise NotFoundError(action=action, object_type="job", object_id=job_id)
    return job


def _condition(actor: Actor) -> ColumnElement[bool]:
    """Batches that the actor began; those of the own departments for who arranges or answers for its papers."""
    arranges = actor.roles & {Role.CLERK, Role.HEAD, Role.ARCHIVIST, Role.MR_ARCHIVIST}
    of_department = Job.department.in_(actor.departments) if arranges and actor.departments else false()
    return or_(Job.user_id == actor.id, of_department)


def _readable(actor: Actor, job: Job) -> tuple[ColumnElement[bool], ...]:
    """Files of the job whose names and fate the actor may know: all that were handed in by the actor, or read."""
    if job.user_id == actor.id:
        return (File.job_id == job.id,)
    return File.job_id == job.id, policy.condition(Action.ITEM_READ, actor)


def _select_files(actor: Actor, job: Job, chosen: str) -> Select[File]:
    rows = select(File).join(File.item).options(contains_eager(File.item)).where(*_readable(actor, job))
    if chosen:
        rows = rows.where(File.outcome == ("" if chosen == WORKING else chosen))
    troubled = case((File.outcome.in_(["", Outcome.SEARCHABLE]), 1), else_=0)
    return rows.order_by(troubled, File.created_at, File.id)


def _may_improve() -> ColumnElement[bool]:
    """Files with such a reason; one that never came out of its container has nothing to be read again."""
    has_bytes = File.address.is_not(None)
    return has_bytes & File.outcome.in_([Outcome.UNREADABLE, Outcome.SEARCHABLE]) & File.reason.in_(RETRIED)


def _turn(page: int, total: int) -> tuple[int, int]:
    """The page asked for, brought into the bounds, and the number of pages."""
    pages = max(1, -(-total // PER_PAGE))
    return min(max(page, 1), pages), pages


def _count(session: Session, jobs: Collection[Job]) -> list[Batch]:
    """The figures of several batches in one query each."""
    now = utc_now()
    is_recent = File.decided_at > now - RECENT
    read = case((File.outcome != "", 1.0), (File.page_count > 0, File.pages_done * 1.0 / File.page_count), else_=0.0)
    counted = session.execute(
        select(
            File.job_id,
            File.outcome,
            func.count(),
            func.sum(read),
            func.count().filter(is_recent),
            func.count().filter(_may_improve()),
            func.min(File.decided_at).filter(is_recent),
        )
        .where(File.job_id.in_([job.id for job in jobs]))
        .group_by(File.job_id, File.outcome)
    ).all()
    return [_sum_up(job, [row[1:] for row in counted if row[0] == job.id], now) for job in jobs]


def _sum_up(job: Job, rows: Sequence[Sequence[Any]], now: datetime) -> Batch:
    counts = {str(outcome) or WORKING: count for outcome, count, *_ in rows}
    total = sum(counts.values())
    progress = sum(read for _, _, read, *_ in rows) / total if total else 1.0
    recent = sum(row[3] for row in rows)
    begun = max(now - RECENT, min((row[5] for row in rows if row[5]), default=now), job.created_at)
    waiting = counts.get(WORKING, 0)
    state = BatchState.WORKING if waiting else BatchState.CANCELLED if job.cancelled_at else BatchState.DONE
    rate, left = None, None
    if waiting and recent >= ENOUGH:
        rate = recent / max((now - begun).total_seconds() / 60, 1 / 60)
        left = timedelta(minutes=waiting / rate)
    return Batch(job, state, counts, total, progress, rate, left, retried=sum(row[4] for row in rows))
