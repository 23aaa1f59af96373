"""Elasticsearch, Tika, database or disk fail at each step: nothing is lost, the reason is told, work resumes."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from archive import outbox
from archive.outbox import Topic
from archive.record import Archive
from indexer import pipeline
from indexer.reconcile import reconcile
from indexer.stages import Reading
from indexer.toolbox import Toolbox
from indexer.worker import Worker
from mappings.aliases import Kind
from services.cluster import EmbeddedServices
from tests.indexer_world import (
    Index,
    count_open,
    drain,
    get_file,
    hand_in,
    let_time_pass,
    list_open,
    make_docx,
    make_pdf,
    make_scan,
    register,
)

Stage = Callable[[Archive, Toolbox, Reading], Reading]


def test_elasticsearch_killed_in_the_middle_of_bulk_writing(
    archive: Archive, worker: Worker, index: Index, services: EmbeddedServices
) -> None:
    drain(worker)
    ids = {register(archive, f"第{n}件档案") for n in range(600)}
    thread = threading.Thread(target=worker.work, args=(Topic.INDEX,))
    thread.start()
    while count_open(archive) > 500:
        time.sleep(0.01)
    services.kill("search")
    thread.join()
    left = list_open(archive)
    assert 0 < len(left) <= 500
    assert {row.last_error for row in left} >= {"index_unreachable"}
    assert {row.attempts for row in left} == {0}
    services.start("search")
    while list_open(archive):
        let_time_pass(archive)
        drain(worker)
    assert {entry["_id"] for entry in index.find(Kind.ITEMS)} == ids
    assert reconcile(archive, index.client, is_repairing=False).is_clean


def test_elasticsearch_down_delays_only_the_index(
    archive: Archive, worker: Worker, index: Index, services: EmbeddedServices
) -> None:
    services.stop("search")
    file_id = hand_in(archive, make_pdf("检索服务停止"), "甲.pdf")
    drain(worker)
    assert get_file(archive, file_id).outcome == "searchable"
    [row] = list_open(archive)
    assert (row.topic, row.last_error) == ("index", "index_unreachable")
    services.start("search")
    let_time_pass(archive)
    drain(worker)
    assert index.find_words("检索服务停止") == {get_file(archive, file_id).item_id}


def test_elasticsearch_without_disk_space_takes_nothing_and_says_so(
    archive: Archive, worker: Worker, index: Index
) -> None:
    register(archive, "之前")
    drain(worker)
    blocked = {"index.blocks.read_only_allow_delete": True}
    for kind in Kind:
        index.client.indices.put_settings(index=index.alias(kind), settings=blocked)
    item_id = register(archive, "之后")
    drain(worker)
    [row] = list_open(archive)
    assert (row.subject_id, row.last_error, row.attempts) == (item_id, "index_blocked", 0)
    for kind in Kind:
        index.client.indices.put_settings(index=index.alias(kind), settings=dict.fromkeys(blocked))
    let_time_pass(archive)
    drain(worker)
    assert item_id in {entry["_id"] for entry in index.find(Kind.ITEMS)}


def test_tika_down_delays_only_what_it_reads(
    archive: Archive, worker: Worker, index: Index, services: EmbeddedServices
) -> None:
    services.stop("parser")
    office = [hand_in(archive, make_docx(f"公文{n}"), f"{n}.docx") for n in range(3)]
    other = [hand_in(archive, make_pdf("图纸目录"), "a.pdf"), hand_in(archive, "纯文本".encode(), "b.txt")]
    drain(worker)
    assert [get_file(archive, file_id).outcome for file_id in other] == ["searchable", "searchable"]
    rows = list_open(archive)
    assert {row.subject_id for row in rows} == set(office)
    assert {(row.last_error, row.attempts) for row in rows} == {("tool_unavailable", 0)}
    services.start("parser")
    worker.tools._resting.clear()
    while list_open(archive):
        let_time_pass(archive)
        drain(worker)
    assert [get_file(archive, file_id).outcome for file_id in office] == ["searchable"] * 3


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file of this process may grow beyond `size` bytes: a full disk as the system tells it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize(("stage", "code"), [("load", "machine_short"), ("store", "vault_full")])
def test_no_room_for_what_a_stage_writes(
    archive: Archive, worker: Worker, index: Index, monkeypatch: pytest.MonkeyPatch, stage: str, code: str
) -> None:
    def short(one: Stage) -> Stage:
        def run(archive: Archive, tools: Toolbox, reading: Reading) -> Reading:
            with largest_file(1000):
                return one(archive, tools, reading)

        return run if one.__name__ == stage else one

    file_id = hand_in(archive, ("检修记录" * 2000 + f"{list(range(3000))}").encode(), "长.txt")
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "STAGES", tuple(map(short, pipeline.STAGES)))
        drain(worker)
    assert get_file(archive, file_id).outcome == ""
    [row] = [row for row in list_open(archive) if row.topic == "ingest"]
    assert (row.last_error, row.attempts) == (code, 0)
    assert not list((archive.config.vault / "partial").iterdir())
    let_time_pass(archive)
    drain(worker)
    assert get_file(archive, file_id).outcome == "searchable"
    assert index.find_words("检修记录") == {get_file(archive, file_id).item_id}


def test_no_room_for_anything_while_a_page_is_recognised(archive: Archive, worker: Worker, index: Index) -> None:
    file_id = hand_in(archive, make_scan("水泵巡检记录"), "扫描.tif")
    worker.work(Topic.INGEST)
    # The database cannot write either: what is not recorded is simply still to be done.
    with largest_file(1), pytest.raises(SQLAlchemyError):
        worker.work(Topic.OCR)
    let_time_pass(archive)
    drain(worker)
    assert index.find_words("水泵巡检记录") == {get_file(archive, file_id).item_id}


@pytest.mark.parametrize("archive", ["postgresql"], indirect=True)
@pytest.mark.parametrize("topic", [Topic.INGEST, Topic.OCR, Topic.INDEX])
def test_database_gone_at_each_step(archive: Archive, worker: Worker, index: Index, topic: Topic) -> None:
    file_id = hand_in(archive, make_scan("数据库中断"), "扫描.tif")
    for before in (Topic.INGEST, Topic.OCR, Topic.INGEST, Topic.INDEX)[: list(Topic).index(topic)]:
        worker.work(before)
    with database_closed(archive), pytest.raises(SQLAlchemyError):
        worker.work(topic)
    let_time_pass(archive)
    drain(worker)
    assert get_file(archive, file_id).outcome == "searchable"
    assert index.find_words("数据库中断") == {get_file(archive, file_id).item_id}
    assert count_open(archive) == 0


@pytest.mark.parametrize("archive", ["postgresql"], indirect=True)
def test_database_lost_while_work_is_in_hand(archive: Archive, worker: Worker, index: Index) -> None:
    file_ids = [hand_in(archive, make_pdf(f"第{n}份"), f"{n}.pdf") for n in range(5)]
    with archive.database.writing() as session:
        leases = outbox.take(session, Topic.INGEST, limit=5)
        sources = worker.pipeline.begin(session, leases)
    founds = [worker.pipeline.read(lease, sources[lease.subject_id]) for lease in leases]
    with database_closed(archive), pytest.raises(SQLAlchemyError):
        worker.pipeline.record(founds)
    assert {get_file(archive, file_id).outcome for file_id in file_ids} == {""}
    let_time_pass(archive)
    drain(worker)
    assert {get_file(archive, file_id).outcome for file_id in file_ids} == {"searchable"}
    assert len(index.page_ids()) == 5


@contextmanager
def database_closed(archive: Archive) -> Iterator[None]:
    """Nobody can connect to the archive's database, and those who were are cut off."""
    url = make_url(archive.config.database_url)
    admin = psycopg.connect(
        host=url.host, port=url.port, user=url.username, password=url.password, dbname="postgres", autocommit=True
    )
    with admin:
        admin.execute(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS false')
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (url.database,))
        try:
            yield
        finally:
            admin.execute(f'ALTER DATABASE "{url.database}" ALLOW_CONNECTIONS true')
