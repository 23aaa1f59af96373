"""Documents with fixed pages, PDF and OFD: text with places, page by page, in a sandboxed child."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from archive.reasons import Outcome
from indexer.extract.types import Document, ExtractedPage, Extraction, parse_page
from indexer.identify import Identified, Kind
from render.errors import ToolError
from render.sandbox import SandboxPool

_CHUNK = 16


class PagedExtractor:
    """Reads pages in chunks, so that ten thousand pages need no more memory than sixteen.

    `name` is also that of the operations in the child.
    """

    name: ClassVar[str]
    kind: ClassVar[Kind]
    engine: ClassVar[str]

    def __init__(self, children: SandboxPool) -> None:
        self._children = children

    def bid(self, identified: Identified) -> int:
        return 100 if identified.kind is self.kind else 0

    def extract(self, document: Document, *, first: int = 1, last: int | None = None) -> Extraction:
        """Raises ToolError `encrypted`, `damaged` or the reason for which the child ended."""
        found, _ = self._children.call(f"{self.name}.inspect", {}, document.file)
        count = _count(found.get("pages"))
        warnings = (
            *(("repaired",) if found.get("repaired") is True else ()),
            *(("has_macros",) if found.get("scripts") else ()),
        )
        return Extraction(
            media_type=document.identified.media_type,
            page_count=count,
            pages=self._read(document, first, min(last or count, count)),
            warnings=warnings,
        )

    def _read(self, document: Document, first: int, last: int) -> Iterator[ExtractedPage]:
        for start in range(first, last + 1, _CHUNK):
            end = min(start + _CHUNK - 1, last)
            try:
                pages = self._read_chunk(document, start, end)
            except ToolError as err:
                if err.outcome == Outcome.QUARANTINED:
                    raise
                # One bad page must not cost its neighbours: the chunk again, each page on its own.
                pages = [self._read_alone(document, number) for number in range(start, end + 1)]
            yield from pages

    def _read_chunk(self, document: Document, first: int, last: int) -> list[ExtractedPage]:
        found, _ = self._children.call(f"{self.name}.text", {"first": first, "last": last}, document.file)
        pages = [parse_page(page, self.engine) for page in found.get("pages", ())]
        if [page.number for page in pages] != list(range(first, last + 1)):
            raise ToolError("tool_output")
        return pages

    def _read_alone(self, document: Document, number: int) -> ExtractedPage:
        try:
            return self._read_chunk(document, number, number)[0]
        except ToolError as err:
            return ExtractedPage(number, 0, 0, (), self.engine, reason=err.reason)


class PdfExtractor(PagedExtractor):
    """PDF documents."""

    name = "pdf"
    kind = Kind.PDF
    engine = "pdfium"


class OfdExtractor(PagedExtractor):
    """OFD documents (GB/T 33190)."""

    name = "ofd"
    kind = Kind.OFD
    engine = "ofd"


def _count(value: object) -> int:
    if not isinstance(value, int) or not 0 < value < 1_000_000:
        raise ToolError("tool_output")
    return value
