"""From a request and the actor's filters to query bodies. Pure: no client, no database, no clock.

Rights enter every body as filters: an item is matched by its catalogue entry where it may be discovered, by its text
where it may be read, by masked originals where it may be seen unmasked. The same holds for what is excluded and for
every clause that scores, so that neither a missing row nor the order of rows tells what a text holds that the actor may
not read. Nothing here uses `post_filter`, suggesters or aggregations outside the query (tested on generated bodies).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from mappings import fields
from mappings.analysis import BIGRAMS, CHARACTERS, CHARACTERS_AND_BIGRAMS
from retrieval.clauses import TEXT_FIELDS, Level, Query, Renderer, all_of, any_of, phrase
from retrieval.cursor import Place
from retrieval.language import Clause, Number, ParsedQuery, Words
from retrieval.params import FACETS, Facet, SearchRequest, Sort

BROAD: Final = 20_000
"""Strict hits from which results are ordered without scores: scoring them all costs more than it tells."""

SHOWN: Final = [
    fields.ID,
    fields.ARCHIVAL_CODE,
    fields.TITLE_SHOWN,
    fields.CLASS_CODE,
    fields.DEPARTMENT,
    fields.DATE_TEXT,
    fields.VOLUME_ID,
]
_TIE_BREAK: Final[list[Query]] = [{fields.DATE_FROM: {"order": "desc", "missing": "_last"}}, {fields.ID: "asc"}]
_SORTS: Final[Mapping[Sort, list[Query]]] = {
    Sort.DATE_DESC: _TIE_BREAK,
    Sort.DATE_ASC: [{fields.DATE_FROM: {"order": "asc", "missing": "_last"}}, {fields.ID: "asc"}],
    Sort.TITLE: [{fields.TITLE_SORT: "asc"}, {fields.ID: "asc"}],
    Sort.ARCHIVAL_CODE: [{fields.ARCHIVAL_CODE: {"order": "asc", "missing": "_last"}}, {fields.ID: "asc"}],
}
_EXACT_SCORE = 1000.0


class Sight(Protocol):
    """Filters of one actor, as `archive.access.policy.build_filters` makes them."""

    @property
    def discover(self) -> Query: ...
    @property
    def read(self) -> Query: ...
    @property
    def unmask(self) -> Query: ...


@dataclass(frozen=True)
class QueryBuilder:
    """Builds all bodies of one search."""

    request: SearchRequest
    parsed: ParsedQuery
    sight: Sight
    renderer: Renderer

    def build_counts(self) -> dict[str, Any]:
        """Total and facets of the strict tier: no hits, so the engine may keep the answer."""
        aggregations = {facet.value: self._facet(facet) for facet in self.request.facets}
        if self.request.filters:
            aggregations["selected"] = {"filter": all_of(self._chosen())}
        body: dict[str, Any] = {"size": 0, "track_total_hits": True, "query": self._strict(chosen=False)}
        return body | ({"aggs": aggregations} if aggregations else {})

    def build_hits(self, place: Place | None, *, is_scored: bool) -> dict[str, Any]:
        """One page of the strict tier, one hit more than asked to know whether another page follows."""
        body: dict[str, Any] = {
            "size": self.request.size + 1,
            "track_total_hits": False,
            "_source": SHOWN,
            "query": self._ordered(is_scored=is_scored),
            "sort": self._sort(),
        }
        return body | ({"search_after": list(place.after)} if place else {})

    def build_related(self, size: int) -> dict[str, Any] | None:
        """Hits that meet everything exact in the query and hold many of its characters and some of its bigrams.

        None when the query has no words that could be held in part.
        """
        text = " ".join(self.parsed.soft)
        if not text:
            return None
        exact = [self._clause(clause) for clause in self.parsed.firm]
        return self._close([self._in_text(lambda field: _mostly_in(field, text)), *exact], size)

    def build_relaxed(self, size: int) -> dict[str, Any] | None:
        """Hits that hold any bigram of the query. None when everything was asked for in quotation marks."""
        unquoted = [c.text for c in self.parsed.required if isinstance(c, Words | Number) and not is_quoted(c)]
        if not unquoted:
            return None
        some = {"query": " ".join(unquoted), "analyzer": BIGRAMS}
        return self._close([self._in_text(lambda field: {"match": {field: some}})], size)

    def _close(self, filters: list[Query], size: int) -> dict[str, Any]:
        query = {
            "bool": {
                "filter": [self.sight.discover, *filters, *self._chosen()],
                "must_not": [*self._excluded(), self._required()],
                "should": self._scores(),
            }
        }
        return {
            "size": size,
            "track_total_hits": False,
            "_source": SHOWN,
            "query": query,
            "sort": [{"_score": "desc"}, *_TIE_BREAK],
        }

    def _sort(self) -> list[Query]:
        if self.request.sort is Sort.RELEVANCE:
            return [{"_score": "desc"}, *_TIE_BREAK] if self.parsed.words else _TIE_BREAK
        return _SORTS[self.request.sort]

    def _strict(self, *, chosen: bool) -> Query:
        required = [self._required()] if self.parsed.required else []
        filters = [self.sight.discover, *required, *(self._chosen() if chosen else [])]
        return {"bool": {"filter": filters, "must_not": self._excluded()}}

    def _ordered(self, *, is_scored: bool) -> Query:
        query = self._strict(chosen=True)
        if self.request.sort is not Sort.RELEVANCE or not self.parsed.words:
            return query
        query["bool"]["should"] = self._scores() if is_scored else [self._title_has_all()]
        return query

    def _required(self) -> Query:
        clauses = self.parsed.required
        return self._by_level(lambda level: all_of([self.renderer.render(clause, level) for clause in clauses]))

    def _excluded(self) -> list[Query]:
        excluded = [{"term": {fields.TOMBSTONE: True}}]
        return excluded + [self._clause(clause) for clause in self.parsed.excluded]

    def _clause(self, clause: Clause) -> Query:
        return self._by_level(lambda level: self.renderer.render(clause, level))

    def _by_level(self, build: Callable[[Level], Query]) -> Query:
        """What `build` makes for each level, each joined with the filter of the right that the level needs."""
        branches = [build(Level.CATALOGUE)]
        for level, right in ((Level.CONTENT, self.sight.read), (Level.ORIGINAL, self.sight.unmask)):
            if not is_nothing(right):
                branches.append({"bool": {"filter": [right, build(level)]}})
        return any_of(branches)

    def _guarded(self, level: Level, queries: Sequence[Query]) -> list[Query]:
        """Scoring clauses of one level, counted only where the level's right holds."""
        right = {Level.CONTENT: self.sight.read, Level.ORIGINAL: self.sight.unmask}.get(level)
        if right is None:
            return list(queries)
        if is_nothing(right) or not queries:
            return []
        return [{"bool": {"filter": [right], "should": list(queries), "minimum_should_match": 1}}]

    def _scores(self) -> list[Query]:
        text = " ".join(self.parsed.words)
        numbers = [clause for clause in self.parsed.required if isinstance(clause, Number)]
        catalogue = [
            *(
                boosted({"match_phrase": {fields.TITLE: {"query": part, "slop": 2, "analyzer": CHARACTERS}}}, 8)
                for part in self.parsed.parts
            ),
            *_matches(fields.TITLE, text, 4),
            *_matches(fields.KEYWORDS, text, 3),
            *_matches(fields.CREATOR, text, 3),
            *_matches(fields.CATALOGUE, text, 2),
            *_matches(fields.CATALOGUE_CLOSED, text, 2),
        ]
        content = [query for field in TEXT_FIELDS[Level.CONTENT] for query in _matches(field, text, 1)]
        content += [
            boosted({"match_phrase": {fields.CONTENT: {"query": part, "slop": 2, "analyzer": CHARACTERS}}}, 2)
            for part in self.parsed.parts
        ]
        original = [query for field in TEXT_FIELDS[Level.ORIGINAL] for query in _matches(field, text, 1)]
        return [
            *catalogue,
            *self._guarded(Level.CONTENT, content),
            *self._guarded(Level.ORIGINAL, original),
            *(query for number in numbers for query in self._exact_scores(number)),
        ]

    def _exact_scores(self, number: Number) -> list[Query]:
        own = self.renderer.exact(number, Level.CATALOGUE)
        mentioned = self.renderer.exact(number, Level.CONTENT)[len(own) :]
        secret = self.renderer.exact(number, Level.ORIGINAL)[len(own) + len(mentioned) :]
        return [
            *(constant(query, _EXACT_SCORE) for query in own),
            *self._guarded(Level.CONTENT, [constant(query, _EXACT_SCORE / 4) for query in mentioned]),
            *self._guarded(Level.ORIGINAL, [constant(query, _EXACT_SCORE) for query in secret]),
        ]

    def _title_has_all(self) -> Query:
        return constant(all_of([phrase(fields.TITLE, text) for text in self.parsed.words]), 1.0)

    def _in_text(self, build: Callable[[str], Query]) -> Query:
        """What `build` makes of any text field, each looked at where its level may be."""

        def within(level: Level) -> Query:
            return any_of([build(field) for step in Level if step <= level for field in TEXT_FIELDS[step]])

        return self._by_level(within)

    def _chosen(self, *, but: Facet | None = None) -> list[Query]:
        return [
            {"terms": {FACETS[facet].field: list(values)}} for facet, values in self.request.filters if facet is not but
        ]

    def _facet(self, facet: Facet) -> Query:
        spec = FACETS[facet]
        order = {"_key": "desc"} if facet is Facet.YEAR else [{"_count": "desc"}, {"_key": "asc"}]
        terms = {"terms": {"field": spec.field, "size": spec.size, "order": order}}
        others = self._chosen(but=facet)
        return {"filter": all_of(others), "aggs": {"values": terms}} if others else terms


def is_nothing(query: Query) -> bool:
    """Whether the filter lets nobody through."""
    return "match_none" in query


def is_quoted(clause: Clause) -> bool:
    """Whether the clause was typed in quotation marks."""
    return isinstance(clause, Words) and clause.is_quoted


def constant(query: Query, boost: float) -> Query:
    """The query with one score for every match."""
    return {"constant_score": {"filter": query, "boost": boost}}


def boosted(query: Query, boost: float) -> Query:
    """A match query with another weight."""
    ((kind, inner),) = query.items()
    ((field, options),) = inner.items()
    return {kind: {field: options | {"boost": boost}}}


def _matches(field: str, text: str, weight: float) -> list[Query]:
    """Characters and bigrams at twice the weight of bigrams alone: the ranking measured to be best."""
    return [
        {"match": {field: {"query": text, "analyzer": CHARACTERS_AND_BIGRAMS, "boost": weight}}},
        {"match": {field: {"query": text, "analyzer": BIGRAMS, "boost": weight / 2}}},
    ]


def _mostly_in(field: str, text: str) -> Query:
    """At least half of the characters and a fifth of the bigrams.

    Written as what may be missing, because a share of what must match is rounded down, and 20 % of four is none.
    """
    return {
        "bool": {
            "filter": [
                {"match": {field: {"query": text, "analyzer": CHARACTERS, "minimum_should_match": "-50%"}}},
                {"match": {field: {"query": text, "analyzer": BIGRAMS, "minimum_should_match": "-80%"}}},
            ]
        }
    }
