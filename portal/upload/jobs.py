"""Jobs as their owner watches them, and the list of everything a person handed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, contains_eager

from archive.access.actions import Action
from archive.access.actor import Actor
from archive.errors import NotFoundError
from archive.models import File, Item, Job
from archive.reasons import Outcome
from archive.states import FileStage

WORKING: Final = "working"
"""Filter value for files without an outcome."""
FILTERS: Final = (WORKING, *(outcome.value for outcome in Outcome if outcome is not Outcome.REFUSED))
PER_PAGE: Final = 40
_ORDER: Final = {stage: place for place, stage in enumerate(FileStage)}
_RECOGNISING_FROM: Final = 0.1
"""Progress of a file that was read but whose pages wait for recognition: recognition takes nearly all the time."""


@dataclass(frozen=True)
class JobState:
    """A job at this moment. `progress` is 0 to 1; `stage` that of the file least far on."""

    id: str
    is_done: bool
    stage: FileStage
    progress: float
    created_at: datetime
    files: tuple[File, ...]

    @property
    def done_count(self) -> int:
        """Files with an outcome."""
        return sum(1 for file in self.files if file.outcome)


@dataclass(frozen=True)
class UploadList:
    """One page of a person's uploads. `counts` by filter value, over all pages."""

    files: tuple[File, ...]
    counts: Mapping[str, int]
    chosen: str
    page: int
    page_total: int


def get_job(session: Session, actor: Actor, job_id: str) -> JobState:
    """The actor's own job. Raises NotFoundError, also for a job of somebody else."""
    job = session.scalar(select(Job).where(Job.id == job_id, Job.user_id == actor.id))
    if job is None:
        raise NotFoundError(action=Action.JOB_READ, object_type="job", object_id=job_id)
    files = session.scalars(_with_items().where(File.job_id == job.id).order_by(File.created_at, File.position)).all()
    stages = [FileStage(file.stage) for file in files if not file.outcome]
    return JobState(
        id=job.id,
        is_done=not stages,
        stage=min(stages, key=_ORDER.__getitem__, default=FileStage.DONE),
        progress=_progress(files),
        created_at=job.created_at,
        files=tuple(files),
    )


def list_uploads(session: Session, actor: Actor, *, outcome: str, page: int) -> UploadList:
    """Files that the actor handed in, newest first; an unknown filter value shows all."""
    chosen = outcome if outcome in FILTERS else ""
    own = Job.user_id == actor.id
    counted = session.execute(select(File.outcome, func.count()).join(Job).where(own).group_by(File.outcome))
    counts = {found or WORKING: count for found, count in counted}
    total = counts.get(chosen, 0) if chosen else sum(counts.values())
    pages = max(1, -(-total // PER_PAGE))
    page = min(max(page, 1), pages)
    rows = _with_items().join(Job, File.job_id == Job.id).where(own).order_by(File.created_at.desc(), File.id)
    if chosen:
        rows = rows.where(File.outcome == ("" if chosen == WORKING else chosen))
    files = session.scalars(rows.offset((page - 1) * PER_PAGE).limit(PER_PAGE)).all()
    return UploadList(tuple(files), counts, chosen, page, pages)


def _with_items() -> Select[File]:
    return select(File).join(Item, File.item_id == Item.id).options(contains_eager(File.item))


def _progress(files: Sequence[File]) -> float:
    if not files:
        return 1.0
    return round(sum(map(_file_progress, files)) / len(files), 3)


def _file_progress(file: File) -> float:
    if file.outcome:
        return 1.0
    if not file.page_count:
        return 0.0
    return _RECOGNISING_FROM + (1 - _RECOGNISING_FROM) * file.pages_done / file.page_count
