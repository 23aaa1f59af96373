"""The outbox: nothing promised is lost, nothing is done by two at once, poison hurts only itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import select, update

from archive import outbox
from archive.db import Database
from archive.models import Base, Outbox, utc_now
from archive.outbox import LEASE, LONGEST_DELAY, Topic


@pytest.fixture
def heard() -> list[frozenset[Topic]]:
    return []


@pytest.fixture
def database(database_url: str, tmp_path: Path, heard: list[frozenset[Topic]]) -> Iterator[Database]:
    database = Database(database_url, heard.append)
    Base.metadata.create_all(database.engine)
    yield database
    database.close()


def promise(database: Database, *subjects: str, topic: Topic = Topic.INDEX) -> None:
    with database.writing() as session:
        for subject in subjects:
            outbox.promise(session, topic, subject)


def take(database: Database, limit: int = 10, topic: Topic = Topic.INDEX) -> list[outbox.Lease]:
    with database.writing() as session:
        return outbox.take(session, topic, limit=limit)


def let_leases_run_out(database: Database) -> None:
    with database.writing() as session:
        session.execute(update(Outbox).values(leased_until=utc_now() - timedelta(seconds=1)))


def let_delays_run_out(database: Database) -> None:
    with database.writing() as session:
        session.execute(update(Outbox).values(due_at=utc_now() - timedelta(seconds=1)))


def count_open(database: Database) -> int:
    with database.reading() as session:
        return outbox.count_open(session)


def test_the_bell_rings_after_the_commit_and_only_then(database: Database, heard: list[frozenset[Topic]]) -> None:
    with database.writing() as session:
        outbox.promise(session, Topic.INDEX, "a")
        outbox.promise(session, Topic.INGEST, "f")
        assert heard == []
    assert heard == [frozenset({Topic.INDEX, Topic.INGEST})]
    with pytest.raises(ZeroDivisionError), database.writing() as session:
        outbox.promise(session, Topic.INDEX, "b")
        _ = 1 / 0
    assert len(heard) == 1
    assert count_open(database) == 2


def test_a_promise_made_twice_is_one_row(database: Database) -> None:
    promise(database, "a", "a")
    promise(database, "a")
    assert [lease.subject_id for lease in take(database)] == ["a"]


def test_two_who_promise_the_same_at_once_both_succeed(database: Database) -> None:
    threads = [Thread(target=promise, args=(database, *"abcdefgh")) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count_open(database) == 8


def test_a_leased_row_is_nobody_elses_until_the_lease_ends(database: Database) -> None:
    promise(database, "a", "b")
    first = take(database, limit=1)
    second = take(database)
    assert {lease.subject_id for lease in first + second} == {"a", "b"}
    assert len(first) == len(second) == 1
    assert take(database) == []
    let_leases_run_out(database)
    assert len(take(database)) == 1  # alone: see the next test


def test_what_may_have_killed_its_worker_is_taken_alone(database: Database) -> None:
    promise(database, "a", "b", "c")
    assert len(take(database)) == 3
    let_leases_run_out(database)
    again = [take(database), take(database), take(database)]
    assert [len(leases) for leases in again] == [1, 1, 1]
    assert {leases[0].attempts for leases in again} == {2}


def test_untouched_rows_are_not_taken_together_with_suspects(database: Database) -> None:
    promise(database, "a")
    take(database)
    let_leases_run_out(database)
    promise(database, "b", "c")
    assert [lease.subject_id for lease in take(database)] == ["a"]
    assert [lease.subject_id for lease in take(database)] == ["b", "c"]


def test_threads_share_the_rows_without_overlap(database: Database) -> None:
    names = [f"{n}" for n in range(60)]
    promise(database, *names)
    taken: list[str] = []

    def work() -> None:
        while leases := take(database, limit=7):
            taken.extend(lease.subject_id for lease in leases)

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(names)


def test_completing_removes_the_row(database: Database) -> None:
    promise(database, "a", "b")
    with database.writing() as session:
        outbox.complete(session, outbox.take(session, Topic.INDEX, limit=10))
    assert count_open(database) == 0


def test_work_promised_anew_meanwhile_is_not_completed_away(database: Database) -> None:
    promise(database, "a")
    leases = take(database)
    promise(database, "a")
    with database.writing() as session:
        outbox.complete(session, leases)
    again = take(database)
    assert [lease.subject_id for lease in again] == ["a"]
    assert again[0].token != leases[0].token
    assert again[0].attempts == 1


def test_renewing_prolongs(database: Database) -> None:
    promise(database, "a")
    leases = take(database)
    let_leases_run_out(database)
    with database.writing() as session:
        outbox.renew(session, leases)
    assert take(database) == []


def test_released_rows_are_free_at_once_and_innocent(database: Database) -> None:
    promise(database, "a", "b")
    with database.writing() as session:
        outbox.release(session, outbox.take(session, Topic.INDEX, limit=10))
    assert [lease.attempts for lease in take(database)] == [1, 1]


def test_postponed_work_waits_longer_each_time_and_keeps_its_attempts(database: Database) -> None:
    promise(database, "a")
    waits = []
    for _ in range(12):
        leases = take(database)
        assert leases[0].attempts == 1
        with database.writing() as session:
            outbox.postpone(session, leases, "tika_down")
        assert take(database) == []
        with database.reading() as session:
            row = session.scalars(select(Outbox)).one()
            waits.append(row.due_at - utc_now())
            assert row.last_error == "tika_down"
        let_delays_run_out(database)
    assert waits[0] < timedelta(seconds=3) < waits[5] < waits[11] <= LONGEST_DELAY
    assert waits[11] > LONGEST_DELAY / 3


def test_a_counted_failure_uses_up_an_attempt(database: Database) -> None:
    promise(database, "a")
    for attempt in (1, 2, 3):
        leases = take(database)
        assert leases[0].attempts == attempt
        with database.writing() as session:
            outbox.postpone(session, leases, "failed", is_counted=True)
        let_delays_run_out(database)


def test_asking_again_makes_postponed_work_due(database: Database) -> None:
    promise(database, "a")
    with database.writing() as session:
        outbox.postpone(session, outbox.take(session, Topic.INDEX, limit=1), "index_down")
    promise(database, "a")
    assert len(take(database)) == 1


def test_backlog_tells_due_from_leased_from_delayed(database: Database) -> None:
    promise(database, "a", "b", "c")
    take(database, limit=1)
    with database.writing() as session:
        outbox.postpone(session, outbox.take(session, Topic.INDEX, limit=1), "disk_full")
    with database.reading() as session:
        assert outbox.count_due(session) == {Topic.INDEX: 1}
        assert outbox.list_due(session) == {Topic.INDEX}
        found = outbox.read_backlog(session)[Topic.INDEX]
        assert (found.due, found.leased, found.delayed, found.last_error) == (1, 1, 1, "disk_full")
        assert outbox.count_due(session, now=utc_now() + LEASE * 2) == {Topic.INDEX: 3}
