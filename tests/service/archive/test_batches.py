"""Batches: who may watch and steer them, what their figures say, what stopping and trying again change."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from archive import batches, catalogue, intake, outbox
from archive.access.actor import SYSTEM, Actor, Role
from archive.batches import BatchState
from archive.catalogue import Description
from archive.errors import NotFoundError, NotGrantedError
from archive.models import Event, File, Item, Job, User, utc_now
from archive.outbox import Topic
from archive.reasons import REASONS, RETRIED
from archive.record import Archive
from archive.states import State

STAFF = frozenset({"staff"})


def person(archive: Archive, role: Role, *departments: str) -> Actor:
    with archive.database.writing() as session:
        user = User(name=f"{role}{departments}", display_name="x")
        session.add(user)
        session.flush()
        return Actor(user.id, "x", frozenset({role}), STAFF, frozenset(departments), clearance=3)


def make_batch(archive: Archive, actor: Actor, number: int = 6, department: str = "HQB") -> str:
    with archive.database.writing() as session:
        job = intake.open_job(session, actor, "ingest", name="一期", department=department)
        for n in range(number):
            stored = intake.store(archive, io.BytesIO(f"{actor.id}{n}".encode()))
            described = Description(
                title=f"{n}", class_code="WS·HQ", department=department, state=State.FILED, reading_scope="本部门"
            )
            item = catalogue.create_item(session, archive, SYSTEM, described)
            intake.register(session, archive, actor, item, stored, name=f"{n}.txt", job=job)
        return job.id


def decide(archive: Archive, job_id: str, *outcomes: tuple[str, str]) -> None:
    """Ends as many files, in their order."""
    with archive.database.writing() as session:
        files = session.scalars(select(File).where(File.job_id == job_id).order_by(File.name)).all()
        for file, (outcome, reason) in zip(files, outcomes, strict=False):
            file.outcome, file.reason, file.stage, file.decided_at = outcome, reason, "done", utc_now()
        session.execute(update(Job).values(done=Job.done + len(outcomes)))


def get(archive: Archive, actor: Actor, job_id: str) -> batches.Batch:
    with archive.database.reading() as session:
        return batches.get_batch(session, actor, job_id)


def test_a_batch_is_watched_by_who_began_it_and_by_those_who_arrange_its_department(archive: Archive) -> None:
    owner = person(archive, Role.READER, "HQB")
    job_id = make_batch(archive, owner)
    seeing = [owner, *(person(archive, role, "HQB") for role in (Role.CLERK, Role.HEAD, Role.ARCHIVIST))]
    blind = [
        person(archive, Role.READER, "HQB", "YB"),
        person(archive, Role.CLERK, "CWK"),
        person(archive, Role.ARCHIVIST),
    ]
    for actor in seeing:
        assert get(archive, actor, job_id).total == 6
        with archive.database.reading() as session:
            assert [batch.job.id for batch in batches.list_batches(session, actor, page=1).batches] == [job_id]
    for actor in blind:
        with pytest.raises(NotFoundError) as hidden:
            get(archive, actor, job_id)
        with pytest.raises(NotFoundError) as missing:
            get(archive, actor, "0" * 36)
        assert vars(hidden.value).keys() == vars(missing.value).keys()
        with archive.database.reading() as session:
            assert batches.list_batches(session, actor, page=1).batches == ()
        for act in (batches.cancel, batches.retry):
            with archive.database.writing() as session, pytest.raises(NotFoundError):
                act(session, archive, actor, job_id)


def test_administrators_watch_nothing(archive: Archive) -> None:
    job_id = make_batch(archive, person(archive, Role.READER, "HQB"))
    for role in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR, Role.AUTHORITY):
        actor = Actor("b" * 36, "x", frozenset({role}))
        with pytest.raises(NotGrantedError):
            get(archive, actor, job_id)


def test_who_watches_for_the_department_sees_files_of_records_that_he_reads(archive: Archive) -> None:
    owner, head = person(archive, Role.READER, "HQB"), person(archive, Role.HEAD, "HQB")
    job_id = make_batch(archive, owner)
    with archive.database.writing() as session:
        session.execute(update(Item).where(Item.title.in_(["0", "1"])).values(on_hold=True))
    with archive.database.reading() as session:
        own = batches.list_files(session, owner, batches.get_batch(session, owner, job_id), outcome="", page=1)
        batch = batches.get_batch(session, head, job_id)
        others = batches.list_files(session, head, batch, outcome="", page=1)
        exported = list(batches.iter_files(session, head, batch, outcome=""))
    assert (len(own.files), own.hidden) == (6, 0)
    assert {file.name for file in others.files} == {file.name for file in exported} == {f"{n}.txt" for n in range(2, 6)}
    assert others.hidden == 2


def test_figures_count_outcomes_rate_and_time_left(archive: Archive) -> None:
    owner = person(archive, Role.CLERK, "HQB")
    job_id = make_batch(archive, owner)
    assert get(archive, owner, job_id).left is None
    decide(archive, job_id, ("searchable", ""), ("searchable", "pages_unreadable"), ("unreadable", "encrypted"))
    with archive.database.writing() as session:
        past = utc_now() - timedelta(minutes=3)
        session.execute(update(Job).values(created_at=past))
        session.execute(update(File).where(File.outcome != "").values(decided_at=past))
        session.execute(update(File).where(File.name == "3.txt").values(page_count=4, pages_done=2))
    found = get(archive, owner, job_id)
    assert found.counts == {"working": 3, "searchable": 2, "unreadable": 1}
    assert (found.state, found.done, found.total) == (BatchState.WORKING, 3, 6)
    assert found.progress == pytest.approx(3.5 / 6)
    assert found.rate == pytest.approx(1.0, rel=0.05)
    assert found.left is not None
    assert found.left.total_seconds() == pytest.approx(180, rel=0.05)
    assert found.retried == 1
    decide(archive, job_id, *[("searchable", "")] * 6)
    assert (get(archive, owner, job_id).state, get(archive, owner, job_id).left) == (BatchState.DONE, None)


def test_stopping_keeps_what_is_not_read_with_the_reason_and_ends_its_promises(archive: Archive) -> None:
    owner = person(archive, Role.CLERK, "HQB")
    job_id, other = make_batch(archive, owner), make_batch(archive, person(archive, Role.READER, "HQB"))
    decide(archive, job_id, ("searchable", ""), ("unreadable", "encrypted"))
    with archive.database.writing() as session:
        leased = outbox.take(session, Topic.INGEST, limit=1, is_by_age=True)
    with archive.database.writing() as session:
        assert batches.cancel(session, archive, owner, job_id) == 4
    with archive.database.reading() as session:
        files = session.scalars(select(File).where(File.job_id == job_id)).all()
        assert sorted((file.outcome, file.reason) for file in files) == sorted(
            [("searchable", ""), ("unreadable", "encrypted"), *[("unreadable", "cancelled")] * 4]
        )
        left = outbox.count_open(session, Topic.INGEST, [file.id for file in files])
        assert left == len([lease for lease in leased if lease.subject_id in {file.id for file in files}])
        assert outbox.count_open(session, Topic.INGEST) == left + 6
        assert outbox.count_open(session, Topic.INDEX, [file.item_id for file in files]) == 6
        job = session.get_one(Job, job_id)
        assert job.finished_at is not None
        trail = session.scalars(select(Event).where(Event.action == "batch:cancel")).all()
        assert [(event.object_id, event.actor_id, event.detail) for event in trail] == [
            (job_id, owner.id, {"files": 4})
        ]
    assert get(archive, owner, job_id).state is BatchState.CANCELLED
    assert get(archive, owner, other).counts == {"working": 6}
    with archive.database.writing() as session:
        assert batches.cancel(session, archive, owner, job_id) == 0


def test_trying_again_takes_only_what_can_get_better(archive: Archive) -> None:
    owner = person(archive, Role.CLERK, "HQB")
    job_id = make_batch(archive, owner)
    outcomes = [
        ("searchable", ""),
        ("searchable", "pages_unreadable"),
        ("unreadable", "tool_timeout"),
        ("unreadable", "encrypted"),
        ("quarantined", "virus"),
        ("empty", "no_text"),
    ]
    decide(archive, job_id, *outcomes)
    with archive.database.writing() as session:
        outbox.complete(session, outbox.take(session, Topic.INGEST, limit=20))
    assert get(archive, owner, job_id).retried == 2
    with archive.database.writing() as session:
        assert batches.retry(session, archive, owner, job_id) == 2
    with archive.database.reading() as session:
        files = session.scalars(select(File).where(File.job_id == job_id).order_by(File.name)).all()
        assert [file.name for file in files if not file.outcome] == ["1.txt", "2.txt"]
        assert [(file.stage, file.decided_at) for file in files if not file.outcome] == [("waiting", None)] * 2
        assert outbox.count_open(session, Topic.INGEST, [file.id for file in files if not file.outcome]) == 2
        job = session.get_one(Job, job_id)
        assert (job.done, job.finished_at) == (4, None)
        trail = session.scalars(select(Event).where(Event.action == "batch:retry")).all()
        assert [event.detail for event in trail] == [{"files": 2}]


def test_what_was_stopped_can_be_tried_again(archive: Archive) -> None:
    owner = person(archive, Role.CLERK, "HQB")
    job_id = make_batch(archive, owner)
    with archive.database.writing() as session:
        batches.cancel(session, archive, owner, job_id)
    with archive.database.writing() as session:
        assert batches.retry(session, archive, owner, job_id) == 6
    found = get(archive, owner, job_id)
    assert (found.state, found.job.cancelled_at, found.counts) == (BatchState.WORKING, None, {"working": 6})
    with archive.database.reading() as session:
        assert outbox.count_open(session, Topic.INGEST) == 6


def test_long_batches_have_pages(archive: Archive) -> None:
    owner = person(archive, Role.CLERK, "HQB")
    job_id = make_batch(archive, owner, 45)
    decide(archive, job_id, *[("searchable", "")] * 44)
    with archive.database.reading() as session:
        batch = batches.get_batch(session, owner, job_id)
        pages = [batches.list_files(session, owner, batch, outcome="", page=n) for n in (1, 2, 9)]
        assert [(len(page.files), page.page, page.page_total) for page in pages] == [(40, 1, 2), (5, 2, 2), (5, 2, 2)]
        working = batches.list_files(session, owner, batch, outcome="working", page=1)
        assert [file.outcome for file in working.files] == [""]
        assert len(list(batches.iter_files(session, owner, batch, outcome=""))) == 45


def test_every_reason_that_may_be_tried_again_has_words() -> None:
    assert set(RETRIED) <= set(REASONS)
