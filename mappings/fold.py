"""Folding: the one normal form of text in the index and in queries.

One code point in, one code point out, so that every offset in folded text is an offset in the stored text and leads to
boxes on the scan. The steps are NFKC, lower case and traditional to simplified (OpenCC ``t2s``, single characters),
each only where it yields exactly one character, plus the table below. Folding never touches stored text.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import cache, lru_cache

import opencc

# Folds that neither NFKC nor OpenCC makes. 瞭 and 藉 are kept by OpenCC because their reading decides; readers of an
# archive type 了 and 借. All dashes, brackets and middle dots are one, because recognition and keyboards confuse them.
_EXTRA = {
    **dict.fromkeys("‐‑‒–—―−－", "-"),
    **dict.fromkeys("［[【﹝〔（", "("),
    **dict.fromkeys("］]】﹞〕）", ")"),
    **dict.fromkeys("・•‧∙⋅", "·"),
    "瞭": "了",
    "藉": "借",
}
_FIRST_CJK = 0x2E80
_NUMERALS = "〇零一二三四五六七八九十"
# A page is folded for its masks, its numbers and its fields, one right after the other. Longer texts are not kept.
_REMEMBERED, _LONGEST_REMEMBERED = 32, 20_000
_ROUND_ZERO = re.compile(f"(?<=[{_NUMERALS}])[○o]+(?=[{_NUMERALS}年])")


@cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def _is_han_candidate(char: str) -> bool:
    return ord(char) >= _FIRST_CJK and unicodedata.category(char) == "Lo"


def _step(char: str) -> str:
    char = _EXTRA.get(char, char)
    for form in (unicodedata.normalize("NFKC", char), char.lower()):
        if len(form) == 1 and form != char:
            return form
    if _is_han_candidate(char):
        simple: str = _converter().convert(char)
        return simple if len(simple) == 1 else char
    return char


class _Table(dict[int, int]):
    """Translation table that learns each code point at its first sight: importing costs nothing."""

    def __missing__(self, code: int) -> int:
        char = chr(code)
        while (folded := _step(char)) != char:
            char = folded
        self[code] = ord(char)
        return self[code]


_TABLE = _Table()


def fold(text: str) -> str:
    """Folded form of the same length; idempotent. ``○`` and ``O`` inside Chinese numerals become ``〇``."""
    return _fold(text) if len(text) > _LONGEST_REMEMBERED else _fold_once(text)


@lru_cache(maxsize=_REMEMBERED)
def _fold_once(text: str) -> str:
    return _fold(text)


def _fold(text: str) -> str:
    folded = text.translate(_TABLE)
    if "○" in folded or "o" in folded:
        return _ROUND_ZERO.sub(lambda found: "〇" * len(found[0]), folded)
    return folded


@cache
def fold_digest() -> str:
    """Digest of the whole table. It stands in the mapping of every index, so that a changed table (another OpenCC,
    another Unicode version) is noticed: queries and indexed text must be folded by the same one."""
    every = "".join(chr(code) for code in range(0x110000) if not 0xD800 <= code <= 0xDFFF and _is_assigned(code))
    return hashlib.sha256(fold(every).encode()).hexdigest()[:16]


def _is_assigned(code: int) -> bool:
    return unicodedata.category(chr(code)) not in ("Cn", "Co")
