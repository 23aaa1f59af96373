"""Search within rights: asks the engine, checks every hit against the record of truth, tells nothing else.

The filters decide what is matched and counted; the gate decides again, in the database, about every row that is shown,
so that a right taken away a moment ago holds although the index does not know it yet.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from elasticsearch import Elasticsearch

from archive import audit
from archive.access import gate, policy
from archive.access.actions import Action
from archive.access.actor import Actor
from archive.record import Archive
from mappings import fields
from mappings.aliases import Kind
from mappings.hashing import hash_value
from retrieval.clauses import Renderer
from retrieval.cursor import Place, read_place, seal_place
from retrieval.engine import Engine
from retrieval.highlight import Marker, mark
from retrieval.language import ParsedQuery, parse_query
from retrieval.messages import Notice
from retrieval.pages import build_pages, read_pages
from retrieval.params import Facet, SearchRequest, Sort, parse_query_text
from retrieval.query import BROAD, QueryBuilder
from retrieval.results import Bucket, Hit, SearchResult, Suggestion, Tier, Total
from retrieval.suggest import build_suggestions, read_suggestions


@dataclass(frozen=True)
class _Counts:
    total: int
    facets: dict[str, tuple[Bucket, ...]]


class SearchService:
    """Searches one installation. Thread-safe; holds no state of its own."""

    def __init__(self, archive: Archive, client: Elasticsearch) -> None:
        self._archive = archive
        self._engine = Engine(client, archive.config.index_prefix)
        self._secret = archive.config.secret_key

    def search(self, actor: Actor, request: SearchRequest) -> SearchResult:
        """One page of results and, for the strict tier, exact total and facets.

        Raises NotGrantedError when the actor may not search, BadRequestError for a foreign cursor,
        SearchUnavailableError when the engine does not answer.
        """
        started = time.monotonic()
        gate.require(actor, Action.SEARCH_USE)
        parsed = parse_query(request.q)
        place = read_place(self._secret, request, actor.id)
        result = self._empty(parsed) if parsed.is_blank else self._find(actor, request, parsed, place)
        self._record(actor, request, result)
        return replace(result, took_ms=round(1000 * (time.monotonic() - started)))

    def suggest(self, actor: Actor, text: str) -> tuple[Suggestion, ...]:
        """Titles to complete what was typed, among those the actor may discover. Raises as `search` does."""
        gate.require(actor, Action.SEARCH_USE)
        body = build_suggestions(parse_query_text(text), policy.build_filters(actor))
        if body is None:
            return ()
        found = read_suggestions(self._engine.search(Kind.ITEMS, body, preference=actor.id))
        with self._archive.database.reading() as session:
            seen = gate.find_visible(session, actor, Action.ITEM_DISCOVER, [one.id for one in found])
        return tuple(one for one in found if one.id in seen)

    def _find(self, actor: Actor, request: SearchRequest, parsed: ParsedQuery, place: Place | None) -> SearchResult:
        renderer = Renderer(lambda secret: hash_value(self._archive.keys, secret))
        builder = QueryBuilder(request, parsed, policy.build_filters(actor), renderer)
        counts = _read_counts(self._ask(actor, builder.build_counts()), request)
        is_scored = place.is_scored if place else counts.total < BROAD
        found = self._ask(actor, builder.build_hits(place, is_scored=is_scored))["hits"]["hits"] if counts.total else []
        strict, notices = found[: request.size], list(parsed.notices)
        cursor = None
        if len(found) > request.size:
            next_place = Place(tuple(strict[-1]["sort"]), is_scored)
            cursor = seal_place(self._secret, request, actor.id, next_place)
        if not is_scored and parsed.words and request.sort is Sort.RELEVANCE:
            notices.append(Notice.ORDERED_BY_DATE)
        related: list[Any] = []
        if not place and parsed.words and counts.total < request.size:
            related, said = self._related(actor, builder, request.size - len(strict), is_alone=not counts.total)
            notices += said
        hits = self._show(actor, parsed, [(Tier.STRICT, strict), (Tier.RELATED, related)])
        return SearchResult(Total(counts.total), hits, counts.facets, cursor, 0, tuple(notices))

    def _related(
        self, actor: Actor, builder: QueryBuilder, size: int, *, is_alone: bool
    ) -> tuple[list[Any], list[Notice]]:
        found = self._find_close(actor, builder.build_related(size))
        if found or not is_alone:
            return found, [Notice.ONLY_RELATED] if is_alone else []
        found = self._find_close(actor, builder.build_relaxed(size))
        return found, [Notice.RELAXED] if found else []

    def _find_close(self, actor: Actor, body: dict[str, Any] | None) -> list[Any]:
        found: list[Any] = self._ask(actor, body)["hits"]["hits"] if body else []
        return found

    def _show(self, actor: Actor, parsed: ParsedQuery, tiers: Iterable[tuple[Tier, list[Any]]]) -> tuple[Hit, ...]:
        rows = [(tier, row["_source"]) for tier, found in tiers for row in found]
        with self._archive.database.reading() as session:
            rights = gate.find_rights(session, actor, [source[fields.ID] for _, source in rows])
        readable = [item_id for item_id, actions in rights.items() if Action.ITEM_READ in actions]
        unmasked = [item_id for item_id, actions in rights.items() if Action.ITEM_UNMASK in actions]
        body = build_pages(parsed, readable, unmasked)
        snippets = read_pages(self._ask(actor, body, Kind.PAGES), parsed) if body else {}
        marker = Marker(parsed)
        shown = (_hit(tier, source, marker) for tier, source in rows if source[fields.ID] in rights)
        return tuple(replace(hit, snippets=snippets.get(hit.id, ()), rights=rights[hit.id]) for hit in shown)

    def _ask(self, actor: Actor, body: dict[str, Any], kind: Kind = Kind.ITEMS) -> Any:
        return self._engine.search(kind, body, preference=actor.id)

    def _empty(self, parsed: ParsedQuery) -> SearchResult:
        return SearchResult(Total(0), (), {}, None, 0, parsed.notices)

    def _record(self, actor: Actor, request: SearchRequest, result: SearchResult) -> None:
        if request.q and not request.cursor:
            with self._archive.database.writing() as session:
                audit.record_search(session, self._archive.keys, actor, request.q, total=result.total.value)


def _read_counts(response: Any, request: SearchRequest) -> _Counts:
    aggregations = response.get("aggregations", {})
    total = response["hits"]["total"]["value"]
    if "selected" in aggregations:
        total = aggregations["selected"]["doc_count"]
    facets = {facet.value: _read_facet(aggregations[facet.value], facet, request) for facet in request.facets}
    return _Counts(total, facets)


def _read_facet(aggregation: Any, facet: Facet, request: SearchRequest) -> tuple[Bucket, ...]:
    chosen = set(request.chosen(facet))
    buckets = aggregation.get("values", aggregation)["buckets"]
    found = {str(bucket["key"]): bucket["doc_count"] for bucket in buckets}
    missing = {key: 0 for key in chosen if key not in found}
    return tuple(Bucket(key, count, key in chosen) for key, count in (found | missing).items())


def _hit(tier: Tier, source: dict[str, Any], marker: Marker) -> Hit:
    title = source[fields.TITLE_SHOWN]
    return Hit(
        id=source[fields.ID],
        tier=tier,
        archival_code=source.get(fields.ARCHIVAL_CODE),
        title=title,
        title_html=mark(title, marker.find_spans(title)),
        class_code=source[fields.CLASS_CODE],
        department=source[fields.DEPARTMENT],
        date=source.get(fields.DATE_TEXT, ""),
        volume_id=source.get(fields.VOLUME_ID),
    )
