"""Clauses of a parsed query as query bodies, at each level of sight.

A clause is looked for in more fields the more of a record the actor may see: the catalogue entry, the text of its
pages, the originals of what is masked. Which records are at which level is never decided here: `retrieval.query` joins
every level with the filter of the right it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Any

from mappings import fields
from mappings.analysis import BIGRAMS, iter_tokens
from retrieval.language import CREATOR_FIELD, TITLE_FIELD, Clause, Dated, InField, Number, Words

Query = dict[str, Any]
"""A query body, or a part of one."""


class Level(IntEnum):
    """How much of a record is looked at."""

    CATALOGUE = 0
    CONTENT = 1
    ORIGINAL = 2


TEXT_FIELDS: dict[Level, tuple[str, ...]] = {
    Level.CATALOGUE: (fields.CATALOGUE, fields.CATALOGUE_CLOSED),
    Level.CONTENT: (fields.CONTENT, fields.ABSTRACT, fields.CONTENT_CLOSED),
    Level.ORIGINAL: (fields.CATALOGUE_RESTRICTED, fields.CONTENT_RESTRICTED),
}
"""Text fields that each level adds to those before it."""


@dataclass(frozen=True)
class Renderer:
    """Turns clauses into query bodies; `hash_secret` makes the keyed hash of a number that identifies a person."""

    hash_secret: Callable[[str], str]

    def render(self, clause: Clause, level: Level) -> Query:
        """The clause over everything that may be looked at up to this level."""
        if isinstance(clause, Words):
            return any_of(phrases(clause.text, level))
        if isinstance(clause, Number):
            return any_of(self.exact(clause, level) + phrases(clause.text, level))
        if isinstance(clause, Dated):
            return any_of(_dated(clause))
        return any_of(_in_field(clause))

    def exact(self, number: Number, level: Level) -> list[Query]:
        """Exact matches of a number in its canonical forms, up to this level."""
        found = number.found
        exact: list[Query] = []
        if found.keys:
            exact.append({"terms": {fields.NUMBERS: list(found.keys)}})
        if found.keys and level >= Level.CONTENT:
            exact.append({"terms": {fields.CONTENT_NUMBERS: list(found.keys)}})
        if level >= Level.ORIGINAL and found.secrets:
            hashes = [self.hash_secret(secret) for secret in found.secrets]
            exact.append({"terms": {fields.HASHES_RESTRICTED: hashes}})
        if level >= Level.ORIGINAL and found.prefix:
            exact.append({"prefix": {fields.CODES_RESTRICTED: found.prefix}})
        return exact


def phrases(text: str, level: Level) -> list[Query]:
    """The text as it stands, in each field up to this level."""
    return [phrase(field, text) for step in Level if step <= level for field in TEXT_FIELDS[step]]


def phrase(field: str, text: str) -> Query:
    """The text as it stands in one field: bigrams in order, which is twice as fast as characters in order."""
    tokens = list(iter_tokens(text))
    if len(tokens) == 1:
        return {"term": {field: text[tokens[0].start : tokens[0].end]}}
    return {"match_phrase": {field: {"query": text, "analyzer": BIGRAMS}}}


def any_of(queries: Sequence[Query]) -> Query:
    """At least one holds."""
    if len(queries) == 1:
        return queries[0]
    return {"bool": {"should": list(queries), "minimum_should_match": 1}}


def all_of(queries: Sequence[Query]) -> Query:
    """Every one holds; no scores."""
    return queries[0] if len(queries) == 1 else {"bool": {"filter": list(queries)}}


def _dated(clause: Dated) -> list[Query]:
    first, last = clause.interval.first, clause.interval.last
    span = {"gte": first.isoformat(), "lte": last.isoformat(), "relation": "intersects"}
    dated: list[Query] = [{"range": {fields.DATE: span}}]
    if first == date(first.year, 1, 1) and last == date(last.year, 12, 31):
        dated.append({"range": {fields.YEAR: {"gte": first.year, "lte": last.year}}})
    return dated + phrases(clause.text, Level.CATALOGUE)


def _in_field(clause: InField) -> list[Query]:
    if clause.field == TITLE_FIELD:
        return [phrase(fields.TITLE, clause.text)]
    if clause.field == CREATOR_FIELD:
        return [phrase(fields.CREATOR, clause.text)]
    return [{"terms": {fields.NUMBERS: list(clause.keys)}}, *phrases(clause.text, Level.CATALOGUE)]
