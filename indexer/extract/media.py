"""Recordings: the words that their container carries; what is said in them only where a speech model is set up."""

from __future__ import annotations

from archive.reasons import Outcome
from indexer.extract.text import read_plain_pages
from indexer.extract.types import Document, Extraction
from indexer.identify import Identified, Kind
from render.errors import ToolError
from render.sandbox import SandboxPool

ENGINE = "mediainfo"


class MediaExtractor:
    """Title, performer, description and the like, as one page."""

    name = "media"

    def __init__(self, formats: SandboxPool) -> None:
        self._formats = formats

    def bid(self, identified: Identified) -> int:
        return 50 if identified.kind is Kind.MEDIA else 0

    def extract(self, document: Document, *, first: int = 1, last: int | None = None) -> Extraction:
        """Raises ToolError `damaged`, or `media_without_transcript` (empty) when there is no word."""
        words = read_words(self._formats, document)
        if not words.strip():
            raise ToolError("media_without_transcript", Outcome.EMPTY)
        return Extraction(
            media_type=document.identified.media_type,
            page_count=1,
            pages=read_plain_pages([words], first, last or 1, ENGINE),
            warnings=("media_without_transcript",),
        )


def read_words(formats: SandboxPool, document: Document) -> str:
    """The words of the container, a line each. Raises ToolError `damaged`."""
    found, _ = formats.call("media.inspect", {}, document.file)
    words = found.get("words")
    if not isinstance(words, str):
        raise ToolError("tool_output")
    return words
