"""Search on 100,000 items and 300,000 pages: the service beside the same bodies sent bare, a user beside SYSTEM."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from elasticsearch import Elasticsearch, helpers
from sqlalchemy import insert

from archive.access.actor import SYSTEM, Actor, GrantedRight, Role
from archive.models import Item
from archive.record import Archive
from bench.figures import Report, Spread, timed
from bench.installation import Installation
from mappings.aliases import Kind, create_index, finish_loading, swap_alias
from mappings.documents import ItemDocument, PageDocument
from retrieval.params import parse_request
from retrieval.service import SearchService
from tests.service.retrieval.distractors import iter_distractors

ITEMS, PAGES_EACH = 100_000, 3
ROUNDS = 40
QUERIES = {
    "broad, one word": "电梯",
    "broad, two words": "设备 验收",
    "narrow, four characters": "曳引机轮",
    "number": "HT-2023-021",
    "browse, no words": "",
}
READER = Actor(
    id="bench-reader",
    name="bench",
    roles=frozenset({Role.READER}),
    functions=frozenset({"staff", "engineering"}),
    departments=frozenset({"HQB", "JJB"}),
    clearance=2,
    grants=tuple(
        GrantedRight(f"99999999-0000-4000-8000-{n * 991:012d}", None, frozenset(), frozenset({"read"}), 3)
        for n in range(30)
    ),
)


class _Recorder:
    """An engine client that keeps what it was asked, so that it can be asked again without the service."""

    def __init__(self, client: Elasticsearch) -> None:
        self._client = client
        self.asked: list[dict[str, Any]] = []

    def search(self, **body: Any) -> Any:
        self.asked.append(body)
        return self._client.search(**body)


def run(report: Report, place: Installation) -> None:
    """Fills a database and an index and measures each kind of query."""
    client = place.client
    _fill(report, place.archive, client)
    recorder = _Recorder(client)
    service = SearchService(place.archive, recorder)  # type: ignore[arg-type]
    for label, query in QUERIES.items():
        request = parse_request({"q": [query]})
        of_user, of_system, bare = [], [], []
        for _ in range(ROUNDS):
            recorder.asked = []
            of_user.append(timed(lambda: service.search(READER, request)))  # noqa: B023 - called at once
            asked = recorder.asked
            bare.append(timed(lambda: [client.search(**body) for body in asked]))  # noqa: B023
            recorder.asked = []
            of_system.append(timed(lambda: service.search(SYSTEM, request)))  # noqa: B023
            asked_for_system = len(recorder.asked)
        user, bare_spread, system = Spread.of(of_user), Spread.of(bare), Spread.of(of_system)
        report.add("search", f"{label}: server time, median", user.median, "ms", note=user.describe())
        ratio = user.median / bare_spread.median
        report.add("search", f"{label}: server time / bodies sent bare", ratio, "x", goal="<= 1.5")
        # Whoever finds less than a page is shown related records as well, which is another request.
        note = f"{len(asked)} requests to the engine, {asked_for_system} for SYSTEM"
        ratio = user.median / system.median
        report.add("search", f"{label}: user / SYSTEM unfiltered", ratio, "x", goal="<= 1.2", note=note)


def _fill(report: Report, archive: Archive, client: Elasticsearch) -> None:
    names = {
        kind: create_index(client, archive.config.index_prefix, kind, replicas=0, is_loading=True) for kind in Kind
    }

    def load() -> None:
        documents = iter_distractors(ITEMS, ())
        while batch := list(islice(documents, 2000)):
            with archive.database.writing() as session:
                session.execute(insert(Item), [_row(item) for item in batch])
            for failed, _ in helpers.parallel_bulk(client, _actions(names, batch), thread_count=2, chunk_size=500):
                if not failed:
                    raise RuntimeError("a document was not indexed")

    seconds = timed(load)
    for kind, name in names.items():
        finish_loading(client, name)
        client.indices.forcemerge(index=name, max_num_segments=5)
        swap_alias(client, archive.config.index_prefix, kind, name)
    report.add("search", f"filling {ITEMS} items, {ITEMS * PAGES_EACH} pages", seconds, "s")


def _actions(names: dict[Kind, str], batch: list[ItemDocument]) -> Iterator[dict[str, Any]]:
    for item in batch:
        yield {"_index": names[Kind.ITEMS], "_id": item.id, "_source": item.as_source()}
        for number in range(1, PAGES_EACH + 1):
            page = PageDocument(item=item.id, file=item.id, page=number, revision=1, text=item.content[0])
            yield {"_index": names[Kind.PAGES], "_id": page.id, "_source": page.as_source()}


def _row(item: ItemDocument) -> dict[str, Any]:
    return {
        "id": item.id,
        "class_code": item.class_code,
        "title": item.title,
        "title_masked": item.title,
        "retention": "D30",
        "department": item.department,
        "sensitivity": item.sensitivity,
        "reading_scope": item.reading_scope,
        "state": item.state,
        "year": item.year,
    }
