"""The virus scanner, a real clamd with signatures of our own: verdicts, absence, limits and newer signatures."""

from __future__ import annotations

import io
import socket
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from sqlalchemy import select, update

from archive.models import Event, File, utc_now
from archive.quarantine import NotScannedError, QuarantinedError, find_withholding
from config import Config
from indexer.rescan import rescan
from indexer.worker import Worker
from render import eicar
from render.clamd import Finding, Scanner, ScannerUnavailableError
from render.memory_file import MemoryFile
from tests.clamd import LARGEST_MB, VIRUS, ClamdServer
from tests.indexer_world import Index, drain, get_file, hand_in, let_time_pass, list_open, make_archive, make_pdf

LATER = "新近发现的恶意代码".encode()


@pytest.fixture
def make_worker(
    tmp_path: Path, config: Config, new_database: Callable[[str], str], es: Elasticsearch, tika_url: str
) -> Iterator[Callable[..., Worker]]:
    """A worker on an archive of its own, with these settings."""
    made = list[Worker]()

    def make(**settings: str) -> Worker:
        archive = make_archive(replace(config, **settings), tmp_path / str(len(made)), new_database("sqlite"))
        made.append(Worker(archive))
        return made[-1]

    yield make
    for worker in made:
        for name in es.indices.get(index=f"{worker.archive.config.index_prefix}-*"):
            es.indices.delete(index=name)
        worker.close()
        worker.archive.close()


def withheld(worker: Worker, file_id: str) -> type[Exception] | None:
    return find_withholding(worker.archive.config, get_file(worker.archive, file_id))


@pytest.mark.parametrize("address", ["local", "remote"])
def test_verdicts_by_socket_and_by_port(clamd: ClamdServer, address: str) -> None:
    scanner = Scanner(getattr(clamd, address))
    clean = scanner.scan([b"nothing", b" in it"])
    assert (clean.finding, clean.signature) == (Finding.CLEAN, "")
    assert clean.version.startswith("ClamAV")
    found = scanner.scan([b"before ", VIRUS, b" after"])
    assert (found.finding, found.signature) == (Finding.INFECTED, "Guidang.Test.UNOFFICIAL")
    assert scanner.scan([b"x" * 1024**2] * (LARGEST_MB + 5)).finding is Finding.TOO_LARGE
    assert scanner.scan([]).finding is Finding.CLEAN


@pytest.mark.parametrize("said", [b"", b"PONG\0", b"ClamAV 1.0/1/x\0", b"\xff" * 9000, b"stream: whatever\0"])
def test_answers_of_something_else_are_no_verdict(said: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with suppress(OSError):  # the server is closed, or the other side hung up
                while True:
                    connection, _ = server.accept()
                    with connection:
                        connection.recv(64)
                        connection.sendall(said)

        threading.Thread(target=answer, daemon=True).start()
        scanner = Scanner(f"tcp://127.0.0.1:{server.getsockname()[1]}", deadline_seconds=5)
        with pytest.raises(ScannerUnavailableError):
            scanner.scan([b"x"])


@pytest.mark.parametrize("address", ["", "clamd", "http://a:1", "tcp://a", "unix:", "tcp://:3310"])
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(ValueError, match="unix:/path or tcp://host:port"):
        Scanner(address)


def test_infected_files_are_quarantined_and_clean_ones_are_read(
    clamd: ClamdServer, make_worker: Callable[..., Worker], es: Elasticsearch
) -> None:
    worker = make_worker(scanner="required", scanner_address=clamd.local)
    bad = hand_in(worker.archive, b"a note " + VIRUS, "a.txt")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.txt", VIRUS)
    inside = hand_in(worker.archive, packed.getvalue(), "b.zip")
    good = hand_in(worker.archive, make_pdf("水泵检修"), "c.pdf")
    assert withheld(worker, good) is NotScannedError
    drain(worker)
    for file_id in (bad, inside):
        file = get_file(worker.archive, file_id)
        assert (file.outcome, file.reason, file.pages) == ("quarantined", "virus", [])
        assert withheld(worker, file_id) is QuarantinedError
    file = get_file(worker.archive, good)
    assert (file.outcome, withheld(worker, good)) == ("searchable", None)
    assert file.scan_version.startswith("ClamAV")
    index = Index(es, worker.archive.config.index_prefix)
    assert index.page_ids() == {f"{good}:1"}
    assert index.find_words("恶意代码样本") == set()


def test_required_scanner_away_holds_files_unseen(clamd: ClamdServer, make_worker: Callable[..., Worker]) -> None:
    worker = make_worker(scanner="required", scanner_address=clamd.remote)
    clamd.stop()
    file_id = hand_in(worker.archive, make_pdf("停用期间收到"), "a.pdf")
    drain(worker)
    file = get_file(worker.archive, file_id)
    assert (file.outcome, file.pages, file.text_address) == ("", [], None)
    assert withheld(worker, file_id) is NotScannedError
    [row] = [row for row in list_open(worker.archive) if row.topic == "ingest"]
    assert (row.last_error, row.attempts) == ("scanner_unavailable", 0)
    clamd.start()
    worker.tools._resting.clear()
    let_time_pass(worker.archive)
    drain(worker)
    assert get_file(worker.archive, file_id).outcome == "searchable"
    assert withheld(worker, file_id) is None


def test_optional_scanner_away_lets_files_through_and_they_are_scanned_later(
    clamd: ClamdServer, make_worker: Callable[..., Worker]
) -> None:
    worker = make_worker(scanner="optional", scanner_address=clamd.local)
    clamd.stop()
    good, bad = hand_in(worker.archive, make_pdf("好"), "a.pdf"), hand_in(worker.archive, VIRUS, "b.txt")
    assert withheld(worker, good) is NotScannedError
    drain(worker)
    assert {get_file(worker.archive, file_id).outcome for file_id in (good, bad)} == {"searchable"}
    assert {get_file(worker.archive, file_id).scanned_at for file_id in (good, bad)} == {None}
    assert rescan(worker) == 0
    clamd.start()
    assert rescan(worker) == 2
    assert [get_file(worker.archive, file_id).outcome for file_id in (good, bad)] == ["searchable", "quarantined"]


def test_too_large_for_the_scanner(clamd: ClamdServer, make_worker: Callable[..., Worker]) -> None:
    large = "水泵检修记录。\n".encode() * 100_000
    assert len(large) > LARGEST_MB * 1024**2
    strict = make_worker(scanner="required", scanner_address=clamd.local)
    file_id = hand_in(strict.archive, large, "a.txt")
    drain(strict)
    file = get_file(strict.archive, file_id)
    assert (file.outcome, file.reason) == ("quarantined", "too_large_to_scan")
    lenient = make_worker(scanner="optional", scanner_address=clamd.local)
    file_id = hand_in(lenient.archive, large, "a.txt")
    drain(lenient)
    file = get_file(lenient.archive, file_id)
    assert (file.outcome, file.scanned_at) == ("searchable", None)


def test_newer_signatures_find_what_came_in_before(
    clamd: ClamdServer, make_worker: Callable[..., Worker], es: Elasticsearch
) -> None:
    worker = make_worker(scanner="required", scanner_address=clamd.local)
    bad, good = hand_in(worker.archive, LATER, "a.txt"), hand_in(worker.archive, "平安".encode(), "b.txt")
    drain(worker)
    index = Index(es, worker.archive.config.index_prefix)
    assert index.page_ids() == {f"{bad}:1", f"{good}:1"}
    item_id, decided = get_file(worker.archive, bad).item_id, get_file(worker.archive, bad).decided_at
    assert index.find_words("新近发现的恶意代码") == {item_id}
    clamd.stop()
    clamd.teach("Guidang.Later", LATER)
    clamd.start()
    worker.tools.scanner = Scanner(clamd.local)
    assert rescan(worker) == 0, "scanned today"
    old = utc_now() - timedelta(days=31)
    with worker.archive.database.writing() as session:
        session.execute(update(File).values(scanned_at=old, scan_version="ClamAV of last month"))
    assert rescan(worker) == 2
    drain(worker)
    file = get_file(worker.archive, bad)
    assert (file.outcome, file.reason, withheld(worker, bad)) == ("quarantined", "virus", QuarantinedError)
    assert get_file(worker.archive, good).outcome == "searchable"
    assert index.find_words("新近发现的恶意代码") == set()
    assert index.page_ids() == {f"{good}:1"}
    assert rescan(worker) == 0, "the newest signatures have judged"
    with worker.archive.database.reading() as session:
        events = session.scalars(select(Event).where(Event.object_id == bad, Event.action == "file:read")).all()
    assert events[-1].detail == {"outcome": "quarantined", "reason": "virus"}
    assert file.decided_at is not None
    assert file.decided_at > decided, "the day on which it was quarantined, as of what it lies in"


def test_the_test_file_is_known_without_a_scanner(make_worker: Callable[..., Worker]) -> None:
    worker = make_worker()
    text = eicar._STRING + b"\r\n"
    bad, good = hand_in(worker.archive, text, "eicar.com"), hand_in(worker.archive, b"about " + text, "letter.txt")
    drain(worker)
    assert get_file(worker.archive, bad).reason == "virus"
    assert get_file(worker.archive, good).outcome == "searchable"
    assert withheld(worker, bad) is QuarantinedError


@pytest.mark.parametrize("tail", [b"", b"\n", b" \t\r\n\x1a"])
def test_test_file_by_its_definition(tail: bytes) -> None:
    with MemoryFile(eicar._STRING + tail) as file:
        assert eicar.matches(file)
    for other in (eicar._STRING + b"x", b" " + eicar._STRING, eicar._STRING + b" " * 100):
        with MemoryFile(other) as file:
            assert not eicar.matches(file)
