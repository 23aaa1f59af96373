"""Marks the words of a query in stored text, without the engine.

Folding keeps every offset, so spans found in folded text cut the stored text and lead to boxes on the scan. Latin words
and digits are marked as whole tokens only. A blank or line break inside a Han word is no hindrance: scans break lines
anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from html import escape

from mappings.analysis import iter_tokens
from mappings.dates import find_dates
from mappings.fold import fold
from mappings.numbers import recognise_numbers
from retrieval.language import Dated, InField, Number, ParsedQuery

Span = tuple[int, int]
"""First code point and the one after the last."""

_AROUND = 45
_LONGEST = 180
_LOOKED_AT = 100


@dataclass(frozen=True)
class Marker:
    """Finds what a query sought in any text."""

    parsed: ParsedQuery

    def find_spans(self, text: str) -> list[Span]:
        """Spans of the hits in reading order, touching ones joined.

        A single character counts only where it touches a longer hit, unless the query has nothing longer.
        """
        folded = fold(text)
        strong = [match.span() for pattern in self._strong for match in pattern.finditer(folded)]
        strong += self._numbers(text) + self._dates(text)
        weak = [match.span() for pattern in self._weak for match in pattern.finditer(folded)]
        if not self._strong and not strong:
            return merge_spans(weak)
        return _with_neighbours(merge_spans(strong), weak)

    @cached_property
    def _texts(self) -> tuple[str, ...]:
        words = [clause.text for clause in self.parsed.required if not isinstance(clause, Dated)]
        return tuple(dict.fromkeys((*self.parsed.parts, *words)))

    @cached_property
    def _strong(self) -> tuple[re.Pattern[str], ...]:
        return tuple(_pattern(text) for text in self._texts if not _is_single(text))

    @cached_property
    def _weak(self) -> tuple[re.Pattern[str], ...]:
        return tuple(_pattern(text) for text in self._texts if _is_single(text))

    def _numbers(self, text: str) -> list[Span]:
        keys = {key for clause in self.parsed.required if isinstance(clause, Number) for key in clause.found.keys}
        keys |= {key for clause in self.parsed.required if isinstance(clause, InField) for key in clause.keys}
        if not keys:
            return []
        return [(found.start, found.end) for found in recognise_numbers(text) if keys & set(found.keys)]

    def _dates(self, text: str) -> list[Span]:
        sought = [clause.interval for clause in self.parsed.required if isinstance(clause, Dated)]
        if not sought:
            return []
        return [
            (found.start, found.end)
            for found in find_dates(text)
            if any(s.first <= found.interval.first and found.interval.last <= s.last for s in sought)
        ]


def merge_spans(spans: Iterable[Span]) -> list[Span]:
    """Spans in order, overlapping and touching ones joined."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def mark(text: str, spans: Iterable[Span]) -> str:
    """The text as HTML: everything escaped, the spans inside ``<mark>``."""
    pieces, last = [], 0
    for start, end in spans:
        pieces += [escape(text[last:start]), "<mark>", escape(text[start:end]), "</mark>"]
        last = end
    return "".join([*pieces, escape(text[last:])])


def cut_snippet(text: str, spans: list[Span]) -> str:
    """The part of a text with the most hits close together, as HTML on one line; its beginning when there are none."""
    start, end = _window(text, spans)
    inside = [(max(s, start) - start, min(e, end) - start) for s, e in spans if s < end and e > start]
    excerpt = "".join(" " if char.isspace() else char for char in text[start:end])
    return ("…" if start else "") + mark(excerpt, inside) + ("…" if end < len(text) else "")


def _window(text: str, spans: list[Span]) -> Span:
    if not spans:
        return 0, min(len(text), 2 * _AROUND)
    near = spans[:_LOOKED_AT]
    best = max(near, key=lambda first: sum(_within(first, span) for span in near))
    last = max(end for start, end in spans if _within(best, (start, end)))
    return max(0, best[0] - _AROUND), min(len(text), max(last, best[1]) + _AROUND)


def _within(first: Span, span: Span) -> bool:
    return first[0] <= span[0] and span[1] <= first[0] + _LONGEST - 2 * _AROUND


def _with_neighbours(strong: list[Span], weak: list[Span]) -> list[Span]:
    edges = {edge for span in strong for edge in span}
    touching = [span for span in weak if span[0] in edges or span[1] in edges]
    return merge_spans(strong + touching)


def _is_single(text: str) -> bool:
    tokens = list(iter_tokens(text))
    return len(tokens) == 1 and tokens[0].end - tokens[0].start == 1


def _pattern(text: str) -> re.Pattern[str]:
    pieces: list[str] = []
    last = None
    for token in iter_tokens(text):
        if last is not None:
            pieces.append(r"\s{0,2}" if token.start == last else r"\W{0,3}")
        piece = re.escape(text[token.start : token.end])
        pieces.append(piece if token.is_han else f"(?<![a-z0-9]){piece}(?![a-z0-9])")
        last = token.end
    return re.compile("".join(pieces))
