"""Building the index anew, and comparing it with the record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from archive import catalogue
from archive.models import Item, Outbox, utc_now
from archive.record import Archive
from archive.states import State
from indexer import rebuild as rebuilding
from indexer import reconcile as walking
from indexer.bulk import IndexUnavailableError, connect
from indexer.rebuild import rebuild
from indexer.reconcile import Differences, reconcile
from indexer.worker import Worker
from mappings import fields
from mappings.aliases import Kind, create_index
from tests.indexer_world import Index, drain, get_file, get_item, hand_in, make_pdf, register


@pytest.fixture
def filled(archive: Archive, worker: Worker) -> list[str]:
    """Ids of three records: two with a file of two pages, one without."""
    files = [hand_in(archive, make_pdf(f"第{n}份", "附页"), f"{n}.pdf") for n in range(2)]
    bare = register(archive, "仅目录")
    drain(worker)
    return [*(get_file(archive, file_id).item_id for file_id in files), bare]


def snapshot(index: Index) -> dict[str, Any]:
    found = index.find(Kind.ITEMS) + index.find(Kind.PAGES)
    return {entry["_id"]: entry for entry in found}


def list_indices(index: Index) -> set[str]:
    return set(index.client.indices.get(index=f"{index.prefix}-*"))


def compare(archive: Archive, index: Index, *, is_repairing: bool = False) -> Differences:
    return reconcile(archive, index.client, is_repairing=is_repairing)


def test_a_rebuilt_index_equals_the_old_one_and_takes_its_place(
    archive: Archive, filled: list[str], index: Index
) -> None:
    before, old = snapshot(index), list_indices(index)
    done = rebuild(archive, index.client)
    assert (done.items, done.refused) == (3, {})
    assert list_indices(index) == set(done.indices.values())
    assert not list_indices(index) & old
    assert snapshot(index) == before


def test_changes_during_the_rebuild_are_in_the_new_index(
    archive: Archive, worker: Worker, filled: list[str], index: Index
) -> None:
    late: list[str] = []

    def change_meanwhile(_: int) -> None:
        late.append(register(archive, "重建期间登记"))
        with archive.database.writing() as session:
            item = session.get_one(Item, filled[0])
            item.title = item.title_masked = "重建期间改名"
            catalogue.touch(session, item)
        drain(worker)  # goes to the old index

    rebuild(archive, index.client, change_meanwhile)
    drain(worker)
    entries = {entry["_id"]: entry for entry in index.find(Kind.ITEMS)}
    assert set(entries) == {*filled, *late}
    assert entries[filled[0]][fields.TITLE_SHOWN] == "重建期间改名"
    assert compare(archive, index).is_clean


def test_a_failed_rebuild_leaves_the_old_index_and_nothing_else(
    archive: Archive, filled: list[str], index: Index
) -> None:
    before, old = snapshot(index), list_indices(index)

    def fail(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rebuild(archive, index.client, fail)
    assert list_indices(index) == old
    assert snapshot(index) == before


def test_what_a_killed_rebuild_left_is_removed_by_the_next(archive: Archive, filled: list[str], index: Index) -> None:
    left = create_index(index.client, index.prefix, Kind.ITEMS, replicas=0, is_loading=True)
    done = rebuild(archive, index.client)
    assert left not in list_indices(index)
    assert list_indices(index) == set(done.indices.values())


def test_a_rebuild_without_engine_says_so(archive: Archive, filled: list[str]) -> None:
    nowhere = connect(replace(archive.config, elasticsearch_url="http://127.0.0.1:9"))
    with nowhere, pytest.raises(IndexUnavailableError) as caught:
        rebuild(archive, nowhere)
    assert caught.value.code == "index_unreachable"


def test_equal_sides_are_clean(archive: Archive, filled: list[str], index: Index) -> None:
    found = compare(archive, index)
    assert found == Differences(items=3, pages=4)
    assert found.is_clean


def delete_entry(archive: Archive, index: Index, filled: list[str]) -> None:
    _delete(index, Kind.ITEMS, filled[0])


def _delete(index: Index, kind: Kind, document: str) -> None:
    # At its own version: a plain removal would raise it, and the engine remembers that for a minute.
    [found] = [one for one in index.find(kind) if one["_id"] == document]
    version = {"version": found["_version"], "version_type": "external_gte"}
    index.client.delete(index=index.alias(kind), id=document, **version)


def delete_page(archive: Archive, index: Index, filled: list[str]) -> None:
    _delete(index, Kind.PAGES, sorted(index.page_ids())[0])


def age_page(archive: Archive, index: Index, filled: list[str]) -> None:
    [page] = [p for p in index.find(Kind.PAGES) if p["_id"] == sorted(index.page_ids())[0]]
    source = {name: value for name, value in page.items() if not name.startswith("_")} | {fields.REVISION: 1}
    index.client.index(index=index.alias(Kind.PAGES), id=page["_id"], document=source)


def add_stray_page(archive: Archive, index: Index, filled: list[str]) -> None:
    source = {fields.PAGE_ITEM: filled[0], fields.PAGE_FILE: "gone", fields.PAGE_NUMBER: 1, fields.REVISION: 1}
    index.client.index(index=index.alias(Kind.PAGES), id="gone:1", document=source)


def lose_promise(archive: Archive, index: Index, filled: list[str]) -> None:
    with archive.database.writing() as session:
        session.execute(update(Item).where(Item.id == filled[1]).values(revision=Item.revision + 1))


def add_unknown(archive: Archive, index: Index, filled: list[str]) -> None:
    index.client.index(index=index.alias(Kind.ITEMS), id="z", document={fields.ID: "z", fields.REVISION: 3})
    source = {fields.PAGE_ITEM: "0", fields.PAGE_FILE: "f", fields.PAGE_NUMBER: 1, fields.REVISION: 1}
    index.client.index(index=index.alias(Kind.PAGES), id="f:1", document=source)


def forget_item(archive: Archive, index: Index, filled: list[str]) -> None:
    with archive.database.writing() as session:
        session.execute(delete(Outbox))
        session.execute(delete(Item).where(Item.id == filled[2]))


BREAKS: dict[str, tuple[Callable[[Archive, Index, list[str]], None], dict[str, int]]] = {
    "missing entry": (delete_entry, {"missing": 1}),
    "missing page": (delete_page, {"wrong_pages": 1}),
    "old page": (age_page, {"wrong_pages": 1}),
    "stray page": (add_stray_page, {"wrong_pages": 1}),
    "lost promise": (lose_promise, {"outdated": 1}),
    "unknown documents": (add_unknown, {"unknown": 2}),
    "item gone from the record": (forget_item, {"unknown": 1}),
}


@pytest.mark.parametrize("name", BREAKS)
def test_every_difference_is_found_and_repaired(
    archive: Archive, worker: Worker, filled: list[str], index: Index, name: str
) -> None:
    harm, expected = BREAKS[name]
    harm(archive, index, filled)
    found = compare(archive, index).as_dict()
    assert {key: found[key] for key in found if key not in ("items", "pages") and found[key]} == expected
    assert compare(archive, index, is_repairing=True).as_dict() == found
    drain(worker)
    assert compare(archive, index).is_clean
    with archive.database.reading() as session:
        assert {e["_id"] for e in index.find(Kind.ITEMS)} == {item.id for item in session.query(Item)}


def test_open_promises_are_left_alone(archive: Archive, worker: Worker, filled: list[str], index: Index) -> None:
    register(archive, "尚未写入索引")
    found = compare(archive, index)
    assert (found.pending, found.missing, found.is_clean) == (1, 0, True)


def test_an_older_record_wins_over_a_newer_index(
    archive: Archive, worker: Worker, filled: list[str], index: Index
) -> None:
    with archive.database.writing() as session:  # as after restoring an older backup
        session.execute(update(Item).where(Item.id == filled[0]).values(revision=1, title_masked="旧题名"))
    found = compare(archive, index, is_repairing=True)
    assert (found.ahead, found.is_clean) == (1, False)
    drain(worker)
    assert compare(archive, index).is_clean
    [entry] = index.find(Kind.ITEMS, {"ids": {"values": [filled[0]]}})
    assert entry[fields.TITLE_SHOWN] == "旧题名"
    assert entry["_version"] == get_item(archive, filled[0]).revision == 4


def test_old_tombstones_are_purged(archive: Archive, worker: Worker, filled: list[str], index: Index) -> None:
    with archive.database.writing() as session:
        item = session.get_one(Item, filled[0])
        item.state = State.DESTROYED
        catalogue.touch(session, item)
    drain(worker)
    assert compare(archive, index, is_repairing=True).tombstones == 0
    with archive.database.writing() as session:
        session.execute(update(Item).values(changed_at=utc_now() - timedelta(days=2)))
    assert compare(archive, index, is_repairing=True).tombstones == 1
    assert filled[0] not in {entry["_id"] for entry in index.find(Kind.ITEMS)}
    assert compare(archive, index) == Differences(items=3, pages=2)
    assert get_item(archive, filled[0]).state == State.DESTROYED


def test_large_archives_are_walked_in_portions(
    archive: Archive, worker: Worker, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "PORTION", 3)
    monkeypatch.setattr(walking, "DOCUMENTS_AT_ONCE", 2)
    monkeypatch.setattr(rebuilding, "PORTION", 3)
    for number in range(7):
        register(archive, f"档案{number}")
    hand_in(archive, make_pdf("一", "二", "三", "四", "五"), "五页.pdf")
    drain(worker)
    assert compare(archive, index) == Differences(items=8, pages=5)
    rebuild(archive, index.client)
    assert compare(archive, index).is_clean
