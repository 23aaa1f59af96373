"""Completions while typing: titles the actor may discover, by ordinary queries.

The engine's own suggesters look at the whole index and are never used. Titles of records of sensitivity 4 and 5 are not
in the searched field at all, so they are never suggested to anybody.
"""

from __future__ import annotations

from typing import Any, Final

from mappings import fields
from mappings.analysis import CHARACTERS, iter_tokens
from mappings.fold import fold
from retrieval.clauses import Query, phrase
from retrieval.query import Sight
from retrieval.results import Suggestion

SUGGESTIONS: Final = 8
MIN_TOKENS: Final = 1


def build_suggestions(text: str, sight: Sight) -> dict[str, Any] | None:
    """The body for completions of what was typed so far; None when it holds nothing to complete."""
    folded = fold(text).strip()
    if not any(iter_tokens(folded)):
        return None
    return {
        "size": SUGGESTIONS,
        "track_total_hits": False,
        "_source": [fields.ID, fields.TITLE_SHOWN],
        "query": {
            "bool": {
                "filter": [sight.discover, _begins_or_holds(folded)],
                "must_not": [{"term": {fields.TOMBSTONE: True}}],
                "should": [{"constant_score": {"filter": {"prefix": {fields.TITLE_SORT: folded}}, "boost": 1.0}}],
            }
        },
        "collapse": {"field": fields.TITLE_SORT},
        "sort": [{"_score": "desc"}, {fields.DATE_FROM: {"order": "desc", "missing": "_last"}}, {fields.ID: "asc"}],
    }


def read_suggestions(response: Any) -> tuple[Suggestion, ...]:
    """Suggestions in order."""
    sources = (hit["_source"] for hit in response["hits"]["hits"])
    return tuple(Suggestion(source[fields.ID], source[fields.TITLE_SHOWN]) for source in sources)


def _begins_or_holds(folded: str) -> Query:
    *_, last = iter_tokens(folded)
    if last.is_han or last.end < len(folded):
        return phrase(fields.TITLE, folded)
    # A Latin word or a number may still be in the middle of being typed.
    return {"match_phrase_prefix": {fields.TITLE: {"query": folded, "analyzer": CHARACTERS, "max_expansions": 200}}}
