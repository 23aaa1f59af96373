"""Walks the record and the index side by side, by id and revision, pages included; says what differs and repairs it.

Repairs are ordinary promises, so they pass through the same writer as every change. What the record does not know is
removed from the index. Items with an open promise are left alone: they are about to be written anyway. Where the index
holds a later version than the record has (an older backup was restored, or somebody wrote to the index by hand), the
record's revision is raised above it: the record is right, and its next write must win.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any, Final, Generic, TypeVar

from elasticsearch import ApiError, Elasticsearch, TransportError
from sqlalchemy import select, update

from archive import outbox
from archive.models import Item, Outbox, utc_now
from archive.outbox import Topic
from archive.record import Archive
from archive.states import State
from indexer.bulk import BulkWriter, IndexUnavailableError, Operation, problem_of
from indexer.describe import readable_files
from indexer.indexing import load_items
from mappings import fields
from mappings.aliases import Kind, alias_name

PORTION: Final = 500
DOCUMENTS_AT_ONCE: Final = 10_000
TOMBSTONE_AGE: Final = timedelta(days=1)
"""No write is that late; until then the tombstone of a destroyed item keeps older revisions out."""

T = TypeVar("T")


@dataclass
class Differences:
    """Counts of what was found. `ahead`: the index is newer than the record, as after restoring an older backup."""

    items: int = 0
    pages: int = 0
    missing: int = 0
    outdated: int = 0
    ahead: int = 0
    unknown: int = 0
    wrong_pages: int = 0
    tombstones: int = 0
    pending: int = 0

    @property
    def is_clean(self) -> bool:
        """Whether index and record agree, open promises aside."""
        return not (self.missing or self.outdated or self.ahead or self.unknown or self.wrong_pages)

    def as_dict(self) -> dict[str, int]:
        """By name, for printing."""
        return asdict(self)


@dataclass(frozen=True)
class _Expected:
    """One item as the record has it; `pages` are ids of the index of pages."""

    id: str
    revision: int
    pages: frozenset[str]
    is_destroyed: bool
    is_old: bool
    is_pending: bool


@dataclass(frozen=True)
class _Found:
    """One document as an index has it; `item` is the record it belongs to, `version` what a write must reach."""

    item: str
    id: str
    revision: int
    version: int
    is_tombstone: bool = False


def reconcile(archive: Archive, client: Elasticsearch, *, is_repairing: bool) -> Differences:
    """Compares everything. With `is_repairing` promises what must be written and removes what must go.

    Raises IndexUnavailableError.
    """
    try:
        return _Walk(archive, client, is_repairing=is_repairing).run()
    except TransportError as err:
        raise IndexUnavailableError("index_unreachable") from err
    except ApiError as err:
        raise IndexUnavailableError(problem_of(err)) from err


_NOTHING: Final = (_Found("", "", 0, 0),)


class _Walk:
    """One pass. Differences that a change in the meantime may explain are looked at again before they count."""

    def __init__(self, archive: Archive, client: Elasticsearch, *, is_repairing: bool) -> None:
        self._archive = archive
        self._is_repairing = is_repairing
        self._index = _IndexReader(client, archive.config.index_prefix)
        self._writer = BulkWriter(client, self._index.aliases)
        self._counts = Differences()
        self._promised: dict[str, int] = {}
        self._removed: list[Operation] = []

    def run(self) -> Differences:
        self._index.refresh()
        for expected, entry, pages in self._iter_sides():
            self._counts.items += expected is not None
            self._counts.pages += len(pages)
            if expected is None:
                self._meet_unknown(entry, pages)
            elif expected.is_pending:
                self._counts.pending += 1
            else:
                self._compare(expected, entry, pages)
            if len(self._promised) + len(self._removed) >= PORTION:
                self._repair()
        self._repair()
        return self._counts

    def _iter_sides(self) -> Iterator[tuple[_Expected | None, _Found | None, list[_Found]]]:
        """Both sides joined by item id; all come in the order of ids."""
        record = _Head(self._iter_record(), lambda one: one.id)
        entries = _Head(self._index.iter_entries(), lambda one: one.item)
        pages = _Head(
            ((item, list(found)) for item, found in groupby(self._index.iter_pages(), lambda one: one.item)),
            lambda pair: pair[0],
        )
        while item_id := min(filter(None, (record.key, entries.key, pages.key)), default=None):
            _, mine = pages.take(item_id) or ("", [])
            yield record.take(item_id), entries.take(item_id), mine

    def _compare(self, expected: _Expected, entry: _Found | None, pages: list[_Found]) -> None:
        strays = [page for page in pages if page.id not in expected.pages]
        current = {page.id for page in pages if page.revision == expected.revision}
        wrong = self._judge_entry(expected, entry)
        if not wrong and (strays or not expected.pages <= current):
            wrong = "wrong_pages"
        if not wrong or (wrong == "ahead" and self._is_changed(expected, entry)):
            return
        setattr(self._counts, wrong, getattr(self._counts, wrong) + 1)
        for page in strays:
            self._remove(Kind.PAGES, page)
        if wrong == "tombstones" and entry is not None:
            self._remove(Kind.ITEMS, entry)
        elif wrong != "wrong_pages" or not expected.pages <= current:
            own = [page for page in pages if page.id in expected.pages]
            self._promised[expected.id] = max(one.version for one in (*own, *([entry] if entry else []), *_NOTHING))

    def _judge_entry(self, expected: _Expected, entry: _Found | None) -> str:
        """What is wrong with the entry, as `Differences` names it, or nothing."""
        if entry is None:
            return "" if expected.is_destroyed else "missing"
        if entry.revision != expected.revision:
            return "outdated" if entry.revision < expected.revision else "ahead"
        return "tombstones" if entry.is_tombstone and expected.is_old else ""

    def _meet_unknown(self, entry: _Found | None, pages: list[_Found]) -> None:
        item_id = entry.item if entry else pages[0].item
        with self._archive.database.reading() as session:
            if session.get(Item, item_id) is not None:
                return  # registered since the walk passed here
        self._counts.unknown += 1
        for kind, found in ((Kind.ITEMS, [entry] if entry else []), (Kind.PAGES, pages)):
            for one in found:
                self._remove(kind, one)

    def _is_changed(self, expected: _Expected, entry: _Found | None) -> bool:
        """Whether the record has come as far as the index since the walk looked at it."""
        with self._archive.database.reading() as session:
            item = session.get(Item, expected.id)
            return item is not None and entry is not None and item.revision >= entry.revision

    def _remove(self, kind: Kind, found: _Found) -> None:
        self._removed.append(Operation(found.item, kind, found.id, found.version, None))

    def _repair(self) -> None:
        promised, self._promised = self._promised, {}
        removed, self._removed = self._removed, []
        if not self._is_repairing:
            return
        if promised:
            with self._archive.database.writing() as session:
                for item_id, version in promised.items():
                    behind = update(Item).where(Item.id == item_id, Item.revision < version)
                    session.execute(behind.values(revision=version + 1, changed_at=utc_now()))
                outbox.promise_all(session, Topic.INDEX, [(item_id, "") for item_id in promised], lane=outbox.UPKEEP)
        if removed:
            self._writer.write(removed)

    def _iter_record(self) -> Iterator[_Expected]:
        last, old = "", utc_now() - TOMBSTONE_AGE
        while True:
            with self._archive.database.reading() as session:
                ids = session.scalars(select(Item.id).where(Item.id > last).order_by(Item.id).limit(PORTION)).all()
                items = load_items(session, ids)
                open_rows = select(Outbox.subject_id).where(Outbox.topic == Topic.INDEX, Outbox.subject_id.in_(ids))
                pending = set(session.scalars(open_rows))
            for item in items:
                yield _Expected(
                    id=item.id,
                    revision=item.revision,
                    pages=frozenset(expected_pages(self._archive, item)),
                    is_destroyed=item.state == State.DESTROYED,
                    is_old=item.changed_at < old,
                    is_pending=item.id in pending,
                )
            if not ids:
                return
            last = ids[-1]


def expected_pages(archive: Archive, item: Item) -> Iterator[str]:
    """Ids of the pages that the index must hold of an item."""
    for file in readable_files(archive, item):
        for number in range(1, (file.page_count or 0) + 1):
            yield f"{file.id}:{number}"


class _IndexReader:
    """Reads whole indices in the order of item ids, from one point in time."""

    def __init__(self, client: Elasticsearch, prefix: str) -> None:
        self._client = client
        self.aliases = {kind: alias_name(prefix, kind) for kind in Kind}

    def refresh(self) -> None:
        """Makes everything written so far visible to the walk."""
        self._client.indices.refresh(index=list(self.aliases.values()))

    def iter_entries(self) -> Iterator[_Found]:
        """All entries by id."""
        for (item_id,), version, values in self._iter_sorted(Kind.ITEMS, [fields.ID]):
            yield _Found(item_id, item_id, values[fields.REVISION], version, bool(values.get(fields.TOMBSTONE)))

    def iter_pages(self) -> Iterator[_Found]:
        """All pages, those of one item together."""
        names = [fields.PAGE_ITEM, fields.PAGE_FILE, fields.PAGE_NUMBER]
        for (item_id, file_id, number), version, values in self._iter_sorted(Kind.PAGES, names):
            yield _Found(item_id, f"{file_id}:{number}", values[fields.REVISION], version)

    def _iter_sorted(self, kind: Kind, names: list[str]) -> Iterator[tuple[list[Any], int, dict[str, Any]]]:
        point = self._client.open_point_in_time(index=self.aliases[kind], keep_alive="5m")["id"]
        after: list[Any] | None = None
        asked: Any = [fields.REVISION, *([fields.TOMBSTONE] if kind is Kind.ITEMS else [])]
        try:
            while True:
                answer = self._client.search(
                    pit={"id": point, "keep_alive": "5m"},
                    size=DOCUMENTS_AT_ONCE,
                    sort=[{name: "asc"} for name in names],
                    search_after=after,
                    source=False,
                    docvalue_fields=asked,
                    version=True,
                    track_total_hits=False,
                )
                hits = answer["hits"]["hits"]
                for hit in hits:
                    values = {name: value[0] for name, value in hit["fields"].items()}
                    yield hit["sort"][: len(names)], hit["_version"], values
                if not hits:
                    return
                after = hits[-1]["sort"]
        finally:
            self._client.close_point_in_time(id=point)


class _Head(Generic[T]):
    """The next element of an iterator, to be taken when its key is asked for."""

    def __init__(self, elements: Iterator[T], key: Callable[[T], str]) -> None:
        self._elements = elements
        self._key = key
        self._advance()

    def _advance(self) -> None:
        self._element = next(self._elements, None)
        self.key = self._key(self._element) if self._element is not None else None

    def take(self, key: str) -> T | None:
        """The element if it has this key."""
        if self.key != key:
            return None
        taken = self._element
        self._advance()
        return taken
