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
from typing import Protocol

MAGIC = b"GDTX\x01"
_COUNT = struct.Struct(">I")
_ENTRY = struct.Struct(">QI")


class RandomReader(Protocol):
    """What a vault reader offers."""

    def seek(self, offset: int, whence: int = 0, /) -> int: ...
    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True)
class Line:
    """One line of text on a page.

    `box` is (left, top, right, bottom) in page units, origin top left; `edges` are the right edges of the characters,
    one each, so that any span of characters has a box; `confidence` is 0 to 1, None where no recognition took place.
    A line without a place on a page (office documents) has no box.
    """

    text: str
    box: tuple[float, float, float, float] | None = None
    edges: tuple[float, ...] = ()
    confidence: float | None = None


@dataclass(frozen=True)
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
    def confidence(self) -> float | None:
        """Mean confidence weighted by length, None where no recognition took place."""
        known = [(line.confidence, len(line.text)) for line in self.lines if line.confidence is not None]
        weight = sum(length for _, length in known)
        return sum(value * length for value, length in known) / weight if weight else None

    def boxes(self, start: int, end: int) -> Iterator[tuple[float, float, float, float]]:
        """Boxes over the characters `start` to `end` of `text`, one a line touched; lines without a box give none."""
        offset = 0
        for line in self.lines:
            first, last = max(start - offset, 0), min(end - offset, len(line.text))
            offset += len(line.text) + 1
            if line.box is None or first >= last:
                continue
            left, top, right, bottom = line.box
            edges = line.edges if len(line.edges) == len(line.text) else ()
            if edges:
                yield (edges[first - 1] if first else left, top, edges[last - 1], bottom)
            else:
                step = (right - left) / len(line.text)
                yield (left + step * first, top, left + step * last, bottom)


def pack_page(page: PageText) -> bytes:
    """One page as compressed JSON."""
    lines = [[line.text, line.box, [round(e, 1) for e in line.edges], line.confidence] for line in page.lines]
    body = {"n": page.number, "w": page.width, "h": page.height, "e": page.engine, "l": lines}
    return zlib.compress(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())


def unpack_page(packed: bytes) -> PageText:
    """The page of `pack_page`."""
    body = json.loads(zlib.decompress(packed))
    lines = tuple(
        Line(text, tuple(box) if box else None, tuple(edges), confidence) for text, box, edges, confidence in body["l"]
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


def read_page(blob: RandomReader, number: int) -> PageText:
    """Page `number` (from 1). Raises IndexError when there is none."""
    if not 1 <= number <= count_pages(blob):
        raise IndexError(number)
    blob.seek(len(MAGIC) + _COUNT.size + _ENTRY.size * (number - 1))
    offset, length = _ENTRY.unpack(blob.read(_ENTRY.size))
    blob.seek(offset)
    return unpack_page(blob.read(length))


def iter_pages(blob: RandomReader) -> Iterator[PageText]:
    """All pages in order, one in memory at a time."""
    for number in range(1, count_pages(blob) + 1):
        yield read_page(blob, number)
