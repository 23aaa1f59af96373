"""PDF files, images and recognition, through the real children."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
import psutil
import pytest
from PIL import Image, ImageDraw

from archive.texts import Line, PageText
from indexer.extract.image import ImageExtractor
from indexer.extract.paged import PdfExtractor
from indexer.extract.recognition import Recogniser
from indexer.extract.registry import open_document
from indexer.extract.types import Document, ExtractedPage, Extraction
from render import programs
from render.errors import ToolError
from render.sandbox import SandboxPool
from tests.service.indexer import papers

DPI = 200


@pytest.fixture(scope="module")
def recogniser() -> Iterator[Recogniser]:
    with SandboxPool(1, programs.READER) as pool:
        yield Recogniser(pool, dpi=DPI)


def read(
    render: SandboxPool, opened: list[Document], data: bytes, name: str = ""
) -> tuple[Extraction, list[ExtractedPage]]:
    document = open_document(data, name)
    opened.append(document)
    extractor = next(e for e in (PdfExtractor(render), ImageExtractor(render)) if e.bid(document.identified))
    extraction = extractor.extract(document)
    return extraction, list(extraction.pages)


def draw(render: SandboxPool, document: Document, page: int = 1, **size: int) -> Image.Image:
    params = {"page": page, "max_pixels": 10_000_000, **size}
    found, data = render.call(f"{document.identified.kind}.render", params, document.file)
    return Image.frombytes("RGB", (found["width"], found["height"]), data)


def ink_share(image: Image.Image, page: PageText, line: Line, start: int, end: int) -> float:
    """Share of the ink of the whole page that lies in the box of some characters."""
    dark = np.asarray(image.convert("L")) < 128
    scale = image.width / page.width
    x0, y0, x1, y1 = (round(value * scale) for value in line.span_box(start, end) or (0, 0, 0, 0))
    return float(dark[y0 : y1 + 1, x0 : x1 + 1].sum() / dark.sum())


def test_text_has_places_in_points_from_the_top_left(render: SandboxPool, opened: list[Document]) -> None:
    pdf = papers.Pdf()
    pdf.text(100, 200, "屋面渗漏维修", size=20)
    extraction, (page,) = read(render, opened, pdf.save())
    (line,) = page.lines
    assert (extraction.page_count, extraction.warnings, page.engine) == (1, (), "pdfium")
    assert (round(page.width), round(page.height), page.needs_ocr, page.confidence) == (595, 842, False, None)
    assert (line.text, len(line.edges)) == ("屋面渗漏维修", 6)
    box = line.span_box(2, 4)
    assert box is not None
    assert box[0] == pytest.approx(140, abs=1)
    assert box[2] == pytest.approx(180, abs=1)
    assert box[1] < 200 < box[3] + 1
    assert 15 < box[3] - box[1] < 32


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_boxes_lie_over_the_ink_on_turned_pages(render: SandboxPool, opened: list[Document], rotation: int) -> None:
    pdf = papers.Pdf()
    pdf.canvas.setPageRotation(rotation)
    pdf.text(100, 500, "MMMM", size=30)
    _, (page,) = read(render, opened, pdf.save())
    image = draw(render, opened[0], dpi=144)
    assert (image.width, image.height) == pytest.approx((page.width * 2, page.height * 2), abs=2)
    (line,) = page.lines
    assert ink_share(image, page, line, 0, 4) > 0.97
    assert ink_share(image, page, line, 1, 2) == pytest.approx(0.25, abs=0.05)
    assert line.vertical is (rotation in (90, 270))


def test_cropped_page_shifts_the_boxes(render: SandboxPool, opened: list[Document]) -> None:
    pdf = papers.Pdf()
    pdf.canvas.setCropBox((50, 300, 500, 800))
    pdf.text(100, 200, "MMMM", size=30)
    _, (page,) = read(render, opened, pdf.save())
    assert (page.width, page.height) == (450, 500)
    assert ink_share(draw(render, opened[0], dpi=144), page, page.lines[0], 0, 4) > 0.97


def test_form_fields_are_read_with_the_page(render: SandboxPool, opened: list[Document]) -> None:
    pdf = papers.Pdf()
    pdf.text(72, 72, "Maintenance form")
    pdf.canvas.acroForm.textfield(name="device", value="Boiler No 3", x=72, y=600, width=200, height=24)
    _, (page,) = read(render, opened, pdf.save())
    assert "Boiler No 3" in page.text


def test_many_pages_come_in_order_with_flat_memory(render: SandboxPool, opened: list[Document]) -> None:
    document = open_document(papers.build_report(400), "")
    opened.append(document)
    pages = PdfExtractor(render).extract(document).pages
    numbers, memory = [], []
    for page in pages:
        assert page.text.startswith(f"第{page.number}页")
        numbers.append(page.number)
        if page.number % 100 == 0:
            memory.append(psutil.Process(render.pids()[0]).memory_info().rss)
    assert numbers == list(range(1, 401))
    assert memory[-1] - memory[0] < 20 * 1024**2


def test_chosen_pages(render: SandboxPool, opened: list[Document]) -> None:
    document = open_document(papers.build_report(40), "")
    opened.append(document)
    extraction = PdfExtractor(render).extract(document, first=15, last=18)
    assert [page.number for page in extraction.pages] == [15, 16, 17, 18]
    assert extraction.page_count == 40


def test_locked_pdf_is_encrypted(render: SandboxPool, opened: list[Document]) -> None:
    pdf = papers.Pdf(encrypt="secret")
    pdf.text(72, 72, "locked")
    with pytest.raises(ToolError) as caught:
        read(render, opened, pdf.save())
    assert (caught.value.reason, caught.value.outcome) == ("encrypted", "unreadable")


@pytest.mark.parametrize("data", [b"%PDF-1.7\n" + b"x" * 500, papers.build_report(1)[:150]], ids=["noise", "stump"])
def test_broken_pdf_is_damaged(render: SandboxPool, opened: list[Document], data: bytes) -> None:
    with pytest.raises(ToolError, match="damaged"):
        read(render, opened, data)


def test_pdf_without_its_end_is_repaired_and_said_so(render: SandboxPool, opened: list[Document]) -> None:
    data = papers.build_report(3)
    extraction, pages = read(render, opened, data[: data.rindex(b"xref")])
    assert extraction.warnings == ("repaired",)
    assert [page.text[:3] for page in pages] == ["第1页", "第2页", "第3页"]


def test_only_pages_without_usable_text_need_recognition(render: SandboxPool, opened: list[Document]) -> None:
    pdf = papers.Pdf()
    pdf.text(72, 72, "电子签章页" * 20)
    pdf.end_page()
    pdf.picture(papers.draw_scan(size=(1240, 1754)))
    pdf.end_page()
    pdf.picture(papers.draw_scan(size=(1240, 1754)))
    pdf.text(280, 830, "3")
    pdf.end_page()
    pdf.canvas.showPage()
    _, pages = read(render, opened, pdf.save())
    assert [page.needs_ocr for page in pages] == [False, True, True, False]


def test_recognised_page_of_a_pdf_is_in_points(
    render: SandboxPool, recogniser: Recogniser, opened: list[Document]
) -> None:
    pdf = papers.Pdf()
    pdf.picture(papers.draw_scan(size=(1240, 1754), turn=1.5))
    pdf.text(300, 830, "第 1 页")
    _, (page,) = read(render, opened, pdf.save())
    found = recogniser.read(opened[0], page)
    assert found.text.split("\n")[:2] == list(papers.LETTER[:2])
    assert found.text.endswith("第 1 页")
    assert found.engine.startswith("pdfium+rapidocr")
    assert found.confidence is not None
    assert found.confidence > 0.9
    assert (round(found.width), round(found.height), found.needs_ocr) == (595, 842, False)
    image = draw(render, opened[0], dpi=144)
    shares = [ink_share(image, found, line, 0, len(line.text)) for line in found.lines]
    assert sum(shares) > 0.95


def test_box_of_a_word_lies_over_the_word(render: SandboxPool, recogniser: Recogniser, opened: list[Document]) -> None:
    """Every character's box must hold the place where we drew it, on a line that mixes wide and narrow ones."""
    _, (page,) = read(render, opened, papers.save(papers.draw_scan(), "PNG"))
    found = recogniser.read(opened[0], page)
    line = next(line for line in found.lines if "HT-2023-021" in line.text)
    assert line.text.replace(" ", "") == papers.LETTER[2].replace(" ", "")
    font = papers.find_font(48)
    for word in ("合同编号", "HT-2023-021", "68000", "元"):
        drawn = 100 + font.getlength(papers.LETTER[2][: papers.LETTER[2].index(word)])
        start = line.text.index(word)
        box = line.span_box(start, start + len(word))
        assert box is not None
        assert box[0] == pytest.approx(drawn, abs=24)
        assert box[2] == pytest.approx(drawn + font.getlength(word), abs=24)
        assert box[1] < 100 + 240 + 40 < box[3]


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("PNG", {}),
        ("JPEG", {"quality": 80}),
        ("BMP", {}),
        ("WEBP", {"quality": 80}),
        ("GIF", {}),
        ("JPEG2000", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
    ],
)
def test_every_format_is_one_page_in_pixels(
    render: SandboxPool, opened: list[Document], form: str, options: dict[str, object]
) -> None:
    extraction, (page,) = read(render, opened, papers.save(papers.draw_scan(), form, **options))
    assert (extraction.page_count, page.width, page.height, page.needs_ocr) == (1, 1240, 800, True)
    small = draw(render, opened[0], longest=310)
    assert small.size == (310, 200)
    assert np.asarray(small.convert("L")).min() < 100


def test_pages_of_a_two_coloured_tiff(render: SandboxPool, recogniser: Recogniser, opened: list[Document]) -> None:
    first, second = papers.draw_scan(mode="1"), papers.draw_scan(("第二页归档材料",), mode="1")
    data = papers.save(first, "TIFF", compression="group4", save_all=True, append_images=[second], dpi=(200, 200))
    extraction, pages = read(render, opened, data)
    assert extraction.page_count == 2
    assert recogniser.read(opened[0], pages[1]).text == "第二页归档材料"
    assert draw(render, opened[0], 2, dpi=100).size == (620, 400)
    grey = np.unique(np.asarray(draw(render, opened[0], 1, dpi=100)))
    assert len(grey) > 2  # smoothed, not a choice of black dots


@pytest.mark.parametrize("form", ["JPEG", "TIFF", "PNG"])
def test_orientation_is_respected(
    render: SandboxPool, recogniser: Recogniser, opened: list[Document], form: str
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the upper side of the scene is at the right of the stored image
    stored = papers.draw_scan(size=(1240, 800)).rotate(90, expand=True)
    _, (page,) = read(render, opened, papers.save(stored, form, exif=exif))
    assert (page.width, page.height) == (1240, 800)
    assert draw(render, opened[0], longest=620).size == (620, 400)
    found = recogniser.read(opened[0], page)
    assert found.text.split("\n")[0] == papers.LETTER[0]
    assert (found.width, found.height) == (1240, 800)


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "RGBA", "LA", "I;16"])
def test_unusual_pixels_are_shown_on_white(render: SandboxPool, opened: list[Document], mode: str) -> None:
    page = papers.draw_scan(size=(600, 400))
    if mode == "I;16":
        page = Image.fromarray((np.asarray(page.convert("L")).astype(np.uint16)) * 16)
    elif mode in ("RGBA", "LA"):
        clear = Image.new("RGBA", page.size, (0, 0, 0, 0))
        clear.paste(page, mask=page.convert("L").point(lambda value: 255 - value))
        page = clear.convert(mode)
    else:
        page = page.convert(mode)
    read(render, opened, papers.save(page, "TIFF" if mode in ("CMYK", "I;16") else "PNG"))
    shown = np.asarray(draw(render, opened[0], longest=600).convert("L"))
    assert shown[5, 5] > 240
    assert shown.min() < 60


def test_image_of_an_extreme_size_is_quarantined_before_decoding(render: SandboxPool, opened: list[Document]) -> None:
    bomb = papers.save(Image.new("1", (20_000, 20_000)), "PNG")
    before = psutil.Process(render.pids()[0]).memory_info().rss if render.pids() else 0
    with pytest.raises(ToolError) as caught:
        read(render, opened, bomb)
    assert (caught.value.reason, caught.value.outcome) == ("image_too_large", "quarantined")
    assert not before or psutil.Process(render.pids()[0]).memory_info().rss - before < 50 * 1024**2


@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF"])
def test_cut_image_is_damaged(render: SandboxPool, recogniser: Recogniser, opened: list[Document], form: str) -> None:
    data = papers.save(papers.draw_scan(), form)
    with pytest.raises(ToolError, match="damaged"):
        _, (page,) = read(render, opened, data[: len(data) // 2])
        recogniser.read(opened[0], page)


def test_blank_image_has_no_lines(render: SandboxPool, recogniser: Recogniser, opened: list[Document]) -> None:
    _, (page,) = read(render, opened, papers.save(Image.new("RGB", (800, 600), "white"), "PNG"))
    found = recogniser.read(opened[0], page)
    assert (found.lines, found.confidence, found.needs_ocr) == ((), None, False)


@pytest.mark.parametrize("form", ["PDF", "PNG", "TIFF", "GIF"])
def test_page_that_is_not_there(render: SandboxPool, opened: list[Document], form: str) -> None:
    frames = {"save_all": True, "append_images": [Image.new("RGB", (50, 50), "red")]} if form == "GIF" else {}
    page = Image.new("RGB", (50, 50), "blue")
    read(render, opened, papers.build_report(1) if form == "PDF" else papers.save(page, form, **frames))
    for page in (0, 2, -1):
        with pytest.raises(ToolError, match="page_not_found"):
            draw(render, opened[0], page, dpi=50)


def test_large_page_is_drawn_within_the_limit(render: SandboxPool, opened: list[Document]) -> None:
    pdf = papers.Pdf()
    pdf.canvas.setPageSize((3370, 2384))  # A0
    pdf.text(100, 100, "竣工图")
    read(render, opened, pdf.save())
    image = draw(render, opened[0], dpi=600)
    assert 9_500_000 < image.width * image.height <= 10_010_000


def test_one_source_serves_file_objects_too(opened: list[Document]) -> None:
    document = open_document(io.BytesIO(b"%PDF-1.4 ..."), "x.pdf")
    opened.append(document)
    assert document.file.read(8) == b"%PDF-1.4"


@pytest.mark.parametrize("size", [24, 29])
def test_lonely_small_line_on_clean_paper(
    render: SandboxPool, recogniser: Recogniser, opened: list[Document], size: int
) -> None:
    sheet = Image.new("1", (1654, 2339), 1)
    ImageDraw.Draw(sheet).text((700, 1100), "此页无正文", font=papers.find_font(size), fill=0)
    _, (page,) = read(render, opened, papers.save(sheet, "TIFF", compression="group4"))
    assert recogniser.read(opened[0], page).text == "此页无正文"


def test_small_lettering_on_a_wall_sized_drawing(
    render: SandboxPool, recogniser: Recogniser, opened: list[Document]
) -> None:
    """A1 at 200 dots an inch: shrunk to one picture these words would be nine pixels high."""
    pdf = papers.Pdf()
    plan = Image.new("L", (6622, 4677), "white")
    pen, words = ImageDraw.Draw(plan), ("水竣一〇三", "消防泵房平面图", "晋北市建筑设计院", "竣工日期二〇二二年")
    for word, place in zip(words, ((300, 200), (2200, 1000), (3900, 2300), (5600, 4400)), strict=True):
        pen.text(place, word, font=papers.find_font(32), fill="black")
    pdf.canvas.setPageSize((2384, 1684))
    pdf.canvas.drawInlineImage(plan, 0, 0, 2384, 1684)
    _, (page,) = read(render, opened, pdf.save())
    found = recogniser.read(opened[0], page)
    assert found.text.split("\n") == list(words)
    box = found.lines[1].box
    assert box is not None
    assert (box[0], box[1]) == pytest.approx((2200 * 0.36, 1000 * 0.36), abs=10)
