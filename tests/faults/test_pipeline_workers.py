"""Workers, broker and committing processes die at the worst moments: afterwards all is searchable exactly once."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import psutil
import pytest
import redis
from sqlalchemy import select, update

from archive.models import File, Job, Outbox
from archive.outbox import Topic
from archive.record import Archive
from config import ROOT
from indexer.reconcile import reconcile
from indexer.worker import Worker
from mappings.aliases import Kind
from services.commands import list_tree
from services.programs import QUEUES
from tests.indexer_world import (
    Index,
    count_open,
    drain,
    environ,
    get_file,
    hand_in,
    let_time_pass,
    make_pdf,
    make_scan,
)

PATIENCE_SECONDS = 300
SCANNED = ("锅炉检验报告", "消防水泵记录", "电梯年检合格", "配电室巡查表", "污水处理台账", "保洁服务合同")


def kill(process: subprocess.Popen[bytes]) -> None:
    """Ends a process and all its descendants at once, as a crash of the machine would."""
    for victim in list_tree(process.pid):
        with suppress(psutil.NoSuchProcess):
            victim.kill()
    process.wait()


class Processes:
    """Celery processes of one archive, as the Procfile starts them."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        log = (self._archive.config.data / f"{arguments[0]}.log").open("ab")
        with log:
            process = subprocess.Popen(
                [sys.executable, "-m", "celery", "--app", "indexer.app", *arguments],
                cwd=ROOT,
                env=environ(self._archive),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._running.append(process)
        return process

    def start_worker(self) -> subprocess.Popen[bytes]:
        queues = ("--queues", QUEUES, "--concurrency", "2")
        return self.start("worker", *queues, "--without-gossip", "--without-mingle")

    def start_beat(self) -> subprocess.Popen[bytes]:
        return self.start("beat", "--schedule", str(self._archive.config.data / "schedule"), "--pidfile=")

    def kill_all(self) -> None:
        for process in self._running:
            if process.poll() is None:
                kill(process)


@pytest.fixture
def processes(archive: Archive) -> Iterator[Processes]:
    processes = Processes(archive)
    yield processes
    processes.kill_all()


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it does not come about"
        time.sleep(0.2)


def is_finished(archive: Archive, *file_ids: str) -> bool:
    return all(get_file(archive, file_id).outcome for file_id in file_ids) and count_open(archive) == 0


def assert_searchable_once(archive: Archive, index: Index, expected: dict[str, tuple[str, ...]]) -> None:
    """Every file is searchable by every page's words, every document stands once, jobs are counted once."""
    assert {entry["_id"] for entry in index.find(Kind.ITEMS)} == {get_file(archive, f).item_id for f in expected}
    assert index.page_ids() == {f"{f}:{n}" for f, pages in expected.items() for n in range(1, len(pages) + 1)}
    for file_id, pages in expected.items():
        file = get_file(archive, file_id)
        assert (file.outcome, file.pages_done) == ("searchable", len(pages))
        for words in pages:
            assert file.item_id in index.find_words(words)
    assert reconcile(archive, index.client, is_repairing=False).is_clean
    with archive.database.reading() as session:
        assert all(job.done == job.total for job in session.scalars(select(Job)))


def test_worker_killed_in_the_middle_of_recognition(archive: Archive, index: Index, processes: Processes) -> None:
    worker = processes.start_worker()
    file_id = hand_in(archive, make_scan(*SCANNED), "扫描.tif")
    wait_until(lambda: 1 <= get_file(archive, file_id).pages_done < len(SCANNED))
    kill(worker)
    before = get_file(archive, file_id)
    assert before.outcome == ""
    assert 1 <= before.pages_done < len(SCANNED)
    let_time_pass(archive)
    processes.start_worker()
    archive.bell.ring(Topic)
    wait_until(lambda: is_finished(archive, file_id))
    assert_searchable_once(archive, index, {file_id: SCANNED})


def test_worker_killed_again_and_again_at_the_same_page_gives_up_with_a_reason(
    archive: Archive, worker: Worker
) -> None:
    file_id = hand_in(archive, make_scan(*SCANNED[:2]), "扫描.tif")
    worker.work(Topic.INGEST)
    with archive.database.writing() as session:  # three leases of page 2 that nobody ended
        session.execute(update(Outbox).where(Outbox.detail == "2").values(attempts=3))
    drain(worker)
    file = get_file(archive, file_id)
    assert (file.outcome, file.reason) == ("searchable", "pages_unreadable")
    assert [(page.reason, page.chars > 0) for page in file.pages] == [("", True), ("interrupted", False)]


def test_file_that_kills_its_worker_ends_with_a_reason(archive: Archive, worker: Worker) -> None:
    poison, good = hand_in(archive, make_pdf("毒"), "毒.pdf"), hand_in(archive, make_pdf("好"), "好.pdf")
    with archive.database.writing() as session:
        session.execute(update(Outbox).where(Outbox.subject_id == poison).values(attempts=3))
    drain(worker)
    assert (get_file(archive, poison).outcome, get_file(archive, poison).reason) == ("unreadable", "interrupted")
    assert get_file(archive, good).outcome == "searchable"


COMMIT_AND_DIE = """
import io, os, signal, sys
from archive import catalogue, intake
from archive.access.actor import SYSTEM
from archive.catalogue import Description
from archive.db import Database
from archive.record import Archive
from config import Config
from dataclasses import replace

archive = Archive.open(Config.load())
die = lambda topics: os.kill(os.getpid(), signal.SIGKILL)
archive = replace(archive, database=Database(archive.config.database_url, die))
stored = intake.store(archive, io.BytesIO(sys.stdin.buffer.read()))
with archive.database.writing() as session:
    item = catalogue.create_item(session, archive, SYSTEM, Description(title="t", class_code="WS·HQ", department="HQB"))
    job = intake.open_job(session, SYSTEM, "test")
    intake.register(session, archive, SYSTEM, item, stored, name="x.pdf", job=job)
"""


def test_process_killed_between_commit_and_publish(archive: Archive, index: Index, processes: Processes) -> None:
    processes.start_worker()
    processes.start_beat()
    died = subprocess.run(
        [sys.executable, "-c", COMMIT_AND_DIE], cwd=ROOT, env=environ(archive), input=make_pdf("提交之后"), check=False
    )
    assert died.returncode == -signal.SIGKILL
    with archive.database.reading() as session:
        [file_id] = session.scalars(select(File.id))
    wait_until(lambda: is_finished(archive, file_id))
    assert_searchable_once(archive, index, {file_id: ("提交之后",)})


def test_broker_wiped_while_work_waits(archive: Archive, index: Index, processes: Processes, valkey_url: str) -> None:
    expected = {hand_in(archive, make_pdf(f"第{n}份文件"), f"{n}.pdf"): (f"第{n}份文件",) for n in range(30)}
    processes.start_worker()
    processes.start_beat()
    wait_until(lambda: any(get_file(archive, file_id).outcome for file_id in expected))
    with redis.Redis.from_url(valkey_url) as broker:
        broker.flushall()
    later = hand_in(archive, make_scan("清空之后扫描"), "后.tif")
    with redis.Redis.from_url(valkey_url) as broker:
        broker.flushall()
    expected[later] = ("清空之后扫描",)
    wait_until(lambda: is_finished(archive, *expected))
    assert_searchable_once(archive, index, expected)
