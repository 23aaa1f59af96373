"""What extraction works on and gives back. All frozen: a page is made once and handed on.

Page units: PDF points (1/72 inch) of the page as shown, or pixels of an upright image; origin at the top left. A page
without places (office documents, mail, plain text) has width and height 0 and lines without boxes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from indexer.identify import Identified
from render.errors import ToolError
from render.memory_file import MemoryFile

Box = tuple[float, float, float, float]
TEXT_LIMIT = 2_000_000
"""Characters taken from one document that has no pages of its own; the rest is `text_cut`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line: text, its box (x0, y0, x1, y1), and the far edge of each character in reading direction.

    `edges` has one entry a character: right edges, or lower edges of a `vertical` line; a line whose edges fall is read
    backwards (upside-down pages, text that runs upwards).
    `confidence` is 0 to 1, None where nothing was guessed; `doubtful` are positions of characters to look at twice.
    """

    text: str
    box: Box | None = None
    edges: tuple[float, ...] = ()
    confidence: float | None = None
    vertical: bool = False
    doubtful: tuple[int, ...] = ()

    def span_box(self, start: int, end: int) -> Box | None:
        """Box of the characters `start` to `end` (exclusive) in page units; None for a line without a place."""
        if self.box is None or not 0 <= start < end <= len(self.edges):
            return None
        x0, y0, x1, y1 = self.box
        first, last = (y0, y1) if self.vertical else (x0, x1)
        is_backward = self.edges[0] > self.edges[-1]
        near = self.edges[start - 1] if start else last if is_backward else first
        low, high = sorted((near, self.edges[end - 1]))
        return (x0, low, x1, high) if self.vertical else (low, y0, high, y1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageText:
    """Text of one page, numbered from 1. `needs_ocr`: its image holds text that the lines do not.

    `reason` is a code of `archive.reasons` when the page could not be read, else empty.
    """

    number: int
    lines: tuple[Line, ...]
    engine: str
    width: float = 0.0
    height: float = 0.0
    confidence: float | None = None
    needs_ocr: bool = False
    reason: str = ""

    @property
    def text(self) -> str:
        """The lines in reading order, joined by line feeds."""
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document at hand: its bytes in memory and what they are."""

    file: MemoryFile
    identified: Identified


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What is known before the pages are read: how many there are, and `warnings`, codes of `archive.reasons`.

    `pages` gives pages one after the other, in order; it may be left early and keeps no page once it is handed on.
    Raises ToolError when nothing of the document can be read, ToolUnavailableError to try again later.
    """

    media_type: str
    page_count: int
    pages: Iterator[PageText]
    warnings: tuple[str, ...] = ()


class Extractor(Protocol):
    """One way to read documents. Extractors bid for a document; the highest bid above 0 reads it."""

    name: str

    def bid(self, identified: Identified) -> int:
        """How well this extractor suits such a document: 0 not at all, 100 made for it."""
        ...

    def extract(self, document: Document, *, first: int = 1, last: int | None = None) -> Extraction:
        """Opens the document and prepares to read pages `first` to `last`. Raises ToolError, ToolUnavailableError."""
        ...


def parse_page(found: Any, engine: str) -> PageText:
    """A page as a sandboxed child described it. Raises ToolError `tool_output` for anything out of shape.

    The child read foreign bytes, so it may have been taken over: types, lengths and numbers are checked, not believed.
    """
    try:
        lines = tuple(_parse_line(line) for line in found["lines"])
        return PageText(
            number=int(found["number"]),
            width=_number(found["width"]),
            height=_number(found["height"]),
            lines=lines,
            engine=str(found.get("engine", engine))[:60] if lines else engine,
            confidence=mean_confidence(lines),
            needs_ocr=found["needs_ocr"] is True,
            reason=str(found.get("reason", ""))[:60],
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as err:
        raise ToolError("tool_output") from err


def _parse_line(found: dict[str, Any]) -> Line:
    text = found["text"]
    edges = tuple(_number(edge) for edge in found["edges"])
    if not isinstance(text, str) or len(edges) != len(text):
        raise ValueError("edges do not match the text")
    x0, y0, x1, y1 = (_number(value) for value in found["box"])
    confidence = found.get("confidence")
    return Line(
        # JSON can carry half a surrogate pair, which no later encoder accepts.
        text=text.encode("utf-8", "replace").decode("utf-8"),
        box=(x0, y0, x1, y1),
        edges=edges,
        confidence=None if confidence is None else min(1.0, max(0.0, _number(confidence))),
        vertical=found["vertical"] is True,
        doubtful=tuple(int(index) for index in found.get("doubtful", ()) if 0 <= int(index) < len(text)),
    )


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number) or abs(number) > 1e7:
        raise ValueError("not a coordinate")
    return number


def mean_confidence(lines: tuple[Line, ...]) -> float | None:
    """Confidence of a page: the mean over its recognised characters; None when none was recognised."""
    known = [(len(line.text), line.confidence) for line in lines if line.confidence is not None]
    total = sum(length for length, _ in known)
    return round(sum(length * value for length, value in known) / total, 4) if total else None
