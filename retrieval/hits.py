"""Hits on one page of text, for the boxes of the page viewer."""

from __future__ import annotations

from retrieval.highlight import Marker, Span
from retrieval.language import parse_query
from retrieval.params import parse_query_text


def find_hit_spans(page_text: str, query: str) -> list[Span]:
    """Spans (code point offsets) of what a query seeks on a page, in reading order; none for an empty query.

    The text must be the one the reader may see: give the masked text to those without the right to unmask.
    Raises BadRequestError for an over-long query.
    """
    return Marker(parse_query(parse_query_text(query))).find_spans(page_text)
