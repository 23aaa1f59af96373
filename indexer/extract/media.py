"""Recordings: how long they last and the words that their container carries; what is said needs a speech model."""

from __future__ import annotations

from dataclasses import dataclass

from indexer.extract.text import read_plain_pages
from indexer.extract.types import Document, Extraction
from indexer.identify import Identified, Kind
from render.errors import ToolError
from render.sandbox import SandboxPool

ENGINE = "mediainfo"
_LONGEST_SECONDS = 10_000_000


@dataclass(frozen=True, slots=True)
class Recording:
    """What the container says: its words, a line each, and the length in whole seconds where it can be told."""

    words: str
    seconds: int | None


class MediaExtractor:
    """Title, performer, description and the like, as one page."""

    name = "media"

    def __init__(self, formats: SandboxPool) -> None:
        self._formats = formats

    def bid(self, identified: Identified) -> int:
        return 50 if identified.kind is Kind.MEDIA else 0

    def extract(self, document: Document, *, first: int = 1, last: int | None = None) -> Extraction:
        """Raises ToolError `damaged` or the reason for which the child ended."""
        found = inspect_recording(self._formats, document)
        return Extraction(
            media_type=document.identified.media_type,
            page_count=1,
            pages=read_plain_pages([found.words], first, last or 1, ENGINE),
            warnings=("media_without_transcript",),
            seconds=found.seconds,
        )


def inspect_recording(formats: SandboxPool, document: Document) -> Recording:
    """What the container of a recording says. Raises ToolError `damaged`."""
    found, _ = formats.call("media.inspect", {}, document.file)
    words, seconds = found.get("words"), found.get("seconds")
    if not isinstance(words, str):
        raise ToolError("tool_output")
    if not isinstance(seconds, float | int) or not 0 <= seconds < _LONGEST_SECONDS:
        return Recording(words, None)
    return Recording(words, round(seconds))
