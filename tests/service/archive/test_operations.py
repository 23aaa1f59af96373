"""The operator's figures: depth, age and delay of queues, rate, time to finish, failures and folders by reason."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update

from archive import outbox
from archive.access.actor import Role
from archive.models import File, Job, Outbox, WatchedFolder, utc_now
from archive.operations import Figures, read_figures
from archive.outbox import Topic
from archive.record import Archive
from tests.service.archive.test_batches import decide, make_batch, person


def read(archive: Archive) -> Figures:
    with archive.database.reading() as session:
        return read_figures(session)


def test_an_idle_archive_has_nothing_to_tell(archive: Archive) -> None:
    found = read(archive)
    assert (found.batches, found.files, found.rate, found.left, found.oldest) == (0, 0, 0, None, None)
    assert found.failures == found.folders == {}
    assert {topic: queue.backlog.due for topic, queue in found.queues.items()} == dict.fromkeys(Topic, 0)


def test_figures_of_a_batch_under_way(archive: Archive) -> None:
    owner = person(archive, Role.CLERK, "HQB")
    job_id = make_batch(archive, owner, 10)
    outcomes = [
        ("searchable", ""),
        ("unreadable", "tool_timeout"),
        ("unreadable", "damaged"),
        ("quarantined", "damaged"),
    ]
    decide(archive, job_id, *outcomes)
    past = utc_now() - timedelta(minutes=30)
    with archive.database.writing() as session:
        session.execute(update(Outbox).where(Outbox.topic == Topic.INGEST).values(due_at=past))
        session.add(WatchedFolder(path="/a", department="HQB", class_code="WS·HQ", user_id=owner.id))
        session.add(
            WatchedFolder(path="/b", department="HQB", class_code="WS·HQ", user_id=owner.id, problem="not_openable")
        )
    with archive.database.writing() as session:
        leases = outbox.take(session, Topic.INGEST, limit=2)
        outbox.postpone(session, leases[:1], "tool_unavailable")
    found = read(archive)
    queue = found.queues[Topic.INGEST]
    assert (queue.backlog.due, queue.backlog.leased, queue.backlog.delayed) == (8, 1, 1)
    assert queue.backlog.last_error == "tool_unavailable"
    assert queue.oldest == past
    assert (found.batches, found.files, found.rate) == (1, 6, 0.4)
    assert found.left == timedelta(minutes=15)
    assert found.failures == {"damaged": 2, "tool_timeout": 1}
    assert found.folders == {"": 1, "not_openable": 1}


def test_old_failures_and_old_files_do_not_count(archive: Archive) -> None:
    job_id = make_batch(archive, person(archive, Role.CLERK, "HQB"), 2)
    decide(archive, job_id, ("unreadable", "damaged"), ("unreadable", "damaged"))
    with archive.database.writing() as session:
        session.execute(update(File).values(decided_at=utc_now() - timedelta(days=8)))
        session.execute(update(Job).values(finished_at=utc_now()))
    found = read(archive)
    assert (found.failures, found.rate, found.batches) == ({}, 0, 0)
