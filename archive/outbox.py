"""Transactional outbox: work promised in the transaction of a change, so that commit and promise are one.

A worker leases a row, works, and completes it; what dies in between is leased again after the lease ends. The queue
broker is only a bell that says "look": it may be wiped at any time (docs/adr/0004-outbox.md).

Two counters tell a poisonous subject from a bad hour. `attempts` rises with every lease and is given back when the
work stopped for a reason that is not the subject's (`postpone`, `release`), so it counts deaths at work; `delays`
counts the reasons in passing and only sets how long to wait.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from archive.models import Outbox, new_id, utc_now

LEASE: Final = timedelta(seconds=90)
"""How long a silent worker keeps its work; whoever works longer renews (`indexer.leases`)."""
FIRST_DELAY, LONGEST_DELAY = timedelta(seconds=2), timedelta(minutes=5)
_PROMISED = "promised"


class Topic(StrEnum):
    """What kind of work, one worker queue each."""

    INGEST = "ingest"  # subject: file
    OCR = "ocr"  # subject: file, detail: page number
    INDEX = "index"  # subject: item


@dataclass(frozen=True)
class Lease:
    """One promise in the hands of one worker. `attempts` counts this one."""

    id: int
    topic: Topic
    subject_id: str
    detail: str
    token: str
    attempts: int


@dataclass(frozen=True)
class Backlog:
    """Open promises of one topic: `due` may be taken now, `leased` are at work, `delayed` wait after a failure."""

    due: int = 0
    leased: int = 0
    delayed: int = 0
    last_error: str = ""


def promise(session: Session, topic: Topic, subject_id: str, *, detail: str = "") -> None:
    """Asks for work on the subject. A promise still open is renewed: work reads the newest state.

    The row is written as the last act of the transaction (`write_promises`): many promises are one statement, and no
    two transactions lock the rows in different order.
    """
    session.info.setdefault(_PROMISED, set()).add((topic, subject_id, detail))


def promise_all(session: Session, topic: Topic, subjects: Iterable[tuple[str, str]]) -> None:
    """`promise` for pairs of subject and detail."""
    for subject_id, detail in subjects:
        promise(session, topic, subject_id, detail=detail)


def write_promises(session: Session) -> frozenset[Topic]:
    """Writes what the transaction promised; called by `Database.writing` before the commit. Returns the topics."""
    promised = sorted(session.info.pop(_PROMISED, ()))
    if not promised:
        return frozenset()
    now = utc_now()
    rows = [{"topic": t, "subject_id": s, "detail": d, "token": new_id(), "due_at": now} for t, s, d in promised]
    # Insert or renew in one statement: two transactions that promise the same would otherwise fail on each other.
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(Outbox)
    renewed = {name: statement.excluded[name] for name in ("token", "due_at")} | {"attempts": 0}
    key = ["topic", "subject_id", "detail"]
    session.execute(statement.on_conflict_do_update(index_elements=key, set_=renewed), rows)
    return frozenset(topic for topic, _, _ in promised)


def take(session: Session, topic: Topic, *, limit: int, now: datetime | None = None) -> list[Lease]:
    """Leases up to `limit` due rows, oldest first. Rows already leased by others are passed over.

    A row that was leased before without an end is taken alone: if it is what killed the worker, it kills no other work.
    """
    now = now or utc_now()
    rows = session.scalars(
        select(Outbox)
        .where(Outbox.topic == topic, *_is_due(now))
        .order_by(Outbox.due_at, Outbox.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    fresh = [row for row in rows if row.attempts == 0]
    chosen = fresh if fresh and rows[0].attempts == 0 else rows[:1]
    for row in chosen:
        row.leased_until = now + LEASE
        row.attempts += 1
    return [Lease(row.id, Topic(row.topic), row.subject_id, row.detail, row.token, row.attempts) for row in chosen]


def renew(session: Session, leases: Collection[Lease]) -> None:
    """Prolongs leases still at work."""
    ids = [lease.id for lease in leases]
    session.execute(update(Outbox).where(Outbox.id.in_(ids)).values(leased_until=utc_now() + LEASE))


def complete(session: Session, leases: Collection[Lease]) -> None:
    """Work is done: the rows go, unless the same work was promised anew meanwhile; those become free again."""
    if not leases:
        return
    done = session.execute(delete(Outbox).where(Outbox.token.in_([lease.token for lease in leases])))
    if done.rowcount < len(leases):  # type: ignore[attr-defined]
        left = update(Outbox).where(Outbox.id.in_([lease.id for lease in leases]))
        session.execute(left.values(leased_until=None, attempts=0, delays=0))


def release(session: Session, leases: Sequence[Lease]) -> None:
    """Gives back leases whose work was not begun."""
    left = update(Outbox).where(Outbox.id.in_([lease.id for lease in leases]), Outbox.attempts > 0)
    session.execute(left.values(leased_until=None, attempts=Outbox.attempts - 1))


def postpone(session: Session, leases: Collection[Lease], error: str, *, is_counted: bool = False) -> None:
    """Work failed for a passing reason (a code): due again after a delay that doubles, with some chance in it.

    `is_counted` keeps the attempt: the failure may be the subject's own.
    """
    now = utc_now()
    for row in session.scalars(select(Outbox).where(Outbox.id.in_([lease.id for lease in leases]))):
        wait = min(FIRST_DELAY * 2 ** min(row.delays, 10), LONGEST_DELAY)
        row.due_at = now + wait * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing
        row.leased_until, row.delays, row.last_error = None, row.delays + 1, error
        row.attempts = row.attempts if is_counted else max(row.attempts - 1, 0)


def count_due(session: Session, *, now: datetime | None = None) -> dict[Topic, int]:
    """Number of due, unleased rows by topic; what the sweeper rings for."""
    due = select(Outbox.topic, func.count()).where(*_is_due(now or utc_now())).group_by(Outbox.topic)
    return {Topic(topic): count for topic, count in session.execute(due)}


def read_backlog(session: Session) -> dict[Topic, Backlog]:
    """The open promises by topic, for `doctor` and the operator's page."""
    now, found = utc_now(), {}
    due, leased = count_due(session, now=now), Outbox.leased_until >= now
    for topic in Topic:
        mine = select(func.count()).select_from(Outbox).where(Outbox.topic == topic)
        failed = select(Outbox.last_error).where(Outbox.topic == topic, Outbox.last_error != "").limit(1)
        found[topic] = Backlog(
            due=due.get(topic, 0),
            leased=session.scalar(mine.where(leased)) or 0,
            delayed=session.scalar(mine.where(Outbox.due_at > now, or_(Outbox.leased_until.is_(None), ~leased))) or 0,
            last_error=session.scalar(failed) or "",
        )
    return found


def count_open(session: Session, topic: Topic | None = None, subjects: Collection[str] | None = None) -> int:
    """Number of promises not yet kept, leased and postponed ones included; of a topic, of some subjects."""
    asked = select(func.count()).select_from(Outbox)
    if topic is not None:
        asked = asked.where(Outbox.topic == topic)
    if subjects is not None:
        asked = asked.where(Outbox.subject_id.in_(subjects))
    return session.scalar(asked) or 0


def _is_due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return Outbox.due_at <= now, or_(Outbox.leased_until.is_(None), Outbox.leased_until < now)
