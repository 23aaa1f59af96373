"""Raster images: every page is a scan; sizes come from a sandboxed child, text from recognition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archive.numbered import is_broken
from indexer.extract.types import Document, ExtractedPage, Extraction, parse_page
from indexer.identify import Identified, Kind
from render.errors import ToolError
from render.sandbox import SandboxPool


class ImageExtractor:
    """Gives one empty page that needs recognition for each page of a TIFF file or a file of pages, one for any other
    image."""

    name = "image"

    def __init__(self, render: SandboxPool) -> None:
        self._render = render

    def bid(self, identified: Identified) -> int:
        return 100 if identified.kind is Kind.IMAGE else 0

    def extract(self, document: Document, *, first: int = 1, last: int | None = None) -> Extraction:
        """Raises ToolError `image_too_large` (quarantined), `damaged` or the reason for which the child ended."""
        found, _ = self._render.call("image.inspect", {}, document.file)
        sizes, dpi, names = found.get("sizes"), found.get("dpi"), found.get("names")
        if not isinstance(sizes, list) or not sizes or len(sizes) != found.get("pages"):
            raise ToolError("tool_output")
        if not isinstance(dpi, list) or len(dpi) != len(sizes):
            raise ToolError("tool_output")
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise ToolError("tool_output")
        return Extraction(
            media_type=document.identified.media_type,
            page_count=len(sizes),
            pages=_read_pages(sizes, dpi, first, min(last or len(sizes), len(sizes))),
            warnings=("numbers_missing",) if is_broken(names) else (),
        )


def _read_pages(sizes: list[Any], dpi: list[Any], first: int, last: int) -> Iterator[ExtractedPage]:
    for number in range(first, last + 1):
        try:
            width, height = sizes[number - 1]
        except (TypeError, ValueError) as err:
            raise ToolError("tool_output") from err
        page = {"number": number, "width": width, "height": height, "lines": [], "needs_ocr": True}
        yield parse_page(page | {"dpi": dpi[number - 1]}, "image")
