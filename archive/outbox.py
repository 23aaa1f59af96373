"""Transactional outbox: work promised in the transaction of a change, so that commit and promise are one.

A worker leases a row, works, and completes it; what dies in between is leased again after the lease ends. The queue
broker is only a bell that says "look": it may be wiped at any time (docs/adr/0004-outbox.md).

Two counters tell a poisonous subject from a bad hour. `attempts` rises with every lease and is given back when the
work stopped for a reason that is not the subject's (`postpone`, `release`), so it counts deaths at work; `delays`
counts the reasons in passing and only sets how long to wait.

The order is fair by lane (a batch) and department, and costs the same however much is open: each promise gets its
`turn` when it is written, the next of its lane but never one before the present (start-time fair queueing, Goyal,
Vin and Cheng 1996). So ten thousand pages stand at ten thousand turns, and the first page of another lane at the
present one. Lanes of a department with many open batches take longer steps. What a person waits for goes before bulk.
Because both classes could be refilled for ever, workers take some batches by age alone.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from archive.models import Job, Outbox, new_id, utc_now

LEASE: Final = timedelta(seconds=90)
"""How long a silent worker keeps its work; whoever works longer renews (`indexer.leases`)."""
FIRST_DELAY, LONGEST_DELAY = timedelta(seconds=2), timedelta(minutes=5)
MOST_STEPS: Final = 100
"""Longest step of a lane, for departments with that many open batches or more."""
_PROMISED, _LANE, _DEFERRED = "promised", "lane", "deferred"


class Topic(StrEnum):
    """What kind of work, one worker queue each."""

    INGEST = "ingest"  # subject: file
    OCR = "ocr"  # subject: file, detail: page number
    INDEX = "index"  # subject: item
    IMPORT = "import"  # subject: import of a catalogue


PER_TURN: Final = {Topic.OCR: 2}
"""Promises at one turn, one elsewhere: pages of one document are read together, because it is opened for them."""


@dataclass(frozen=True)
class Lane:
    """Work that stands in line together: a batch, or by default the single acts of people."""

    id: str = ""
    department: str = ""
    is_bulk: bool = False


UPKEEP: Final = Lane("upkeep", is_bulk=True)
"""Work that the program finds for itself."""


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


def promise(session: Session, topic: Topic, subject_id: str, *, detail: str = "", lane: Lane | None = None) -> None:
    """Asks for work on the subject. A promise still open is renewed: work reads the newest state.

    The row is written as the last act of the transaction (`write_promises`): many promises are one statement, and no
    two transactions lock the rows in different order. Without a lane it joins that of the transaction (`use_lane`).
    """
    promised = session.info.setdefault(_PROMISED, {})
    promised[topic, subject_id, detail] = lane or promised.get((topic, subject_id, detail))


def promise_all(
    session: Session, topic: Topic, subjects: Iterable[tuple[str, str]], *, lane: Lane | None = None
) -> None:
    """`promise` for pairs of subject and detail."""
    for subject_id, detail in subjects:
        promise(session, topic, subject_id, detail=detail, lane=lane)


def use_lane(session: Session, lane: Lane) -> None:
    """What this transaction promises belongs to the lane, where nothing else is said."""
    session.info[_LANE] = lane


def defer(session: Session, topic: Topic, subject_id: str, delay: timedelta) -> None:
    """What this transaction promises about the subject may wait so long, unless it was promised for sooner already."""
    session.info.setdefault(_DEFERRED, {})[topic, subject_id] = delay


def write_promises(session: Session) -> frozenset[Topic]:
    """Writes what the transaction promised; called by `Database.writing` before the commit. Returns the topics."""
    promised: dict[tuple[Topic, str, str], Lane | None] = session.info.pop(_PROMISED, {})
    usual, deferred = session.info.pop(_LANE, Lane()), session.info.pop(_DEFERRED, {})
    if not promised:
        return frozenset()
    lines: dict[tuple[Topic, Lane], list[tuple[str, str]]] = defaultdict(list)
    for (topic, subject, detail), lane in promised.items():
        lines[topic, lane or usual].append((subject, detail))
    rows = [row for (topic, lane), subjects in lines.items() for row in _stand_in_line(session, topic, lane, subjects)]
    for row in rows:
        row["due_at"] += deferred.get((row["topic"], row["subject_id"]), timedelta())
    rows.sort(key=lambda row: (row["topic"], row["subject_id"], row["detail"]))
    # Insert or renew in one statement: two transactions that promise the same would otherwise fail on each other.
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(Outbox)
    new = statement.excluded
    renewed = {
        "token": new.token,
        "attempts": 0,
        # A renewed row loses nothing: neither its age nor its place, if that is the better one.
        "due_at": case((new.due_at < Outbox.due_at, new.due_at), else_=Outbox.due_at),
        "is_bulk": and_(Outbox.is_bulk, new.is_bulk),
        "turn": case((new.turn < Outbox.turn, new.turn), else_=Outbox.turn),
    }
    key = ["topic", "subject_id", "detail"]
    session.execute(statement.on_conflict_do_update(index_elements=key, set_=renewed), rows)
    return frozenset(topic for topic, _ in lines)


def _stand_in_line(
    session: Session, topic: Topic, lane: Lane, subjects: Sequence[tuple[str, str]]
) -> list[dict[str, Any]]:
    """Rows for subjects and details of one lane, each with its turn."""
    now, per_turn = utc_now(), PER_TURN.get(topic, 1)
    first, step = _next_turn(session, topic, lane, now), _step(session, lane)
    return [
        {
            "topic": topic,
            "subject_id": subject,
            "detail": detail,
            "token": new_id(),
            "due_at": now,
            "lane": lane.id,
            "is_bulk": lane.is_bulk,
            "turn": first + at // per_turn * step,
        }
        for at, (subject, detail) in enumerate(subjects)
    ]


def _next_turn(session: Session, topic: Topic, lane: Lane, now: datetime) -> int:
    """After the last of its lane, and not before the present: the turn of what will be taken next."""
    mine = select(func.max(Outbox.turn)).where(Outbox.topic == topic, Outbox.lane == lane.id)
    last = session.scalar(mine)
    alike = (Outbox.topic == topic, Outbox.is_bulk == lane.is_bulk)
    next_one = select(Outbox.turn).where(*alike, *_is_ripe(now)).order_by(Outbox.turn, Outbox.id).limit(1)
    present = session.scalar(next_one) if _has_due(session, topic, now) else None
    if present is None:  # all is at work or delayed
        present = session.scalar(select(func.max(Outbox.turn)).where(*alike)) or 0
    return max(present, -1 if last is None else last + _step(session, lane))


def _step(session: Session, lane: Lane) -> int:
    """So many turns lie between two promises of the lane: as many as its department has open batches."""
    if not lane.department:
        return 1
    some = select(Job.id).where(Job.department == lane.department, Job.finished_at.is_(None)).limit(MOST_STEPS)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 1


def _has_due(session: Session, topic: Topic, now: datetime) -> bool:
    """Asked first, by the index on time: where all is delayed, the fair order would be walked to its end in vain."""
    due = select(Outbox.id).where(Outbox.topic == topic, *_is_due(now)).order_by(Outbox.due_at).limit(1)
    return session.scalar(due) is not None


def take(
    session: Session, topic: Topic, *, limit: int, is_by_age: bool = False, now: datetime | None = None
) -> list[Lease]:
    """Leases up to `limit` due rows in fair order, or the oldest ones. Rows leased by others are passed over.

    A row that was leased before without an end is taken alone: if it is what killed the worker, it kills no other work.
    """
    now = now or utc_now()
    if not _has_due(session, topic, now):
        return []
    due = select(Outbox).where(Outbox.topic == topic).limit(limit).with_for_update(skip_locked=True)
    if is_by_age:
        due = due.where(*_is_due(now)).order_by(Outbox.due_at, Outbox.id)
    else:
        due = due.where(*_is_ripe(now)).order_by(Outbox.is_bulk, Outbox.turn, Outbox.id)
    rows = session.scalars(due).all()
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
        # Behind its lane: where everything is delayed, nobody has to look past it for what is not.
        others = (Outbox.topic == row.topic, Outbox.lane == row.lane, Outbox.id != row.id)
        last = session.scalar(select(func.max(Outbox.turn)).where(*others))
        row.turn = row.turn if last is None else max(row.turn, last + 1)
        wait = min(FIRST_DELAY * 2 ** min(row.delays, 10), LONGEST_DELAY)
        row.due_at = now + wait * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, guards nothing
        row.leased_until, row.delays, row.last_error = None, row.delays + 1, error
        row.attempts = row.attempts if is_counted else max(row.attempts - 1, 0)


def count_due(session: Session, *, now: datetime | None = None) -> dict[Topic, int]:
    """Number of due, unleased rows by topic."""
    due = select(Outbox.topic, func.count()).where(*_is_due(now or utc_now())).group_by(Outbox.topic)
    return {Topic(topic): count for topic, count in session.execute(due)}


def list_due(session: Session) -> frozenset[Topic]:
    """Topics of which something is due; what the sweeper rings for."""
    now = utc_now()
    return frozenset(topic for topic in Topic if _has_due(session, topic, now))


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


def _is_ripe(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """`_is_due` for queries in fair order: written so that no planner takes the index on time and sorts a million."""
    return func.coalesce(Outbox.due_at, now) <= now, or_(Outbox.leased_until.is_(None), Outbox.leased_until < now)
