"""Transactional outbox: work promised in the transaction of a change, so that commit and promise are one.

A worker leases a row, works, and completes it; what dies in between is leased again after the lease ends. The queue
broker is only a bell that says "look": it may be wiped at any time (docs/adr/0004-outbox.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from archive.models import Outbox, new_id, utc_now

LEASE = timedelta(minutes=10)
"""Longer than any single piece of work may take (its own wall limits end it before)."""


class Topic(StrEnum):
    """What kind of work, one worker queue each."""

    INGEST = "ingest"  # subject: file
    OCR = "ocr"  # subject: file, detail: first page of a chunk
    INDEX = "index"  # subject: item


@dataclass(frozen=True)
class Lease:
    """One promise in the hands of one worker."""

    id: int
    topic: Topic
    subject_id: str
    detail: str
    token: str
    attempts: int


def promise(session: Session, topic: Topic, subject_id: str, *, detail: str = "") -> None:
    """Asks for work on the subject. A promise still open is renewed: work reads the newest state."""
    renewed = session.execute(
        update(Outbox)
        .where(Outbox.topic == topic, Outbox.subject_id == subject_id, Outbox.detail == detail)
        .values(token=new_id(), due_at=utc_now())
    )
    if renewed.rowcount == 0:  # type: ignore[attr-defined]
        session.add(Outbox(topic=topic, subject_id=subject_id, detail=detail))
        session.flush()


def take(
    session: Session, topic: Topic, *, limit: int, now: datetime | None = None, lease: timedelta = LEASE
) -> list[Lease]:
    """Leases up to `limit` due rows, oldest first. Rows already leased by others are passed over."""
    now = now or utc_now()
    free = or_(Outbox.leased_until.is_(None), Outbox.leased_until < now)
    rows = session.scalars(
        select(Outbox)
        .where(Outbox.topic == topic, Outbox.due_at <= now, free)
        .order_by(Outbox.due_at, Outbox.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        row.leased_until = now + lease
        row.attempts += 1
    return [Lease(row.id, Topic(row.topic), row.subject_id, row.detail, row.token, row.attempts) for row in rows]


def complete(session: Session, leases: list[Lease]) -> None:
    """Work is done: the rows go, unless the same work was promised anew meanwhile; those become free again."""
    for lease in leases:
        session.execute(delete(Outbox).where(Outbox.id == lease.id, Outbox.token == lease.token))
        session.execute(update(Outbox).where(Outbox.id == lease.id).values(leased_until=None, attempts=0))


def postpone(session: Session, lease: Lease, *, delay: timedelta, error: str) -> None:
    """Work failed for a passing reason (a code): the row is due again after the delay."""
    session.execute(
        update(Outbox)
        .where(Outbox.id == lease.id)
        .values(leased_until=None, due_at=utc_now() + delay, last_error=error)
    )


def due_topics(session: Session, *, now: datetime | None = None) -> dict[Topic, int]:
    """Number of due, unleased rows by topic; what the sweeper rings for."""
    now = now or utc_now()
    free = or_(Outbox.leased_until.is_(None), Outbox.leased_until < now)
    rows = session.execute(select(Outbox.topic, func.count()).where(Outbox.due_at <= now, free).group_by(Outbox.topic))
    return {Topic(topic): count for topic, count in rows}


def count_open(session: Session) -> int:
    """Number of promises not yet kept, leased and postponed ones included."""
    return session.scalar(select(func.count()).select_from(Outbox)) or 0
