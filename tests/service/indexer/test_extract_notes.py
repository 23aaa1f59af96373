"""Notes and form fields of PDF pages through the real children."""

from __future__ import annotations

import pytest

from indexer.extract.paged import PdfExtractor
from indexer.extract.registry import open_document
from indexer.extract.types import ExtractedPage, Extraction
from render.sandbox import SandboxPool
from tests.service.indexer import papers, raw_pdf


def read(render: SandboxPool, data: bytes) -> tuple[Extraction, ExtractedPage]:
    document = open_document(data, "a.pdf")
    with document.file:
        extraction = PdfExtractor(render).extract(document)
        (page,) = extraction.pages
    return extraction, page


def test_words_that_the_viewer_must_draw_are_read(render: SandboxPool) -> None:
    extraction, page = read(render, raw_pdf.build_noted())
    assert sorted(page.text.split()) == ["合格", "第二行", "请财务处复核", "锅炉三号"]
    assert extraction.warnings == ()


@pytest.mark.parametrize(("rotation", "corner"), [(0, (100, 842 - 724)), (90, (700, 100)), (180, (595 - 160, 700))])
def test_notes_have_places_on_turned_pages(render: SandboxPool, rotation: int, corner: tuple[float, float]) -> None:
    _, page = read(render, raw_pdf.build_noted(rotation=rotation))
    box = next(line.box for line in page.lines if line.text == "请财务处复核")
    assert box is not None
    assert box[:2] == pytest.approx(corner, abs=1)


def test_note_that_is_drawn_is_read_once(render: SandboxPool) -> None:
    pdf = papers.Pdf()
    pdf.text(72, 72, "Maintenance form")
    pdf.canvas.acroForm.textfield(name="device", value="Boiler No 3", x=72, y=600, width=200, height=24)
    _, page = read(render, pdf.save())
    assert page.text == "Maintenance form\nBoiler No 3"


def test_scripts_are_flagged(render: SandboxPool) -> None:
    assert read(render, raw_pdf.build_noted(script=True))[0].warnings == ("has_macros",)
