"""What whoever runs the machine must know: how much work waits, since when, how fast it goes, and what fails.

Numbers, moments and codes only: nothing here tells of a document.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from archive import outbox
from archive.models import File, Job, Outbox, WatchedFolder, utc_now
from archive.outbox import Backlog, Topic
from archive.reasons import Outcome

RECENT: Final = timedelta(minutes=10)
"""The rate is that of this time."""
WEEK: Final = timedelta(days=7)
"""Failures are counted over this time."""
FAILURES: Final = (Outcome.UNREADABLE, Outcome.QUARANTINED)


@dataclass(frozen=True)
class Queue:
    """The work of one topic; `oldest` is since when the oldest of what may be taken waits."""

    backlog: Backlog
    oldest: datetime | None


@dataclass(frozen=True)
class Figures:
    """The state of the work. `rate` in files per minute; `left` is None without a rate; `failures` by reason."""

    queues: Mapping[Topic, Queue]
    batches: int
    files: int
    rate: float
    left: timedelta | None
    failures: Mapping[str, int]
    folders: Mapping[str, int]

    @property
    def oldest(self) -> datetime | None:
        """Since when the oldest of all work waits."""
        return min((queue.oldest for queue in self.queues.values() if queue.oldest), default=None)


def read_figures(session: Session) -> Figures:
    """The figures of this moment."""
    now = utc_now()
    waiting = func.sum(Job.total - Job.done)
    batches, files = session.execute(
        select(func.count(), waiting).where(Job.finished_at.is_(None), Job.total > 0)
    ).one()
    decided = session.scalar(select(func.count()).select_from(File).where(File.decided_at > now - RECENT)) or 0
    rate = decided / (RECENT.total_seconds() / 60)
    return Figures(
        queues={
            topic: Queue(backlog, _find_oldest(session, topic, now))
            for topic, backlog in outbox.read_backlog(session).items()
        },
        batches=batches,
        files=files or 0,
        rate=rate,
        left=timedelta(minutes=(files or 0) / rate) if rate else None,
        failures=_count_failures(session, now),
        folders=_count_folders(session),
    )


def _find_oldest(session: Session, topic: Topic, now: datetime) -> datetime | None:
    is_free = or_(Outbox.leased_until.is_(None), Outbox.leased_until < now)
    due = select(Outbox.due_at).where(Outbox.topic == topic, Outbox.due_at <= now, is_free)
    return session.scalar(due.order_by(Outbox.due_at).limit(1))


def _count_failures(session: Session, now: datetime) -> dict[str, int]:
    failed = select(File.reason, func.count()).where(File.decided_at > now - WEEK, File.outcome.in_(FAILURES))
    rows = session.execute(failed.group_by(File.reason).order_by(func.count().desc(), File.reason))
    return dict(rows.all())


def _count_folders(session: Session) -> dict[str, int]:
    """Watched folders by what is wrong with them, an empty code for those in order."""
    rows = session.execute(select(WatchedFolder.problem, func.count()).group_by(WatchedFolder.problem))
    return dict(rows.all())
