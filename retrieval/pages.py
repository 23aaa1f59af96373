"""The second step: pages of the records that were just allowed to be read.

One request for all of them, collapsed by record, the best three pages of each. The index of pages knows no rights: it
is asked by ids only, and the ids come from the gate.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final

from mappings import fields
from mappings.analysis import BIGRAMS
from retrieval.clauses import Query, any_of, phrase
from retrieval.highlight import Marker, cut_snippet
from retrieval.language import InField, Number, ParsedQuery
from retrieval.results import Snippet

PAGES_SHOWN: Final = 3
_INNER: Final = "best"


def build_pages(parsed: ParsedQuery, readable: Collection[str], unmasked: Collection[str]) -> dict[str, Any] | None:
    """The body that asks for the best pages of the records, or None when nothing sought can stand on a page.

    Pages of `unmasked` records are also found by what is masked on them; what is shown stays masked.
    """
    texts = dict.fromkeys((*parsed.parts, *parsed.words))
    if not readable or not texts:
        return None
    should = [*_iter_sought(fields.PAGE_FOLD, parsed, texts)]
    if unmasked:
        originals = [*_iter_sought(fields.PAGE_RESTRICTED, parsed, texts)]
        filters = [{"terms": {fields.PAGE_ITEM: sorted(unmasked)}}]
        should.append({"bool": {"filter": filters, "must": any_of(originals)}})
    return {
        "size": len(readable),
        "track_total_hits": False,
        "_source": False,
        "query": {
            "bool": {
                "filter": [{"terms": {fields.PAGE_ITEM: sorted(readable)}}],
                "should": should,
                "minimum_should_match": 1,
            }
        },
        "collapse": {
            "field": fields.PAGE_ITEM,
            "inner_hits": {
                "name": _INNER,
                "size": PAGES_SHOWN,
                "_source": [fields.PAGE_FILE, fields.PAGE_NUMBER, fields.PAGE_TEXT],
                "sort": [{"_score": "desc"}, {fields.PAGE_NUMBER: "asc"}],
            },
        },
    }


def read_pages(response: Any, parsed: ParsedQuery) -> dict[str, tuple[Snippet, ...]]:
    """Snippets by record, in order of relevance."""
    marker = Marker(parsed)
    found = {}
    for hit in response["hits"]["hits"]:
        item_id = hit["fields"][fields.PAGE_ITEM][0]
        inner = hit["inner_hits"][_INNER]["hits"]["hits"]
        found[item_id] = tuple(_snippet(page["_source"], marker) for page in inner)
    return found


def _snippet(page: dict[str, Any], marker: Marker) -> Snippet:
    text = page[fields.PAGE_TEXT]
    html = cut_snippet(text, marker.find_spans(text))
    return Snippet(page[fields.PAGE_NUMBER], page[fields.PAGE_FILE], html)


def _iter_sought(field: str, parsed: ParsedQuery, texts: Iterable[str]) -> Iterable[Query]:
    for text in texts:
        yield phrase(field, text)
    yield {"match": {field: {"query": " ".join(texts), "analyzer": BIGRAMS, "boost": 0.2}}}
    numbers = [clause.found.keys for clause in parsed.required if isinstance(clause, Number)]
    numbers += [clause.keys for clause in parsed.required if isinstance(clause, InField)]
    keys = [key for own in numbers for key in own]
    if keys and field == fields.PAGE_FOLD:
        yield {"constant_score": {"filter": {"terms": {fields.PAGE_NUMBERS: keys}}, "boost": 50.0}}
