"""Uploads in pieces: encrypted from the first byte, nothing lost, nothing of others, nothing twice, an end for all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import func, select, update

from archive import catalogue, intake, uploads
from archive.access.actor import Actor, Role
from archive.catalogue import Description
from archive.errors import NotFoundError
from archive.intake import RefusedError
from archive.models import File, Upload, UploadPart, User, utc_now
from archive.record import Archive
from archive.uploads import OffsetError, TooManyUploadsError

CANARY = b"CANARY-51ce77-in-the-clear"
CONTENT = CANARY * 5000


@pytest.fixture
def owner(archive: Archive) -> Actor:
    return person(archive, "zhao")


def person(archive: Archive, name: str) -> Actor:
    with archive.database.writing() as session:
        user = User(name=name, display_name=name)
        session.add(user)
        session.flush()
        return Actor(user.id, name, frozenset({Role.CLERK}), frozenset({"staff"}), frozenset({"HQB"}), clearance=3)


def begin(archive: Archive, actor: Actor, size: int = len(CONTENT), name: str = "大.pdf") -> str:
    with archive.database.writing() as session:
        return uploads.begin(session, archive, actor, name=name, size=size).id


def pieces(data: bytes, size: int = 7000) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def count(archive: Archive, model: type) -> int:
    with archive.database.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def blobs(archive: Archive) -> set[str]:
    return {path.name for path in archive.config.vault.rglob("*") if path.is_file() and path.name != "recovery.json"}


def settle(archive: Archive, actor: Actor, upload_id: str) -> File:
    name, stored = uploads.join(archive, actor, upload_id)
    with archive.database.writing() as session:
        described = Description(title="x", class_code="WS·HQ", department="HQB")
        item = catalogue.create_item(session, archive, actor, described)
        job = intake.open_job(session, actor, intake.UPLOAD)
        file = intake.register(session, archive, actor, item, stored, name=name, job=job)
        left = uploads.settle(session, actor, upload_id, file)
    uploads.destroy_all(archive, left)
    return file


def test_pieces_become_the_file_and_are_encrypted_from_the_first(archive: Archive, owner: Actor) -> None:
    upload_id = begin(archive, owner)
    ends = (1, 40_000, 90_001, len(CONTENT))
    for start, end in zip((0, *ends), ends, strict=False):
        assert uploads.append(archive, owner, upload_id, start, pieces(CONTENT[start:end])) == end
        for path in archive.config.vault.rglob("*"):
            assert not path.is_file() or CANARY[:12] not in path.read_bytes()
    file = settle(archive, owner, upload_id)
    with archive.vault.reader(file.address) as blob:
        assert blob.read() == CONTENT
    assert (file.name, file.size) == ("大.pdf", len(CONTENT))
    assert blobs(archive) == {file.address}
    assert count(archive, UploadPart) == 0


def test_what_arrived_before_the_connection_broke_is_kept(archive: Archive, owner: Actor) -> None:
    upload_id = begin(archive, owner)
    assert uploads.append(archive, owner, upload_id, 0, pieces(CONTENT[:50_000])) == 50_000
    with archive.database.reading() as session:
        assert uploads.get_upload(session, owner, upload_id).received == 50_000
    assert uploads.append(archive, owner, upload_id, 50_000, iter(())) == 50_000
    uploads.append(archive, owner, upload_id, 50_000, pieces(CONTENT[50_000:]))
    with archive.vault.reader(settle(archive, owner, upload_id).address) as blob:
        assert blob.read() == CONTENT


@pytest.mark.parametrize("start", [0, 9_999, 10_001])
def test_a_piece_must_begin_where_the_last_one_ended(archive: Archive, owner: Actor, start: int) -> None:
    upload_id = begin(archive, owner)
    uploads.append(archive, owner, upload_id, 0, pieces(CONTENT[:10_000]))
    before = blobs(archive)
    with pytest.raises(OffsetError):
        uploads.append(archive, owner, upload_id, start, pieces(CONTENT[:10]))
    assert blobs(archive) == before


def test_more_than_was_announced_is_refused_and_not_kept(archive: Archive, owner: Actor) -> None:
    upload_id = begin(archive, owner, size=100)
    with pytest.raises(RefusedError):
        uploads.append(archive, owner, upload_id, 0, pieces(CONTENT[:101]))
    assert blobs(archive) == set()


def test_two_who_send_the_same_piece_at_once_leave_one(archive: Archive, owner: Actor) -> None:
    upload_id = begin(archive, owner)
    refused: list[OffsetError] = []

    def send() -> None:
        try:
            uploads.append(archive, owner, upload_id, 0, pieces(CONTENT))
        except OffsetError as err:
            refused.append(err)

    threads = [Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 3
    assert len(blobs(archive)) == count(archive, UploadPart) == 1


def test_an_upload_of_others_looks_like_none(archive: Archive, owner: Actor) -> None:
    upload_id, other = begin(archive, owner), person(archive, "qian")
    with pytest.raises(NotFoundError):
        uploads.append(archive, other, upload_id, 0, pieces(CONTENT))
    with pytest.raises(NotFoundError):
        uploads.join(archive, other, upload_id)
    with pytest.raises(NotFoundError):
        uploads.drop(archive, other, upload_id)
    with archive.database.reading() as session, pytest.raises(NotFoundError):
        uploads.get_upload(session, other, upload_id)
    assert blobs(archive) == set()


def test_an_incomplete_upload_becomes_no_file(archive: Archive, owner: Actor) -> None:
    upload_id = begin(archive, owner)
    uploads.append(archive, owner, upload_id, 0, pieces(CONTENT[:-1]))
    with pytest.raises(OffsetError):
        uploads.join(archive, owner, upload_id)


def test_a_complete_upload_becomes_one_file_however_often_it_is_asked_for(archive: Archive, owner: Actor) -> None:
    upload_id = begin(archive, owner)
    uploads.append(archive, owner, upload_id, 0, pieces(CONTENT))
    file = settle(archive, owner, upload_id)
    with archive.database.reading() as session:
        found = uploads.find_file(session, owner, upload_id)
        assert found is not None
        assert found.id == file.id
    with archive.database.writing() as session, pytest.raises(OffsetError):
        uploads.settle(session, owner, upload_id, file)
    assert count(archive, File) == 1


def test_size_and_number_of_uploads_are_limited(archive: Archive, owner: Actor) -> None:
    small = replace(archive, config=replace(archive.config, max_upload_bytes=1000))
    for size, reason in ((0, "empty_file"), (1001, "over_limit")):
        with pytest.raises(RefusedError) as refused:
            begin(small, owner, size=size)
        assert refused.value.reason == reason
    for _ in range(uploads.LARGEST_OPEN):
        begin(small, owner, size=1000)
    with pytest.raises(TooManyUploadsError):
        begin(small, owner, size=1)
    begin(small, person(archive, "qian"), size=1000)
    with archive.database.writing() as session:
        session.execute(update(Upload).values(size=1))
        session.add_all(Upload(user_id=owner.id, name="x", size=1) for _ in range(uploads.MOST_OPEN))
    with pytest.raises(TooManyUploadsError):
        begin(archive, owner, size=1)


def test_uploads_that_nobody_goes_on_with_expire(archive: Archive, owner: Actor) -> None:
    old, fresh = begin(archive, owner), begin(archive, owner)
    for upload_id in (old, fresh):
        uploads.append(archive, owner, upload_id, 0, pieces(CONTENT[:10]))
    with archive.database.writing() as session:
        session.execute(update(Upload).where(Upload.id == old).values(touched_at=utc_now() - uploads.LIFE * 2))
    assert uploads.remove_expired(archive) == 1
    assert uploads.remove_expired(archive) == 0
    with archive.database.reading() as session:
        assert uploads.get_upload(session, owner, fresh).received == 10
        with pytest.raises(NotFoundError):
            uploads.get_upload(session, owner, old)
    assert len(blobs(archive)) == 1
    assert uploads.remove_expired(archive, timedelta(0)) == 1
    assert blobs(archive) == set()


def test_a_dropped_upload_leaves_nothing(archive: Archive, owner: Actor) -> None:
    upload_id = begin(archive, owner)
    uploads.append(archive, owner, upload_id, 0, pieces(CONTENT))
    uploads.drop(archive, owner, upload_id)
    assert blobs(archive) == set()
    assert count(archive, Upload) == count(archive, UploadPart) == 0
