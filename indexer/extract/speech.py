"""Recordings where a speech model is set up: what is said becomes pages of ten minutes each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from archive.texts import Line
from indexer.extract.media import inspect_recording
from indexer.extract.text import build_plain_lines
from indexer.extract.types import Document, ExtractedPage, Extraction
from indexer.identify import Identified, Kind
from render.errors import ToolError
from render.sandbox import SandboxPool

ENGINE = "faster-whisper"
_MOST_PAGES = 100


class SpeechExtractor:
    """The words of the container stand before what is said."""

    name = "speech"

    def __init__(self, formats: SandboxPool, speech: SandboxPool) -> None:
        self._formats = formats
        self._speech = speech

    def bid(self, identified: Identified) -> int:
        return 100 if identified.kind is Kind.MEDIA else 0

    def extract(self, document: Document, *, first: int = 1, last: int | None = None) -> Extraction:
        """Raises ToolError `damaged`, `too_large` or the reason for which a child ended."""
        known = inspect_recording(self._formats, document)
        found, _ = self._speech.call("speech.inspect", {}, document.file)
        count = found.get("pages")
        if not isinstance(count, int) or not 0 < count <= _MOST_PAGES:
            raise ToolError("tool_output")
        return Extraction(
            media_type=document.identified.media_type,
            page_count=count,
            pages=self._read(document, known.words, first, min(last or count, count)),
            seconds=known.seconds,
        )

    def _read(self, document: Document, words: str, first: int, last: int) -> Iterator[ExtractedPage]:
        for number in range(first, last + 1):
            before = tuple(build_plain_lines(words)) if number == 1 else ()
            try:
                found, _ = self._speech.call("speech.text", {"page": number}, document.file)
                said, reason = _read_said(found), ""
            except ToolError as err:
                said, reason = (), err.reason
            yield ExtractedPage(number, 0, 0, (*before, *said), ENGINE, reason=reason)


def _read_said(found: Mapping[str, Any]) -> tuple[Line, ...]:
    try:
        return tuple(
            Line(text, confidence=min(1.0, max(0.0, float(part["confidence"]))))
            for part in found["said"]
            if (text := str(part["text"])).strip()
        )
    except (KeyError, TypeError, ValueError) as err:
        raise ToolError("tool_output") from err
