"""The order of promised work: fair to lanes and departments, quick for what somebody waits for, starving nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, update

from archive import outbox
from archive.db import Database
from archive.intake import FEW_FILES, build_lane
from archive.models import Base, Job, Outbox, new_id, utc_now
from archive.outbox import UPKEEP, Lane, Lease, Topic

PEOPLE = Lane()


def bulk(name: str, department: str = "") -> Lane:
    return Lane(name, department, is_bulk=True)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    Base.metadata.create_all(database.engine)
    yield database
    database.close()


def promise(database: Database, lane: Lane | None, *subjects: str, topic: Topic = Topic.INGEST) -> None:
    with database.writing() as session:
        for subject in subjects:
            outbox.promise(session, topic, subject, lane=lane)


def work(database: Database, limit: int, topic: Topic = Topic.INGEST, *, is_by_age: bool = False) -> list[str]:
    """Takes and completes a batch; the subjects."""
    leases = take(database, limit, topic, is_by_age=is_by_age)
    with database.writing() as session:
        outbox.complete(session, leases)
    return [lease.subject_id for lease in leases]


def take(database: Database, limit: int, topic: Topic = Topic.INGEST, *, is_by_age: bool = False) -> list[Lease]:
    with database.writing() as session:
        return outbox.take(session, topic, limit=limit, is_by_age=is_by_age)


def names(lane: str, number: int) -> list[str]:
    return [f"{lane}{n:04}" for n in range(number)]


def test_an_urgent_file_is_in_the_next_batch_behind_two_thousand(database: Database) -> None:
    promise(database, bulk("volume"), *names("v", 2000))
    for _ in range(5):
        work(database, 16)
    promise(database, Lane("letter"), "letter")
    assert work(database, 16)[0] == "letter"


def test_a_second_batch_begins_at_once_and_shares_the_turns(database: Database) -> None:
    promise(database, bulk("first"), *names("a", 400))
    for _ in range(3):
        work(database, 16)
    promise(database, bulk("second"), *names("b", 400))
    shares = Counter(subject[0] for _ in range(10) for subject in work(database, 16))
    assert shares == {"a": 80, "b": 80}


def test_a_lane_keeps_its_own_order(database: Database) -> None:
    promise(database, bulk("first"), *names("a", 40))
    promise(database, bulk("second"), *names("b", 40))
    done = [subject for _ in range(6) for subject in work(database, 16)]
    assert [subject for subject in done if subject[0] == "a"] == names("a", 40)
    assert [subject for subject in done if subject[0] == "b"] == names("b", 40)


def test_a_department_with_many_batches_gets_no_more_than_another(database: Database) -> None:
    with database.writing() as session:
        session.add_all(Job(id=f"{n}", kind="ingest", department="HQB") for n in range(8))
        session.add(Job(id="one", kind="ingest", department="CWK"))
        session.add(Job(id=new_id(), kind="ingest", department="CWK", finished_at=utc_now()))
    for n in range(8):
        promise(database, bulk(f"{n}", "HQB"), *names(f"many{n}", 100))
    promise(database, bulk("one", "CWK"), *names("one", 100))
    shares = Counter(subject.startswith("one") for _ in range(9) for subject in work(database, 16))
    assert abs(shares[True] - shares[False]) <= 16


def test_an_idle_lane_saves_no_turns_for_later(database: Database) -> None:
    promise(database, bulk("steady"), *names("a", 600))
    for _ in range(20):
        work(database, 16)
    promise(database, bulk("late"), *names("b", 300))
    shares = Counter(subject[0] for _ in range(6) for subject in work(database, 16))
    assert shares == {"a": 48, "b": 48}


def test_pages_of_one_document_stay_together(database: Database) -> None:
    for document in ("a", "b", "c"):
        with database.writing() as session:
            pages = [(document, str(page)) for page in range(6)]
            outbox.promise_all(session, Topic.OCR, pages, lane=bulk(document))
    pairs = [work(database, 2, Topic.OCR) for _ in range(9)]
    assert all(one == other for one, other in pairs)
    assert Counter(one for one, _ in pairs[:3]) == {"a": 1, "b": 1, "c": 1}


def test_the_lane_of_a_transaction_is_that_of_its_promises_unless_they_say_otherwise(database: Database) -> None:
    with database.writing() as session:
        outbox.promise(session, Topic.INDEX, "before")
        outbox.use_lane(session, bulk("batch"))
        outbox.promise(session, Topic.INDEX, "after")
        outbox.promise(session, Topic.INDEX, "own", lane=PEOPLE)
        outbox.promise(session, Topic.INDEX, "own")
    promise(database, None, "next")
    with database.reading() as session:
        lanes = {row.subject_id: row.lane for row in session.scalars(select(Outbox))}
    assert lanes == {"before": "batch", "after": "batch", "own": "", "next": ""}


def test_what_is_asked_for_again_keeps_the_better_place(database: Database) -> None:
    promise(database, UPKEEP, *names("i", 100), topic=Topic.INDEX)
    promise(database, PEOPLE, "i0099", topic=Topic.INDEX)
    assert work(database, 1, Topic.INDEX) == ["i0099"]
    promise(database, UPKEEP, "i0000", topic=Topic.INDEX)
    assert work(database, 1, Topic.INDEX) == ["i0000"]


def test_what_failed_in_passing_waits_behind_its_own_lane_only(database: Database) -> None:
    promise(database, bulk("a"), *names("a", 20))
    promise(database, bulk("b"), "b")
    leases = take(database, 2)
    assert {lease.subject_id for lease in leases} == {"a0000", "b"}
    with database.writing() as session:
        outbox.postpone(session, leases, "tool_unavailable")
    with database.writing() as session:
        session.execute(update(Outbox).values(due_at=utc_now() - timedelta(seconds=1)))
    done = work(database, 30)
    assert done.index("b") == 0
    assert done[-1] == "a0000"


def test_where_everything_is_delayed_nothing_is_taken(database: Database) -> None:
    promise(database, PEOPLE, *names("a", 30))
    with database.writing() as session:
        session.execute(update(Outbox).values(due_at=utc_now() + timedelta(minutes=5)))
    assert work(database, 10) == []
    promise(database, bulk("b"), "b")
    assert work(database, 10) == ["b"]


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_nothing_starves(database: Database, data: st.DataObject) -> None:
    """However lanes are refilled, what is due is taken: every fourth batch goes by age, so after 4 batches for each
    that age alone would need, a row is gone."""
    limit, every, fresh = 4, 4, count()
    with database.writing() as session:
        session.execute(delete(Outbox))
    promise(database, bulk("patient"), *names("p", data.draw(st.integers(1, 12))))
    promise(database, bulk("other"), *names("o", data.draw(st.integers(0, 12))))
    with database.reading() as session:
        before = session.scalar(select(func.count()).select_from(Outbox)) or 0
    for n in range(1, every * -(-before // limit) + 1):
        lanes = data.draw(st.lists(st.sampled_from(["", "new", "other"]), min_size=4, max_size=6))
        with database.writing() as session:
            for lane, number in zip(lanes, fresh, strict=False):
                name = f"{lane}{number}" if lane == "new" else lane
                outbox.promise(session, Topic.INGEST, f"x{number}", lane=Lane(name, is_bulk=lane != ""))
        work(database, limit, is_by_age=n % every == 0)
    with database.reading() as session:
        assert not session.scalars(select(Outbox.subject_id).where(Outbox.lane == "patient")).all()


def test_few_files_of_one_upload_go_before_bulk_whoever_sent_it() -> None:
    def lane(kind: str, total: int) -> Lane:
        return build_lane(Job(id="j", kind=kind, department="HQB", total=total))

    assert lane("upload", FEW_FILES) == Lane("j", "HQB")
    assert lane("upload", FEW_FILES + 1) == lane("ingest", 1) == lane("folder", 1) == Lane("j", "HQB", is_bulk=True)


def test_workers_side_by_side_take_in_fair_order_without_overlap(database: Database, tmp_path: Path) -> None:
    promise(database, bulk("a"), *names("a", 60))
    promise(database, bulk("b"), *names("b", 60))
    held = [take(database, 15) for _ in range(4)]
    subjects = [lease.subject_id for leases in held for lease in leases]
    assert len(subjects) == len(set(subjects)) == 60
    assert Counter(subject[0] for subject in subjects) == {"a": 30, "b": 30}
