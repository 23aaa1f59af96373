"""Text of a file by page, with a box for every line: the derivative that search, viewer and rebuild live from.

One encrypted blob per file: ``GDTX``, version, page count, then an offset table and one zlib-compressed JSON object a
page, so that one page of a thick volume is read without the others. Offsets into a page's text are code points.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

MAGIC = b"GDTX\x01"
_COUNT = struct.Struct(">I")
_ENTRY = struct.Struct(">QI")


class RandomReader(Protocol):
    """What a vault reader offers."""

    def seek(self, offset: int, whence: int = 0, /) -> int: ...
    def read(self, size: int = -1, /) -> bytes: ...


Box = tuple[float, float, float, float]
UNSURE: Final = 0.8
"""Below this confidence a line is uncertain."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text on a page.

    `box` is (left, top, right, bottom) in page units, origin top left. `edges` are the far edges of the characters in
    reading direction, one each: right edges, or lower edges of a `vertical` line; a line whose edges fall is read
    backwards (upside-down pages, text that runs upwards).
    `confidence` is 0 to 1, None where no recognition took place; `doubtful` are positions of characters to look at
    twice. A line without a place on a page (office documents) has no box.
    """

    text: str
    box: Box | None = None
    edges: tuple[float, ...] = ()
    confidence: float | None = None
    vertical: bool = False
    doubtful: tuple[int, ...] = ()

    @property
    def is_uncertain(self) -> bool:
        """Whether recognition is not sure of it, or of a character in it."""
        return bool(self.doubtful) or (self.confidence is not None and self.confidence < UNSURE)

    @property
    def is_backwards(self) -> bool:
        """Whether its last character ends where its box begins."""
        if self.box is None or not self.edges:
            return False
        begin, end = (self.box[1], self.box[3]) if self.vertical else (self.box[0], self.box[2])
        return abs(self.edges[-1] - begin) < abs(self.edges[-1] - end)

    def span_box(self, first: int, last: int) -> Box | None:
        """Box of the characters `first` to `last` (exclusive); None for none of them and for a line without a place.

        Without known edges the characters share the line evenly.
        """
        if self.box is None or not 0 <= first < last <= len(self.text):
            return None
        left, top, right, bottom = self.box
        begin, end = (top, bottom) if self.vertical else (left, right)
        edges = self.edges
        if len(edges) != len(self.text):
            edges = tuple(begin + (end - begin) * (n + 1) / len(self.text) for n in range(len(self.text)))
        elif self.is_backwards:
            begin = end
        low, high = sorted((edges[first - 1] if first else begin, edges[last - 1]))
        return (left, low, right, high) if self.vertical else (low, top, high, bottom)


@dataclass(frozen=True, slots=True)
class PageText:
    """Text of one page; `number` counts from 1, `width` and `height` are in page units (0 where there is no page)."""

    number: int
    width: float
    height: float
    lines: tuple[Line, ...]
    engine: str

    @property
    def text(self) -> str:
        """The lines joined by line feeds; offsets of hits count in this string."""
        return "\n".join(line.text for line in self.lines)

    @property
    def uncertain(self) -> int:
        """Number of lines that recognition is not sure of."""
        return sum(line.is_uncertain for line in self.lines)

    @property
    def confidence(self) -> float | None:
        """Mean confidence weighted by length, None where no recognition took place."""
        known = [(line.confidence, len(line.text)) for line in self.lines if line.confidence is not None]
        weight = sum(length for _, length in known)
        return sum(value * length for value, length in known) / weight if weight else None

    def boxes(self, start: int, end: int) -> Iterator[Box]:
        """Boxes over the characters `start` to `end` of `text`, one a line touched; lines without places give none."""
        offset = 0
        for line in self.lines:
            box = line.span_box(max(start - offset, 0), min(end - offset, len(line.text)))
            offset += len(line.text) + 1
            if box is not None:
                yield box


def pack_page(page: PageText) -> bytes:
    """One page as compressed JSON."""
    lines = [
        (line.text, line.box, [round(e, 1) for e in line.edges], line.confidence, line.vertical, line.doubtful)
        for line in page.lines
    ]
    body = {"n": page.number, "w": page.width, "h": page.height, "e": page.engine, "l": lines}
    return zlib.compress(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), 1)


def unpack_page(packed: bytes) -> PageText:
    """The page of `pack_page`."""
    body = json.loads(zlib.decompress(packed))
    lines = tuple(
        Line(text, tuple(box) if box else None, tuple(edges), confidence, vertical, tuple(doubtful))
        for text, box, edges, confidence, vertical, doubtful in body["l"]
    )
    return PageText(body["n"], body["w"], body["h"], lines, body["e"])


def pack_pages(packed: Iterable[bytes]) -> Iterator[bytes]:
    """The blob of a file from its packed pages in order, in pieces ready to be written."""
    bodies = list(packed)
    yield MAGIC + _COUNT.pack(len(bodies))
    offset = len(MAGIC) + _COUNT.size + _ENTRY.size * len(bodies)
    for body in bodies:
        yield _ENTRY.pack(offset, len(body))
        offset += len(body)
    yield from bodies


def count_pages(blob: RandomReader) -> int:
    """Number of pages in a blob. Raises ValueError when it is none of ours."""
    blob.seek(0)
    head = blob.read(len(MAGIC) + _COUNT.size)
    if not head.startswith(MAGIC):
        raise ValueError("not a page text blob")
    return int(_COUNT.unpack(head[len(MAGIC) :])[0])


def read_packed(blob: RandomReader, number: int) -> bytes:
    """Page `number` (from 1) as `pack_page` made it. Raises IndexError when there is none."""
    if not 1 <= number <= count_pages(blob):
        raise IndexError(number)
    blob.seek(len(MAGIC) + _COUNT.size + _ENTRY.size * (number - 1))
    offset, length = _ENTRY.unpack(blob.read(_ENTRY.size))
    blob.seek(offset)
    return blob.read(length)


def read_page(blob: RandomReader, number: int) -> PageText:
    """Page `number` (from 1). Raises IndexError when there is none."""
    return unpack_page(read_packed(blob, number))


def iter_packed(blob: RandomReader) -> Iterator[bytes]:
    """All pages in order as `pack_page` made them, one in memory at a time."""
    total = count_pages(blob)
    for offset, length in list(_ENTRY.iter_unpack(blob.read(_ENTRY.size * total))):
        blob.seek(offset)
        yield blob.read(length)


def iter_pages(blob: RandomReader) -> Iterator[PageText]:
    """All pages in order, one in memory at a time."""
    return map(unpack_page, iter_packed(blob))
