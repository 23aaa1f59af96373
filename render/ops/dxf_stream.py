"""Words of DXF drawings too large to be held as a whole: the tags are read one after the other, nothing else is kept.

Layouts and the places of blocks are not known this way; what is known is each word, once for each time it is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ezdxf.tools.codepage import toencoding
from ezdxf.tools.text import fast_plain_mtext, plain_text

_LETTERED = (b"TEXT", b"ATTRIB", b"MTEXT")
_UNICODE_SINCE = b"AC1021"
_LONGEST_LINE = 1024**2


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of lettering: its insertion point and height in units of the drawing."""

    text: str
    x: float
    y: float
    height: float


@dataclass(slots=True)
class Head:
    """What the header says of letters: whether they are Unicode, and the code page if not."""

    is_unicode: bool = False
    encoding: str = "cp1252"

    @property
    def codec(self) -> str:
        """The encoding of the values."""
        return "utf-8" if self.is_unicode else self.encoding


def iter_words(file: BinaryIO, head: Head) -> Iterator[Word]:
    """Every piece of lettering in the order of the file; fills `head` on the way."""
    variable, kind = b"", b""
    facts: dict[bytes, list[bytes]] = {}
    for code, value in _iter_tags(file):
        if code == b"0":
            yield from _build(kind, facts, head)
            kind, facts = value, {}
        elif code == b"9":
            variable = value
        elif variable == b"$ACADVER" and code == b"1":
            head.is_unicode, variable = value >= _UNICODE_SINCE, b""
        elif variable == b"$DWGCODEPAGE" and code == b"3":
            head.encoding, variable = toencoding(value.decode("ascii", "replace")), b""
        elif kind in _LETTERED and code in _WANTED:
            facts.setdefault(code, []).append(value)
    yield from _build(kind, facts, head)


_WANTED = (b"1", b"3", b"10", b"20", b"40")


def _iter_tags(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Pairs of group code and value; ends quietly where the file breaks off."""
    while True:
        code, value = file.readline(_LONGEST_LINE), file.readline(_LONGEST_LINE)
        if not value:
            return
        yield code.strip(), value.rstrip(b"\r\n")


def _build(kind: bytes, facts: dict[bytes, list[bytes]], head: Head) -> Iterator[Word]:
    if kind not in _LETTERED or b"1" not in facts:
        return
    # A long paragraph comes in pieces (code 3) before its last one; elsewhere code 3 is a prompt or a style.
    parts = [*facts.get(b"3", []), facts[b"1"][0]] if kind == b"MTEXT" else facts[b"1"][:1]
    raw = b"".join(parts).decode(head.codec, "surrogateescape")
    text = fast_plain_mtext(raw) if kind == b"MTEXT" else plain_text(raw)
    yield Word(str(text), _number(facts, b"10", 0.0), _number(facts, b"20", 0.0), _number(facts, b"40", 1.0))


def _number(facts: dict[bytes, list[bytes]], code: bytes, default: float) -> float:
    try:
        return float(facts[code][0])
    except (KeyError, ValueError):
        return default
