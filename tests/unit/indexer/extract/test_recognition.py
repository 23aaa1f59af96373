"""What recognition adds to a page that has some text of its own."""

from __future__ import annotations

from archive.texts import Line
from indexer.extract.recognition import merge
from indexer.extract.types import ExtractedPage


def line(text: str, y: float, confidence: float | None = None, *, x: float = 10) -> Line:
    width = 12.0 * len(text)
    edges = tuple(x + 12.0 * (index + 1) for index in range(len(text)))
    return Line(text=text, box=(x, y, x + width, y + 12), edges=edges, confidence=confidence)


def page_of(*lines: Line, engine: str, needs_ocr: bool = False) -> ExtractedPage:
    return ExtractedPage(1, 595, 842, lines, engine, needs_ocr=needs_ocr)


def test_page_without_text_takes_all() -> None:
    recognised = page_of(line("扫描件", 50, 0.9), engine="rapidocr")
    assert merge(page_of(engine="pdfium", needs_ocr=True), recognised) == recognised


def test_layer_stays_and_empty_places_are_filled_in_order() -> None:
    layer = page_of(line("第1页", 800), line("电子签收", 100), engine="pdfium", needs_ocr=True)
    recognised = page_of(line("电于签收", 101, 0.6), line("正文一行", 300, 0.9), engine="rapidocr")
    page = merge(layer, recognised)
    assert page.text == "电子签收\n正文一行\n第1页"
    assert page.engine == "pdfium+rapidocr"
    assert page.confidence == 0.9
    assert page.needs_ocr is False


def test_nothing_new_leaves_the_engine() -> None:
    layer = page_of(line("电子签收", 100), engine="pdfium", needs_ocr=True)
    page = merge(layer, page_of(line("电于签收", 101, 0.6), engine="rapidocr"))
    assert (page.text, page.engine, page.confidence, page.needs_ocr) == ("电子签收", "pdfium", None, False)
