"""Encrypted files of every kind that a password opens, through real children, a real worker and a real Valkey."""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import redis
from sqlalchemy import select, text

from archive import file_passwords, outbox
from archive.access.actor import Actor, Role
from archive.errors import InvalidError, NotFoundError
from archive.file_passwords import MEDIA_TYPES, find_openable, give
from archive.members import iter_tree
from archive.models import Event, File, Job
from archive.outbox import Topic
from archive.record import Archive
from config import Config
from indexer.tools.members import MemberReader, Portion
from indexer.worker import Worker
from render.errors import ToolError
from render.memory_file import MemoryFile
from render.ops import decrypt
from render.programs import DECRYPT
from render.sandbox import SandboxPool
from tests import locked
from tests.indexer_world import get_job, hand_in, let_time_pass, list_open, make_archive, make_docx
from tests.service.indexer.real_files import read_real

PASSWORD = "Gl3ischer-Schluessel 锅炉"
PLAIN = "Boiler-Inspection-7731"
OWNER = Actor(
    "c" * 36, "clerk", frozenset({Role.CLERK}), frozenset({"staff"}), departments=frozenset({"HQB"}), clearance=3
)
PDF = locked.make_pdf("plain ascii 1", PLAIN)
LOCKED: dict[str, tuple[str, bytes, str]] = {
    "a.pdf": ("application/pdf", PDF, "plain ascii 1"),
    "a.docx": ("application/x-tika-ooxml-protected", locked.lock_office(make_docx(PLAIN), PASSWORD), PASSWORD),
    "a.xls": ("application/vnd.ms-excel", locked.make_xls(PASSWORD, PLAIN), PASSWORD),
    "a.zip": ("application/zip", locked.lock_zip({"一.txt": PLAIN.encode()}, PASSWORD), PASSWORD),
    "aes.zip": ("application/zip", locked.lock_zip_aes({"一.txt": PLAIN.encode() * 40000}, PASSWORD), PASSWORD),
}


@pytest.fixture
def archive(tmp_path: Path, sqlite_url: str, valkey: redis.Redis, valkey_url: str) -> Iterator[Archive]:
    """An archive without index and parser, with Valkey."""
    settings = {"GUIDANG_DATA": str(tmp_path / "data"), "GUIDANG_KEYS": str(tmp_path / "keys")}
    archive = make_archive(replace(Config.load(settings), redis_url=valkey_url), tmp_path, sqlite_url)
    yield archive
    archive.close()


@pytest.fixture
def worker(archive: Archive) -> Iterator[Worker]:
    worker = Worker(archive)
    yield worker
    worker.close()


def read(worker: Worker) -> None:
    while worker.work(Topic.INGEST):
        pass


def outcomes(archive: Archive) -> dict[str, tuple[str, str]]:
    with archive.database.reading() as session:
        files = iter_tree(session.scalars(select(File)).all())
        return {(file.member_path or file.name) + "+" * file.depth: (file.outcome, file.reason) for file in files}


@pytest.fixture
def offer(archive: Archive, valkey: redis.Redis) -> Callable[..., None]:
    """Gives a password the way the portal does."""

    def offer(file_id: str, password: str, actor: Actor = OWNER) -> None:
        with archive.database.writing() as session:
            give(session, archive, valkey, actor, file_id, password)

    return offer


@pytest.fixture
def encrypted(archive: Archive, worker: Worker) -> str:
    """A PDF document with a password, handed in by OWNER's department and read in vain."""
    return take_in(archive, worker, PDF, "合同.pdf")


def take_in(archive: Archive, worker: Worker, data: bytes, name: str) -> str:
    file_id = hand_in(archive, data, name)
    with archive.database.writing() as session:
        session.get_one(Job, session.get_one(File, file_id).job_id).department = "HQB"
    read(worker)
    return file_id


def open_in_child(media_type: str, data: bytes, password: str) -> list[Portion]:
    found: list[Portion] = []
    with SandboxPool(1, DECRYPT) as pool, MemoryFile(data) as file:
        reader = MemberReader(pool, "decrypt.next", password)
        while isinstance(portion := reader.take(file, media_type, len(found)), Portion):
            found.append(portion)
    return found


@pytest.mark.parametrize("name", LOCKED)
def test_the_child_opens_each_kind_with_its_password(name: str) -> None:
    media_type, data, password = LOCKED[name]
    (found,) = open_in_child(media_type, data, password)
    assert not found.reason
    assert found.is_whole
    if name == "a.xls":
        assert PLAIN.encode("utf-16-le") in found.content
    elif name.endswith(".zip"):
        assert found.content.startswith(PLAIN.encode())
        assert len(found.content) in (len(PLAIN), 40000 * len(PLAIN))
    else:
        assert found.content[:2] in (b"%P", b"PK")


@pytest.mark.parametrize("name", LOCKED)
def test_another_password_opens_nothing(name: str) -> None:
    media_type, data, _ = LOCKED[name]
    if name.endswith(".zip"):
        (found,) = open_in_child(media_type, data, "wrong")
        assert (found.reason, found.content) == ("encrypted", b"")
    else:
        with pytest.raises(ToolError, match="file_password_wrong"):
            open_in_child(media_type, data, "wrong")


def test_real_files_of_other_programs_are_opened() -> None:
    for name, media_type, password, begin in (
        ("hostile/aes-256.pdf", "application/pdf", "foo", b"%PDF-"),
        ("hostile/testEXCEL_protected_passtika.xlsx", "application/x-tika-ooxml-protected", "tika", b"PK"),
    ):
        (found,) = open_in_child(media_type, read_real(name), password)
        assert found.content.startswith(begin), name


def test_what_is_offered_to_people_is_what_the_child_opens() -> None:
    assert MEDIA_TYPES == decrypt.MEDIA_TYPES


def test_what_the_password_opens_is_read_as_a_file_inside(
    archive: Archive, worker: Worker, offer: Callable[..., None], encrypted: str
) -> None:
    assert outcomes(archive) == {"合同.pdf": ("unreadable", "encrypted")}
    offer(encrypted, "plain ascii 1")
    assert get_job(archive, encrypted).finished_at is None
    read(worker)
    assert outcomes(archive) == {"合同.pdf": ("empty", "decrypted"), "合同.pdf+": ("searchable", "")}
    with archive.database.reading() as session:
        inner = session.scalars(select(File).where(File.parent_id == encrypted)).one()
        assert inner.page_count == 1
        with archive.vault.reader(str(inner.address)) as blob:
            assert blob.read(5) == b"%PDF-"
        with archive.vault.reader(str(session.get_one(File, encrypted).address)) as blob:
            assert blob.read() == PDF
        job = session.get_one(Job, inner.job_id)
        assert (job.done, job.total, job.finished_at is not None) == (2, 2, True)


def test_a_wrong_password_changes_nothing_but_the_reason_and_may_be_given_again(
    archive: Archive, worker: Worker, offer: Callable[..., None], encrypted: str
) -> None:
    offer(encrypted, "not this one")
    read(worker)
    assert outcomes(archive) == {"合同.pdf": ("unreadable", "file_password_wrong")}
    offer(encrypted, "plain ascii 1")
    read(worker)
    assert outcomes(archive)["合同.pdf"] == ("empty", "decrypted")
    with pytest.raises(NotFoundError):  # it needs no password any more
        offer(encrypted, "plain ascii 1")


def test_a_password_is_used_once_and_a_lost_one_is_asked_for_again(
    archive: Archive, worker: Worker, valkey: redis.Redis, offer: Callable[..., None], encrypted: str
) -> None:
    offer(encrypted, "plain ascii 1")
    (name,) = valkey.keys("guidang:file-password:*")
    assert 0 < int(valkey.ttl(name)) <= file_passwords.KEPT.total_seconds()
    assert file_passwords.take(archive, valkey, encrypted) == "plain ascii 1"
    assert file_passwords.take(archive, valkey, encrypted) == ""
    read(worker)
    assert outcomes(archive) == {"合同.pdf": ("unreadable", "file_password_gone")}
    offer(encrypted, "plain ascii 1")
    valkey.flushdb()
    read(worker)
    assert outcomes(archive) == {"合同.pdf": ("unreadable", "file_password_gone")}


def test_a_worker_that_dies_with_the_password_asks_for_it_again(
    archive: Archive, worker: Worker, offer: Callable[..., None], encrypted: str
) -> None:
    offer(encrypted, "plain ascii 1")
    with archive.database.writing() as session:
        (lease,) = outbox.take(session, Topic.INGEST, limit=1)
        source = worker.pipeline.begin(session, [lease])[lease.subject_id]
    worker.pipeline.read(lease, source)  # and is killed before anything is recorded
    let_time_pass(archive)
    read(worker)
    assert outcomes(archive) == {"合同.pdf": ("unreadable", "file_password_gone")}


def test_a_value_of_another_file_or_of_nobody_is_no_password(
    archive: Archive, valkey: redis.Redis, offer: Callable[..., None], encrypted: str
) -> None:
    offer(encrypted, "plain ascii 1")
    (name,) = valkey.keys("guidang:file-password:*")
    valkey.copy(name, name.decode().replace(encrypted, "0" * 36))
    assert file_passwords.take(archive, valkey, "0" * 36) == ""
    valkey.set(name, "nonsense")
    assert file_passwords.take(archive, valkey, encrypted) == ""


def test_the_password_stands_nowhere(
    archive: Archive,
    worker: Worker,
    valkey: redis.Redis,
    offer: Callable[..., None],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    started: list[object] = []
    real = subprocess.Popen
    monkeypatch.setattr(
        "render.sandbox.subprocess.Popen", lambda *a, **k: started.append((a, k.get("env"))) or real(*a, **k)
    )
    file_id = take_in(archive, worker, LOCKED["aes.zip"][1], "包.zip")
    forms = [PASSWORD.encode(), PASSWORD.encode().hex().encode(), PASSWORD.encode("utf-16-le"), PASSWORD[:12].encode()]
    offer(file_id, PASSWORD)
    promises = list_open(archive)
    assert "decrypt" in [row.detail for row in promises]
    assert not any(PASSWORD[:12] in str(vars(row)) for row in promises)
    for name in valkey.keys("*"):
        held = valkey.dump(name) or b""
        assert not any(form in held + name for form in forms)
    read(worker)
    assert outcomes(archive) == {"包.zip": ("empty", "container"), "一.txt+": ("searchable", "")}
    assert started
    assert PASSWORD not in str(started)
    assert PASSWORD[:12] not in caplog.text
    folders = (archive.config.data, archive.config.keys, Path(archive.config.database_url.partition("///")[2]).parent)
    files = [path for folder in folders for path in Path("/", folder).rglob("*") if path.is_file()]
    assert len(files) > 5
    for path in files:
        content = path.read_bytes()
        assert not any(form in content for form in forms), path
    with archive.database.reading() as session:
        events = session.scalars(select(Event).where(Event.action == "file:decrypt")).all()
        assert [event.object_id for event in events] == [file_id]
        assert session.execute(text("select count(*) from outbox where topic = 'ingest'")).scalar() == 0


def test_locked_members_beside_open_ones_are_opened_later(
    archive: Archive, worker: Worker, offer: Callable[..., None]
) -> None:
    data = locked.lock_zip({"密.txt": PLAIN.encode()}, PASSWORD, open_files={"明.txt": b"open"})
    file_id = take_in(archive, worker, data, "包.zip")
    before = {"包.zip": ("empty", "members_left_out"), "明.txt+": ("searchable", "")}
    assert outcomes(archive) == before | {"密.txt+": ("unreadable", "encrypted")}
    offer(file_id, "wrong")
    read(worker)
    assert outcomes(archive)["包.zip"] == ("unreadable", "file_password_wrong")
    offer(file_id, PASSWORD)
    read(worker)
    opened = {"密.txt+": ("searchable", ""), "明.txt+": ("searchable", "")}
    assert outcomes(archive) == {"包.zip": ("empty", "container")} | opened
    job = get_job(archive, file_id)
    assert (job.done, job.total) == (3, 3)
    blobs = list(archive.vault.iter_addresses(timedelta(seconds=-5)))
    with archive.database.reading() as session:
        kept = {file.address for file in session.scalars(select(File))} | {
            file.text_address for file in session.scalars(select(File)) if file.text_address
        }
    assert set(blobs) == kept


def test_who_may_not_steer_the_batch_is_told_nothing(
    archive: Archive, valkey: redis.Redis, offer: Callable[..., None], encrypted: str
) -> None:
    others = [
        replace(OWNER, departments=frozenset({"BAS"})),
        replace(OWNER, roles=frozenset({Role.READER})),
    ]
    for actor in others:
        with pytest.raises(NotFoundError):
            offer(encrypted, "plain ascii 1", actor)
    with archive.database.reading() as session:
        files = list(session.scalars(select(File)))
        assert find_openable(session, OWNER, files) == {encrypted}
        for actor in (*others, replace(OWNER, roles=frozenset({Role.AUDITOR}))):
            assert find_openable(session, actor, files) == frozenset()
    assert not valkey.keys("guidang:file-password:*")
    assert outcomes(archive) == {"合同.pdf": ("unreadable", "encrypted")}


@pytest.mark.parametrize("password", ["", "x" * 256, "line\nbreak"])
def test_what_can_be_no_password_is_refused_at_once(
    archive: Archive, valkey: redis.Redis, offer: Callable[..., None], encrypted: str, password: str
) -> None:
    with pytest.raises(InvalidError):
        offer(encrypted, password)
    assert not valkey.keys("guidang:file-password:*")
    assert outcomes(archive) == {"合同.pdf": ("unreadable", "encrypted")}
