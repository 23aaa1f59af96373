"""Corrections through the whole pipeline, on both databases: found by the new words, kept whatever is done anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from sqlalchemy import delete, select, update

from archive import accounts, outbox, proofreading, review_queue, texts
from archive.access.actor import SYSTEM, Actor, Role, resolve_actor
from archive.errors import ConflictError, InvalidError, NotFoundError, NotGrantedError
from archive.models import Correction, Event, File, Outbox, Page, utc_now
from archive.outbox import Topic
from archive.proofreading import Said, Saved
from archive.record import Archive
from archive.review_queue import Filters
from archive.states import FileStage
from archive.texts import PageText
from config import Config
from indexer.rebuild import rebuild
from indexer.worker import Worker
from mappings.aliases import Kind
from tests.conftest import DATABASE_KINDS
from tests.indexer_world import Index, drain, get_file, hand_in, make_archive, make_scan

WORDS = ("锅炉检验报告", "消防水泵记录")
RIGHT = "锅炉年检报告"


@pytest.fixture(params=DATABASE_KINDS)
def archive(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    config: Config,
    new_database: Callable[[str], str],
    es: Elasticsearch,
    tika_url: str,
) -> Iterator[Archive]:
    archive = make_archive(config, tmp_path, new_database(request.param))
    yield archive
    for name in es.indices.get(index=f"{archive.config.index_prefix}-*"):
        es.indices.delete(index=name)
    archive.close()


def add_actor(archive: Archive, name: str, role: Role, department: str) -> Actor:
    with archive.database.writing() as session:
        user = accounts.create_user(
            session, archive.keys, SYSTEM, name=name, roles=[role], departments=[department], clearance=3
        )
        session.flush()
        return resolve_actor(session, user)


@pytest.fixture
def clerk(archive: Archive) -> Actor:
    return add_actor(archive, "meng", Role.CLERK, "HQB")


@pytest.fixture
def file_id(archive: Archive, worker: Worker) -> str:
    """A scan of two pages, recognised and indexed."""
    found = hand_in(archive, make_scan(*WORDS), "扫描.tif")
    drain(worker)
    return found


def stored(archive: Archive, file_id: str, number: int = 1) -> PageText:
    page = proofreading.find_stored(archive, get_file(archive, file_id), number)
    assert page is not None
    return page


def doubt(archive: Archive, file_id: str, number: int, **changes: object) -> None:
    """Writes the stored page as an engine would that is not sure of it, or reads other words."""
    with archive.database.writing() as session:
        file = session.get_one(File, file_id)
        with archive.vault.reader(file.text_address or "") as blob:
            pages = list(texts.iter_pages(blob))
        lines = tuple(replace(line, **changes) for line in pages[number - 1].lines)  # type: ignore[arg-type]
        pages[number - 1] = replace(pages[number - 1], lines=lines)
        with archive.vault.writer() as writer:
            for piece in texts.pack_pages(map(texts.pack_page, pages)):
                writer.write(piece)
            file.text_address = writer.finish().address
        page = session.get_one(Page, (file_id, number))
        page.uncertain, page.confidence = pages[number - 1].uncertain, pages[number - 1].confidence


def say(archive: Archive, actor: Actor, file_id: str, *said: Said, revision: int = 0, number: int = 1) -> Saved:
    with archive.database.writing() as session:
        return proofreading.save(session, archive, actor, file_id, number, said, revision=revision)


def waiting(archive: Archive, actor: Actor, **filters: str) -> list[tuple[str, int, int]]:
    with archive.database.reading() as session:
        queue = review_queue.list_queue(session, archive, actor, Filters(**filters), page=1)
        assert queue.pages == len(queue.rows)
        assert queue.lines == sum(row.uncertain for row in queue.rows)
        return [(row.file_id, row.number, row.uncertain) for row in queue.rows]


def read_again(archive: Archive, worker: Worker, file_id: str) -> None:
    """The file as if it had just come in: everything the machine found is found once more."""
    with archive.database.writing() as session:
        changes = {"outcome": "", "reason": "", "stage": FileStage.WAITING, "text_address": None, "pages_done": 0}
        session.execute(update(File).where(File.id == file_id).values(changes))
        outbox.promise(session, Topic.INGEST, file_id)
    drain(worker)


def test_a_corrected_line_is_found_by_its_new_words_and_stays_so(
    archive: Archive, worker: Worker, index: Index, clerk: Actor, file_id: str
) -> None:
    item_id = get_file(archive, file_id).item_id
    assert index.find_words(WORDS[0]) == {item_id}
    machine = stored(archive, file_id)
    assert say(archive, clerk, file_id, Said("0", WORDS[0], RIGHT)) == Saved(1, ())
    drain(worker)

    def check() -> None:
        assert (index.find_words(RIGHT), index.find_words(WORDS[0])) == ({item_id}, set())
        assert index.find_words(WORDS[1]) == {item_id}
        [page] = [hit for hit in index.find(Kind.PAGES) if hit["_id"] == f"{file_id}:1"]
        assert RIGHT in str(page)
        assert WORDS[0] not in str(page)

    check()
    assert stored(archive, file_id) == machine, "what the machine read stays as it was"
    rebuild(archive, index.client)
    check()
    read_again(archive, worker, file_id)
    assert get_file(archive, file_id).outcome == "searchable"
    check()
    doubt(archive, file_id, 1, text="锅护检脸报吉", confidence=0.5)  # another engine reads the same place otherwise
    with archive.database.writing() as session:
        outbox.promise(session, Topic.INDEX, item_id)
    rebuild(archive, index.client)
    check()
    with archive.database.writing() as session:
        proofreading.take_back(
            session, archive, clerk, file_id, 1, session.scalars(select(Correction.line)).one(), revision=1
        )
    drain(worker)
    assert (index.find_words(RIGHT), index.find_words("锅护检脸报吉")) == (set(), {item_id})


def test_the_queue_holds_what_is_uncertain_until_somebody_looked(
    archive: Archive, worker: Worker, clerk: Actor, file_id: str
) -> None:
    assert waiting(archive, clerk) == []
    doubt(archive, file_id, 1, confidence=0.6)
    doubt(archive, file_id, 2, confidence=0.4)
    assert waiting(archive, clerk) == [(file_id, 2, 1), (file_id, 1, 1)], "the least certain first"
    assert waiting(archive, clerk, department="HQB", class_code="WS") == waiting(archive, clerk)
    assert waiting(archive, clerk, department="BAS") == waiting(archive, clerk, class_code="KJ") == []
    with archive.database.reading() as session:
        first = review_queue.find_next(session, archive, clerk, Filters())
        behind = review_queue.find_next(session, archive, clerk, Filters(), after=(file_id, 2))
        around = review_queue.find_next(session, archive, clerk, Filters(), after=(file_id, 1))
    assert (first, behind, around) == ((file_id, 2), (file_id, 1), (file_id, 2))
    assert say(archive, clerk, file_id, Said("0", WORDS[1], WORDS[1]), number=2).recorded == 1
    assert waiting(archive, clerk) == [(file_id, 1, 1)], "confirmed as it stands"
    page = next(page for page in get_file(archive, file_id).pages if page.number == 2)
    assert (page.uncertain, page.confidence) == (0, 1.0)
    assert say(archive, clerk, file_id, Said("0", WORDS[0], "")).recorded == 1
    assert waiting(archive, clerk) == []
    with archive.database.reading() as session:
        [made] = review_queue.count_made(session, clerk, since=utc_now().replace(hour=0, minute=0))
        assert (made.today, made.total) == (2, 2)
        [later] = review_queue.count_made(session, clerk, since=utc_now())
        assert (later.today, later.total) == (0, 2)


def test_a_page_read_anew_is_uncertain_only_where_nobody_looked(
    archive: Archive, worker: Worker, clerk: Actor, file_id: str
) -> None:
    shown = stored(archive, file_id).lines[0]
    say(archive, clerk, file_id, Said("0", shown.text, RIGHT))
    unsure = texts.pack_page(replace(stored(archive, file_id), lines=(replace(shown, text="锅", confidence=0.3),)))
    with archive.database.reading() as session:
        corrected = proofreading.correct_page(archive, session, file_id, texts.unpack_page(unsure))
        assert (corrected.uncertain, corrected.page.text, corrected.page.confidence) == (0, RIGHT, 1.0)
    read_again(archive, worker, file_id)
    assert [page.uncertain for page in get_file(archive, file_id).pages] == [0, 0]
    assert get_file(archive, file_id).pages[0].confidence == 1.0


def test_the_second_of_two_people_is_told_and_undoes_nothing(
    archive: Archive, worker: Worker, clerk: Actor, file_id: str
) -> None:
    other = add_actor(archive, "cao", Role.CLERK, "HQB")
    assert say(archive, clerk, file_id, Said("0", WORDS[0], RIGHT)).recorded == 1
    late = Said("0", WORDS[0], "锅炉检验报告书")
    assert say(archive, other, file_id, late) == Saved(0, ("0",))
    assert say(archive, other, file_id, Said("0", RIGHT, WORDS[0])) == Saved(0, ("0",)), (
        "not at the revision it was seen"
    )
    assert say(archive, other, file_id, Said("0", WORDS[0], RIGHT)) == Saved(0, ()), "both say the same"
    assert say(archive, other, file_id, Said("0", RIGHT, RIGHT + "书"), revision=1) == Saved(1, ())
    assert say(archive, other, file_id, Said("7", "没有", "这一行")) == Saved(0, ("7",))
    with archive.database.reading() as session:
        changes = proofreading.list_changes(session, archive, file_id, 1)
        assert [(c.name, c.before, c.ruling.text, c.is_newest) for c in changes] == [
            ("cao", RIGHT, RIGHT + "书", True),
            ("meng", WORDS[0], RIGHT, False),
        ]
    with archive.database.writing() as session, pytest.raises(ConflictError):
        proofreading.take_back(session, archive, clerk, file_id, 1, changes[1].ruling.line, revision=1)


def test_a_correction_its_event_and_its_promise_are_one(
    archive: Archive, worker: Worker, clerk: Actor, file_id: str
) -> None:
    before = get_file(archive, file_id).item.revision
    say(archive, clerk, file_id, Said("0", WORDS[0], " 锅炉\u202e年检\n报告\x00 "))
    with archive.database.reading() as session:
        row = session.scalars(select(Correction)).one()
        event = session.scalars(select(Event).where(Event.action == "text:correct")).one()
        assert (row.revision, row.user_id, event.actor_id, event.object_id) == (1, clerk.id, clerk.id, file_id)
        assert event.detail == {"page": 1, "revision": 1, "lines": 1}
        assert session.scalars(select(Outbox.topic)).all() == [Topic.INDEX]
        assert "锅炉".encode() not in row.sealed
        [ruling] = proofreading.list_rulings(archive, session, file_id, 1)
        assert ruling.text == "锅炉年检 报告"
    assert get_file(archive, file_id).item.revision == before + 1
    with pytest.raises(InvalidError):
        say(archive, clerk, file_id, Said("0", ruling.text, "长" * 1001), revision=1)
    assert say(archive, clerk, file_id) == Saved(0, ())
    assert get_file(archive, file_id).item.revision == before + 1, "nothing said, nothing changed"
    with archive.database.writing() as session:
        session.execute(delete(File).where(File.id == file_id))
        assert session.scalars(select(Correction)).all() == []


def test_only_those_who_see_it_unmasked_correct(archive: Archive, worker: Worker, file_id: str) -> None:
    doubt(archive, file_id, 1, confidence=0.5)
    masked = add_actor(archive, "room", Role.ARCHIVIST, "BAS")
    reader = add_actor(archive, "plumber", Role.READER, "HQB")
    stranger = add_actor(archive, "nurse", Role.CLERK, "BAS")
    for actor in (masked, reader, stranger):
        with pytest.raises(NotGrantedError):
            say(archive, actor, file_id, Said("0", WORDS[0], RIGHT))
        assert waiting(archive, actor) == []
    auditor = add_actor(archive, "auditor", Role.AUDITOR, "BAS")
    with pytest.raises(NotFoundError):
        say(archive, auditor, file_id, Said("0", WORDS[0], RIGHT))
    with archive.database.reading() as session:
        assert session.scalars(select(Correction)).all() == []
