"""What extraction works on and gives back. All frozen: a page is made once and handed on.

Page units: PDF points (1/72 inch) of the page as shown, or pixels of an upright image; origin at the top left. A page
without places (office documents, mail, plain text) has width and height 0 and lines without boxes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from archive.texts import Line, PageText
from indexer.identify import Identified
from render.errors import ToolError
from render.memory_file import MemoryFile

_MOST_DPI = 100_000
TEXT_LIMIT = 2_000_000
"""Characters taken from one document that has no pages of its own; the rest is `text_cut`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractedPage(PageText):
    """A page as an extractor found it. `needs_ocr`: its image holds text that the lines do not.

    `is_blank`: there is nothing on it. `reason` is a code of `archive.reasons` when the page could not be read, else
    empty.
    """

    needs_ocr: bool = False
    is_blank: bool = False
    reason: str = ""
    dpi: int | None = None
    """Dots per inch of the scan that the page is; None where it is none or nobody says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document at hand: its bytes in memory and what they are."""

    file: MemoryFile
    identified: Identified


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """What is known before the pages are read: how many there are, `warnings` (codes of `archive.reasons`), and the
    length of a recording.

    `pages` gives pages one after the other, in order; it may be left early and keeps no page once it is handed on.
    Raises ToolError when nothing of the document can be read, ToolUnavailableError to try again later.
    """

    media_type: str
    page_count: int
    pages: Iterator[ExtractedPage]
    warnings: tuple[str, ...] = ()
    seconds: int | None = None


class Extractor(Protocol):
    """One way to read documents. Extractors bid for a document; the highest bid above 0 reads it."""

    name: str

    def bid(self, identified: Identified) -> int:
        """How well this extractor suits such a document: 0 not at all, 100 made for it."""
        ...

    def extract(self, document: Document, *, first: int = 1, last: int | None = None) -> Extraction:
        """Opens the document and prepares to read pages `first` to `last`. Raises ToolError, ToolUnavailableError."""
        ...


def parse_page(found: Any, engine: str) -> ExtractedPage:
    """A page as a sandboxed child described it. Raises ToolError `tool_output` for anything out of shape.

    The child read foreign bytes, so it may have been taken over: types, lengths and numbers are checked, not believed.
    """
    try:
        lines = tuple(_parse_line(line) for line in found["lines"])
        return ExtractedPage(
            number=int(found["number"]),
            width=_number(found["width"]),
            height=_number(found["height"]),
            lines=lines,
            engine=str(found.get("engine", engine))[:60] if lines else engine,
            needs_ocr=found["needs_ocr"] is True,
            is_blank=found.get("blank") is True and not lines,
            reason=str(found.get("reason", ""))[:60],
            dpi=min(int(found["dpi"]), _MOST_DPI) if found.get("dpi") else None,
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
