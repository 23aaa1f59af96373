"""Analyzers of the text fields, by name, and the same division into tokens for the client.

One field holds characters and bigrams; a query chooses the view. The definitions stand in ``schema/*.json``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

CHARACTERS_AND_BIGRAMS: Final = "zh_unibi"
BIGRAMS: Final = "zh_bi"
CHARACTERS: Final = "standard"

PAGE_GAP: Final = 100
"""Positions between two values of a text field: no phrase crosses from one page into the next."""

_HAN = "\u3005\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_TOKEN = re.compile(
    rf"(?P<han>[{_HAN}])|[^\W_{_HAN}](?:[^\W{_HAN}]|(?<=\d)[.,](?=\d)|(?<=[^\W\d])[.·'](?=[^\W\d{_HAN}]))*"
)


# The look ahead is not needed but more than doubles the speed: most characters are none of these.
_BREAK = re.compile(r"(?=[。、;!?|\t, \n])(?:[。、;!?|\t]|,(?!\d)|(?<!\d),| {2,}|\n\s*\n)+")


class Token(NamedTuple):
    """A token with its place: one Han character, or a run of letters and digits."""

    start: int
    end: int
    is_han: bool


def iter_tokens(folded: str) -> Iterator[Token]:
    """Tokens of folded text as the `standard` tokenizer sees them (Unicode UAX 29; Han characters stand alone)."""
    for match in _TOKEN.finditer(folded):
        yield Token(*match.span(), is_han=match["han"] is not None)


def split_segments(folded: str) -> list[str]:
    """Folded text cut where a reader pauses: at punctuation, columns and empty lines, not where a line merely ends.

    Each segment is a value of its own in a text field, so that no word or phrase is found across a full stop: the
    tokenizer drops punctuation without leaving a gap.
    """
    return [segment for segment in _BREAK.split(folded) if segment.strip()]
