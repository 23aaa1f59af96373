"""Plain text and tables of commas or tabs. Decoding is memory-safe, so it happens in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archive.reasons import Outcome
from archive.texts import Line
from indexer.extract.encoding import decode, detect_encoding
from indexer.extract.types import TEXT_LIMIT, Document, ExtractedPage, Extraction
from indexer.identify import Identified, Kind
from render.errors import ToolError

_LONGEST_LINE = 4000
# Four bytes are the most that any of the encodings needs for one character.
_MOST_BYTES = 4 * TEXT_LIMIT
_BREAKS = "。！？；，、 ,;\t"


class TextExtractor:
    """Text files; a form feed starts a new page, as it does on a printer."""

    name = "text"

    def bid(self, identified: Identified) -> int:
        return 100 if identified.kind is Kind.TEXT else 0

    def extract(self, document: Document, *, first: int = 1, last: int | None = None) -> Extraction:
        """Raises ToolError `format_not_supported` when the bytes are no text after all, `no_text` for blanks."""
        data = document.file.read(_MOST_BYTES)
        encoding = detect_encoding(data)
        if encoding is None:
            raise ToolError("format_not_supported")
        text = decode(data, encoding)
        is_cut = len(text) > TEXT_LIMIT or document.file.size > _MOST_BYTES
        pages = text[:TEXT_LIMIT].rstrip("\f\r\n").split("\f")
        if not text.strip("\f\r\n\t \x00\ufeff"):
            raise ToolError("no_text", Outcome.EMPTY)
        return Extraction(
            media_type=document.identified.media_type,
            page_count=len(pages),
            pages=read_plain_pages(pages, first, last or len(pages), "text"),
            warnings=("text_cut",) if is_cut else (),
        )


def read_plain_pages(pages: Sequence[str], first: int, last: int, engine: str) -> Iterator[ExtractedPage]:
    """Pages `first` to `last` (from 1) of texts that have no places."""
    for number in range(first, min(last, len(pages)) + 1):
        yield ExtractedPage(number, 0, 0, tuple(build_plain_lines(pages[number - 1])), engine)


def build_plain_lines(text: str) -> Iterator[Line]:
    """Lines without places. One longer than 4,000 characters is cut after a stop or a blank where there is one."""
    for line in text.splitlines():
        rest = line.rstrip()
        while len(rest) > _LONGEST_LINE:
            window = rest[:_LONGEST_LINE]
            cut = max(window.rfind(mark) for mark in _BREAKS) + 1 or _LONGEST_LINE
            yield Line(text=rest[:cut])
            rest = rest[cut:]
        if rest.strip():
            yield Line(text=rest)
