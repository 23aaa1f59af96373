"""Drawings in DXF: the words of each layout, read in a sandboxed child. Layouts have no places that a reader sees."""

from __future__ import annotations

from archive.reasons import Outcome
from indexer.extract.text import read_plain_pages
from indexer.extract.types import TEXT_LIMIT, Document, Extraction
from indexer.identify import DXF, Identified
from render.errors import ToolError
from render.sandbox import SandboxPool

ENGINE = "ezdxf"


class DxfExtractor:
    """Model space is the first page, the sheets for plotting follow."""

    name = "dxf"

    def __init__(self, formats: SandboxPool) -> None:
        self._formats = formats

    def bid(self, identified: Identified) -> int:
        return 100 if identified.media_type == DXF else 0

    def extract(self, document: Document, *, first: int = 1, last: int | None = None) -> Extraction:
        """Raises ToolError `damaged`, `no_text` or the reason for which the child ended."""
        found, _ = self._formats.call("dxf.text", {}, document.file)
        texts = found.get("texts")
        if not isinstance(texts, list) or not texts or not all(isinstance(text, str) for text in texts):
            raise ToolError("tool_output")
        if not any(text.strip() for text in texts):
            raise ToolError("no_text", Outcome.EMPTY)
        pages, is_cut = _cut(texts)
        return Extraction(
            media_type=document.identified.media_type,
            page_count=len(pages),
            pages=read_plain_pages(pages, first, last or len(pages), ENGINE),
            warnings=(*(("text_cut",) if is_cut else ()), *(("repaired",) if found.get("repaired") is True else ())),
        )


def _cut(texts: list[str]) -> tuple[list[str], bool]:
    """The texts up to the limit of characters, all together, and whether something was cut."""
    left, kept = TEXT_LIMIT, []
    for text in texts:
        kept.append(text[:left])
        left -= len(kept[-1])
    return kept, sum(map(len, texts)) > TEXT_LIMIT
