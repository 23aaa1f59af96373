"""A real Elasticsearch that has too little room: for writes waiting, for bytes at work, on its disk.

Each time nothing is lost, nothing is held against a record, and the work goes on by itself once there is room.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from archive.models import utc_now
from archive.outbox import FIRST_DELAY
from archive.record import Archive
from config import Config
from indexer.bulk import BulkWriter, Operation, connect
from indexer.indexing import Indexing
from indexer.reconcile import reconcile
from indexer.worker import Worker
from mappings.aliases import Kind
from services import commands
from services.cluster import EmbeddedServices
from services.commands import Running
from services.elasticsearch import ROLE
from services.places import log_file, state_folder
from services.probes import START_SECONDS, wait_for
from services.servers import build_server
from tests.indexer_world import (
    Index,
    count_open,
    drain,
    get_file,
    hand_in,
    let_time_pass,
    list_open,
    make_archive,
    register,
)

NARROW = """
thread_pool.write.size: 1
thread_pool.write.queue_size: 1
indexing_pressure.memory.limit: 1mb
cluster.info.update.interval: 10s
"""
TOO_LONG = "设备运行记录" * 60_000
"""A text whose index entry alone is more than the narrow engine takes at once."""
WATERMARKS = "cluster.routing.allocation.disk.watermark"


@pytest.fixture(scope="module")
def narrow(services: EmbeddedServices, config: Config) -> Iterator[Running]:
    """The session's engine in a narrow room; its account may change settings of the cluster."""
    services.start("queue")
    services.stop("search")
    command = build_server(config, "search")
    folder = state_folder(config) / "elasticsearch-config"
    with (folder / "elasticsearch.yml").open("a") as settings:
        settings.write(NARROW)
    roles = (folder / "roles.yml").read_text()
    assert f"{ROLE}:\n  cluster: [monitor]" in roles
    (folder / "roles.yml").write_text(roles.replace("cluster: [monitor]", "cluster: [manage, monitor]"))
    with log_file(config, "search").open("ab") as log:
        process = commands.start(command, log)
    try:
        wait_for(config, ["search"], seconds=START_SECONDS, is_running=process.is_alive)
        yield process
    finally:
        process.stop()


@pytest.fixture
def archive(narrow: Running, tmp_path: Path, config: Config, new_database: Callable[[str], str]) -> Iterator[Archive]:
    """An archive of its own on the narrow engine."""
    archive = make_archive(config, tmp_path, new_database("sqlite"))
    yield archive
    archive.close()


def count_rejections(client: Elasticsearch) -> tuple[int, int]:
    """Writes refused since the engine started: for want of a place in the queue, for want of memory."""
    (node,) = client.nodes.stats(metric=["thread_pool", "indexing_pressure"])["nodes"].values()
    memory = node["indexing_pressure"]["memory"]["total"]
    return node["thread_pool"]["write"]["rejected"], memory["coordinating_rejections"] + memory["primary_rejections"]


def wait_until(holds: Callable[[], bool]) -> None:
    """Waits for what the engine does by itself."""
    deadline = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.5)


def test_more_writers_than_the_queue_holds(archive: Archive, index: Index) -> None:
    Indexing(archive, index.client).ensure()
    before, _ = count_rejections(index.client)

    def write(writer: int) -> list[dict[str, str]]:
        with connect(archive.config) as client:
            bulk = BulkWriter(client, {kind: index.alias(kind) for kind in Kind})
            return [bulk.write([page(f"{writer}-{number}")]) for number in range(20)]

    def page(name: str) -> Operation:
        source = {"item": name, "file": name, "page": 1, "revision": 1, "text": "水泵"}
        return Operation(name, Kind.PAGES, f"{name}:1", 1, source)

    with ThreadPoolExecutor(8) as pool:
        refused = [answer for answers in pool.map(write, range(8)) for answer in answers]
    assert refused == [{}] * 160
    assert index.page_ids() == {f"{writer}-{number}:1" for writer in range(8) for number in range(20)}
    after, _ = count_rejections(index.client)
    assert after > before


def test_more_bytes_than_the_engine_takes_at_once(archive: Archive, worker: Worker, index: Index) -> None:
    _, before = count_rejections(index.client)
    texts = [f"第{number}号设备" + "日常巡检记录" * 5_000 for number in range(24)]
    file_ids = [hand_in(archive, text.encode(), f"{number}.txt") for number, text in enumerate(texts)]
    drain(worker)
    assert {row.last_error for row in list_open(archive)} <= {"index_busy"}
    for _ in range(8):
        let_time_pass(archive)
        drain(worker)
    assert count_open(archive) == 0
    _, after = count_rejections(index.client)
    assert after > before
    assert {get_file(archive, file_id).outcome for file_id in file_ids} == {"searchable"}
    assert len(index.find(Kind.ITEMS)) == len(texts)
    assert index.find_words("第23号设备") == {get_file(archive, file_ids[23]).item_id}
    assert reconcile(archive, index.client, is_repairing=False).is_clean


def test_a_disk_above_its_watermark(archive: Archive, worker: Worker, index: Index) -> None:
    register(archive, "之前")
    drain(worker)
    full = {f"{WATERMARKS}.{stage}": "900tb" for stage in ("low", "high", "flood_stage")}
    index.client.cluster.put_settings(persistent=full)
    try:
        wait_until(lambda: is_blocked(index))
        file_id = hand_in(archive, "磁盘将满".encode(), "之后.txt")
        drain(worker)
        assert get_file(archive, file_id).outcome == "searchable"
        [row] = list_open(archive)
        assert (row.topic, row.last_error, row.attempts) == ("index", "index_blocked", 0)
    finally:
        index.client.cluster.put_settings(persistent=dict.fromkeys(full))
    wait_until(lambda: not is_blocked(index))
    let_time_pass(archive)
    drain(worker)
    assert count_open(archive) == 0
    assert index.find_words("磁盘将满") == {get_file(archive, file_id).item_id}


def is_blocked(index: Index) -> bool:
    """Whether the engine takes no writes for want of disk."""
    found: dict[str, Any] = index.client.indices.get_settings(index=f"{index.prefix}-*", flat_settings=True).body
    return all("index.blocks.read_only_allow_delete" in each["settings"] for each in found.values())


def test_an_engine_that_stays_busy(
    archive: Archive, worker: Worker, index: Index, narrow: Running, services: EmbeddedServices
) -> None:
    file_ids = [hand_in(archive, f"{number}{TOO_LONG}".encode(), f"{number}.txt") for number in range(4)]
    drain(worker)
    now = utc_now()
    rows = list_open(archive)
    assert {row.subject_id for row in rows} == {get_file(archive, file_id).item_id for file_id in file_ids}
    assert {(row.topic, row.last_error, row.attempts) for row in rows} == {("index", "index_busy", 0)}
    waits = [row.due_at - now for row in rows]
    assert len(set(waits)) == len(rows)
    assert max(waits) <= FIRST_DELAY * 2 ** max(row.delays - 1 for row in rows)
    assert {get_file(archive, file_id).outcome for file_id in file_ids} == {"searchable"}
    narrow.stop()
    services.start("search")
    let_time_pass(archive)
    drain(worker)
    assert count_open(archive) == 0
    assert {entry["_id"] for entry in index.find(Kind.ITEMS)} == {row.subject_id for row in rows}
    assert reconcile(archive, index.client, is_repairing=False).is_clean
