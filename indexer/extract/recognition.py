"""Recognition of the page images that have no usable text, in sandboxed children that hold the models."""

from __future__ import annotations

from dataclasses import replace

from archive.texts import Box, Line
from indexer.extract.types import Document, ExtractedPage, parse_page
from indexer.identify import Kind
from render.errors import ToolError
from render.sandbox import SandboxPool

ENGINE = "rapidocr"
_KINDS = {Kind.PDF: "pdf", Kind.OFD: "ofd", Kind.IMAGE: "image"}
_COVERED = 0.5


class Recogniser:
    """Reads page images at `dpi` dots an inch (pages of PDF and OFD; images are read as they are)."""

    def __init__(self, reader: SandboxPool, *, dpi: int) -> None:
        self._reader = reader
        self._dpi = dpi

    def read(self, document: Document, page: ExtractedPage) -> ExtractedPage:
        """`page` with what recognition found added to its own lines; it needs no more recognition.

        Raises ToolError when the page cannot be drawn or read, ToolUnavailableError to try again later.
        """
        kind = _KINDS.get(document.identified.kind)
        if kind is None:
            raise ToolError("format_not_supported")
        params = {"kind": kind, "page": page.number, "dpi": self._dpi}
        found, _ = self._reader.call("ocr.page", params, document.file)
        recognised = parse_page(found, ENGINE)
        if recognised.number != page.number:
            raise ToolError("tool_output")
        return merge(page, recognised)


def merge(page: ExtractedPage, recognised: ExtractedPage) -> ExtractedPage:
    """The text layer, exact as it is, and every recognised line whose place the layer leaves empty."""
    if not page.lines:
        return recognised
    taken = [line.box for line in page.lines if line.box]
    added = [line for line in recognised.lines if line.box and _covered(line.box, taken) < _COVERED]
    lines = tuple(sorted((*page.lines, *added), key=_top))
    engine = f"{page.engine}+{recognised.engine}" if added else page.engine
    return replace(page, lines=lines, engine=engine, needs_ocr=False)


def _top(line: Line) -> tuple[float, float]:
    return (line.box[1], line.box[0]) if line.box else (0.0, 0.0)


def _covered(box: Box, taken: list[Box]) -> float:
    """Share of `box` under the boxes of `taken`, which hardly overlap each other."""
    area = max((box[2] - box[0]) * (box[3] - box[1]), 1e-6)
    shared = 0.0
    for other in taken:
        across = min(box[2], other[2]) - max(box[0], other[0])
        down = min(box[3], other[3]) - max(box[1], other[1])
        shared += max(across, 0.0) * max(down, 0.0)
    return shared / area
