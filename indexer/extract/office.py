"""Office documents, mail, web pages and drawings through Tika: XHTML → pages of plain text.

A slide is a page, a sheet is a page; what has no pages of its own is one page. Table rows are lines, cells are parted
by tabs. XHTML is read by a tolerant parser that knows no entities of the document's own and fetches nothing.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from archive.reasons import Outcome
from indexer.extract.encoding import decode, detect_encoding
from indexer.extract.text import read_plain_pages
from indexer.extract.types import Document, Extraction
from indexer.identify import Identified, Kind
from indexer.tools.tika import Parsed, TikaClient
from render.errors import ToolError
from render.memory_file import MemoryFile
from render.sandbox import SandboxPool

ENGINE = "tika"
_BIDS = {Kind.OFFICE: 100, Kind.MAIL: 100, Kind.WEB: 100, Kind.DRAWING: 50}
_PAGE_CLASSES = frozenset(("page", "slide-content", "sheet"))
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_BODY = ["html", "body"]
# Sheets and slides of OpenDocument come without names and classes.
_PAGE_TAGS = {
    "application/vnd.oasis.opendocument.spreadsheet": "table",
    "application/vnd.oasis.opendocument.presentation": "div",
}
_MOST_WEB_BYTES = 64 * 1024**2
_DECLARED_WITHIN = 8192
_DECLARED = re.compile(r"""((?:charset|encoding)\s*=\s*["']?\s*)[\w.:-]+""", re.I)
# Names of embedded files, and slide masters, which repeat the same words on every page.
_SKIPPED_CLASSES = frozenset(("package-entry", "embedded", "slide-master-content"))
_SKIPPED_TAGS = frozenset(("head", "script", "style"))
_BLOCKS = frozenset(
    (
        *("p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ul", "ol", "dl", "dt", "dd", "table", "tr", "caption"),
        *("blockquote", "pre", "section", "article", "header", "footer"),
    )
)
_CELLS = frozenset(("td", "th"))
_VOID = frozenset(("br", "hr", "img", "meta", "link", "input", "area", "base", "col", "wbr"))
_MAIL_FIELDS = ("dc:title", "Message-From", "Message-To", "Message-Cc")


class OfficeExtractor:
    """All that Tika reads better than we would."""

    name = "office"

    def __init__(self, tika: TikaClient, render: SandboxPool) -> None:
        self._tika = tika
        self._render = render

    def bid(self, identified: Identified) -> int:
        return _BIDS.get(identified.kind, 0)

    def extract(self, document: Document, *, first: int = 1, last: int | None = None) -> Extraction:
        """Raises ToolError (`encrypted`, `damaged`, `no_text`, …) or ParserUnavailableError."""
        identified = document.identified
        parsed = self._parse(document)
        pages = split_pages(parsed.xhtml, _PAGE_TAGS.get(identified.media_type, ""))
        deleted = self._find_deleted(document)
        pages[-1] = "\n".join((pages[-1], *(f"[-{text}-]" for text in deleted)))
        heading = _heading(parsed, identified.kind, pages[0])
        pages[0] = f"{heading}\n{pages[0]}" if heading else pages[0]
        if not any(page.strip() for page in pages):
            if parsed.is_damaged:
                raise ToolError("damaged")
            if identified.kind is Kind.DRAWING:
                raise ToolError("format_not_supported")
            raise ToolError("no_text", Outcome.EMPTY)
        return Extraction(
            media_type=identified.media_type,
            page_count=len(pages),
            pages=read_plain_pages(pages, first, last or len(pages), ENGINE),
            warnings=(
                *(("text_cut",) if parsed.is_cut else ()),
                *(("repaired",) if parsed.is_damaged else ()),
                *(("tracked_changes",) if deleted else ()),
                *(("drawing_facts_only",) if identified.kind is Kind.DRAWING else ()),
            ),
        )

    def _find_deleted(self, document: Document) -> list[str]:
        """What tracked changes took out of a Word document; the parser leaves it out."""
        if document.identified.media_type != _WORD:
            return []
        try:
            found, _ = self._render.call("word.deleted", {}, document.file)
        except ToolError:
            return []  # The text is at hand; what is wrong with the package was told by the parser.
        return [text for text in found.get("deleted", ()) if isinstance(text, str)]

    def _parse(self, document: Document) -> Parsed:
        if document.identified.kind is not Kind.WEB or document.file.size > _MOST_WEB_BYTES:
            return self._tika.parse(document.file, document.identified.media_type)
        with MemoryFile(to_utf8(document.file.read(document.file.size))) as page:
            return self._tika.parse(page, f"{document.identified.media_type}; charset=UTF-8")


def to_utf8(page: bytes) -> bytes:
    """A web page in UTF-8 that says so. What it declared is not asked: saved pages often name another encoding."""
    text = decode(page, detect_encoding(page) or "utf-8").removeprefix("\ufeff")
    return _DECLARED.sub(r"\1utf-8", text[:_DECLARED_WITHIN]).encode() + text[_DECLARED_WITHIN:].encode()


def _heading(parsed: Parsed, kind: Kind, body: str) -> str:
    """Subject and parties of a message, the title of a web page: text for the reader, kept outside the body."""
    fields = _MAIL_FIELDS if kind is Kind.MAIL else _MAIL_FIELDS[:1] if kind is Kind.WEB else ()
    found = (parsed.find(name) for name in fields)
    return "\n".join(value for value in found if value and value not in body)


def split_pages(xhtml: str, page_tag: str = "") -> list[str]:
    """Plain text of each page, at least one. `page_tag`: what stands for a page right below the body, if anything."""
    reader = _Reader(page_tag)
    reader.feed(xhtml)
    reader.close()
    return reader.pages()


class _Reader(HTMLParser):
    """Collects text; block ends become line feeds, cell ends tabs, page elements new pages."""

    def __init__(self, page_tag: str) -> None:
        super().__init__(convert_charrefs=True)
        self._page_tag = page_tag
        self._pages: list[list[str]] = [[]]
        self._open: list[str] = []
        self._skipped_at: int | None = None
        self._cells = 0
        self._has_page_marks = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        classes = set((dict(attrs).get("class") or "").split())
        if tag not in _VOID:
            self._open.append(tag)
        if self._skipped_at is not None:
            return
        if tag in _SKIPPED_TAGS or classes & _SKIPPED_CLASSES:
            self._skipped_at = len(self._open) if tag not in _VOID else None
        elif (tag == "div" and classes & _PAGE_CLASSES) or (tag == self._page_tag and self._open[:-1] == _BODY):
            self._start_page()
        elif tag in _CELLS:
            if self._cells:
                self._put("\t")
            self._cells += 1
        elif tag == "br" or tag in _BLOCKS:
            self._break()
            self._cells = 0 if tag == "tr" else self._cells

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self._open:
            return
        while self._open and self._open[-1] != tag:
            self._open.pop()
        is_last_skipped = self._skipped_at == len(self._open)
        self._open.pop()
        if self._skipped_at is not None:
            self._skipped_at = None if is_last_skipped or self._skipped_at > len(self._open) else self._skipped_at
        elif tag in _BLOCKS:
            self._break()

    def handle_data(self, data: str) -> None:
        if self._skipped_at is not None:
            return
        if "table" in self._open or self._in_cell():
            # Between cells Tika puts tabs and line feeds for looks; inside a cell a line feed is only a break.
            data = " ".join(data.split()) if self._in_cell() else data.strip()
        self._put(data)

    def _in_cell(self) -> bool:
        return "td" in self._open or "th" in self._open

    def _put(self, text: str) -> None:
        if text:
            self._pages[-1].append(text)

    def _break(self) -> None:
        if self._in_cell():
            # A line feed would end the row, so the paragraphs of a cell are parted by a blank.
            if self._pages[-1] and not self._pages[-1][-1].endswith((" ", "\t", "\n")):
                self._put(" ")
        elif self._pages[-1] and not self._pages[-1][-1].endswith("\n"):
            self._put("\n")

    def _start_page(self) -> None:
        # What stands before the first page mark belongs to the first page.
        if self._has_page_marks:
            self._pages.append([])
        self._has_page_marks = True

    def pages(self) -> list[str]:
        """The text of each page, blanks at line ends removed."""
        texts = ("".join(parts).replace(" \t", "\t") for parts in self._pages)
        return ["\n".join(line.rstrip() for line in text.splitlines() if line.strip()) for text in texts]
