"""Taking files in: whole or not at all, twins only for those who may read them."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from sqlalchemy import select

from archive import catalogue, intake
from archive.access.actor import SYSTEM, Actor
from archive.catalogue import Description
from archive.intake import RefusedError
from archive.models import File, Item, Outbox
from archive.record import Archive
from archive.states import State

MARKER = "暗号青花瓷七号".encode()
LETTER = Description(title="一封信", class_code="WS·DQ", department="YB", state=State.FILED)


def take_in(archive: Archive, data: bytes, name: str = "一封信.txt") -> File:
    stored = intake.store(archive, io.BytesIO(data))
    with archive.database.writing() as session:
        item = catalogue.create_item(session, archive, SYSTEM, LETTER)
        job = intake.open_job(session, SYSTEM, "upload", item_id=item.id)
        return intake.register(session, archive, SYSTEM, item, stored, name=name, job=job)


def blobs(archive: Archive) -> list[bytes]:
    return [path.read_bytes() for path in archive.config.vault.rglob("*") if path.is_file() and path.stat().st_size]


def test_a_file_is_in_the_vault_and_promised_to_be_read(archive: Archive) -> None:
    file = take_in(archive, MARKER * 1000)
    assert archive.vault.reader(file.address).read() == MARKER * 1000
    assert all(MARKER not in blob for blob in blobs(archive))
    with archive.database.reading() as session:
        topics = session.execute(select(Outbox.topic, Outbox.subject_id)).all()
    assert ("ingest", file.id) in topics
    assert ("index", file.item_id) in topics


def test_registering_raises_the_revision(archive: Archive) -> None:
    file = take_in(archive, MARKER)
    with archive.database.reading() as session:
        assert session.get_one(Item, file.item_id).revision == 2


@pytest.mark.parametrize(("data", "limit", "reason"), [(b"", 10, "empty_file"), (b"x" * 11, 10, "over_limit")])
def test_a_refused_file_leaves_nothing(archive: Archive, data: bytes, limit: int, reason: str) -> None:
    before = len(blobs(archive))
    small = replace(archive, config=replace(archive.config, max_upload_bytes=limit))
    with pytest.raises(RefusedError) as error:
        intake.store(small, io.BytesIO(data))
    assert error.value.reason == reason
    assert len(blobs(archive)) == before


def test_a_source_that_breaks_leaves_nothing(archive: Archive) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            piece = super().read(10)
            if not piece:
                raise ConnectionResetError
            return piece

    before = len(blobs(archive))
    with pytest.raises(ConnectionResetError):
        intake.store(archive, Broken(b"x" * 100))
    assert len(blobs(archive)) == before


def test_a_twin_is_told_only_to_those_who_may_read_it(archive: Archive, archivist: Actor) -> None:
    kept = take_in(archive, MARKER)
    stored = intake.store(archive, io.BytesIO(MARKER))
    blind = replace(archivist, functions=frozenset({"staff"}))
    cleared = replace(archivist, clearance=4)
    with archive.database.reading() as session:
        twin = intake.find_twin(session, cleared, stored)
        assert twin is not None
        assert twin.id == kept.id
        assert intake.find_twin(session, blind, stored) is None


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("C:\\扫描\\一.pdf", "一.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\x00b\nc.txt", "abc.txt"),
        ("\u202egpj.exe", "gpj.exe"),
        ("/", "unnamed"),
    ],
)
def test_names_are_made_fit_to_show(given: str, shown: str) -> None:
    assert intake.clean_name(given) == shown
