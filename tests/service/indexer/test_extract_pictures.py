"""Raster images as scanners, telephones and fax machines make them, through the real children."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageOps

from indexer.extract.image import ImageExtractor
from indexer.extract.paged import PdfExtractor
from indexer.extract.registry import open_document
from indexer.extract.types import Document, ExtractedPage
from indexer.identify import Kind
from render.sandbox import SandboxPool
from tests.indexer_world import make_pdf
from tests.service.indexer import papers

SIZE = (620, 400)


@pytest.fixture(scope="module")
def sheet() -> Image.Image:
    """A page with its lettering in the upper left quarter only, so that its orientation shows."""
    page = Image.new("RGB", SIZE, "white")
    page.paste(papers.draw_scan().resize((310, 200)), (0, 0))
    return page


def read(render: SandboxPool, opened: list[Document], data: bytes, name: str = "") -> list[ExtractedPage]:
    document = open_document(data, name)
    opened.append(document)
    assert document.identified.kind is Kind.IMAGE
    return list(ImageExtractor(render).extract(document).pages)


def draw(render: SandboxPool, document: Document, page: int = 1) -> np.ndarray[Any, Any]:
    params = {"page": page, "max_pixels": 10_000_000, "longest": 620}
    found, data = render.call("image.render", params, document.file)
    return np.asarray(Image.frombytes("RGB", (found["width"], found["height"]), data).convert("L"))


def ink(shown: np.ndarray[Any, Any]) -> tuple[bool, bool, bool, bool]:
    """Which quarters have lettering: upper left, upper right, lower left, lower right."""
    height, width = (side // 2 for side in shown.shape)
    parts = (shown[:height, :width], shown[:height, width:], shown[height:, :width], shown[height:, width:])
    return tuple(bool((part < 110).sum() > 50) for part in parts)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("form", "mode", "options"),
    [
        ("TIFF", "RGB", {"compression": "jpeg"}),
        ("TIFF", "L", {"compression": "jpeg"}),
        ("TIFF", "1", {"compression": "group3"}),
        ("TIFF", "1", {"compression": "group4"}),
        ("TIFF", "RGB", {"compression": "tiff_deflate"}),
        ("TIFF", "P", {"compression": "packbits"}),
        ("TIFF", "RGB", {"big_tiff": True}),
        ("JPEG", "CMYK", {"quality": 90}),
        ("JPEG", "L", {"progressive": True}),
        ("PNG", "1", {}),
        ("PNG", "P", {}),
        ("BMP", "1", {}),
        ("BMP", "P", {}),
        ("WEBP", "RGB", {"lossless": True}),
        ("JPEG2000", "RGB", {}),
        ("JPEG2000", "L", {"no_jp2": True}),
    ],
)
def test_ink_stays_where_it_is(
    render: SandboxPool, opened: list[Document], sheet: Image.Image, form: str, mode: str, options: dict[str, Any]
) -> None:
    (page,) = read(render, opened, papers.save(sheet.convert(mode), form, **options))
    assert (page.width, page.height, page.needs_ocr) == (*SIZE, True)
    assert ink(draw(render, opened[0])) == (True, False, False, False)


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_sixteen_bits_a_pixel(render: SandboxPool, opened: list[Document], sheet: Image.Image, form: str) -> None:
    deep = Image.fromarray(np.asarray(sheet.convert("L")).astype(np.uint16) * 257)
    read(render, opened, papers.save(deep, form))
    assert ink(draw(render, opened[0])) == (True, False, False, False)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "WEBP", "PNG", "TIFF"])
def test_every_orientation_is_shown_upright(
    render: SandboxPool, opened: list[Document], sheet: Image.Image, orientation: int, form: str
) -> None:
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the transposition that each value undoes
    stored = sheet if orientation == 1 else sheet.transpose(Image.Transpose(back[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    (page,) = read(render, opened, papers.save(stored, form, exif=exif))
    assert (page.width, page.height) == SIZE
    assert ink(draw(render, opened[0])) == (True, False, False, False)


@pytest.mark.parametrize("form", ["GIF", "WEBP"])
def test_animation_is_its_first_frame(
    render: SandboxPool, opened: list[Document], sheet: Image.Image, form: str
) -> None:
    frames = {"save_all": True, "append_images": [ImageOps.flip(sheet)] * 3, "duration": 100}
    (page,) = read(render, opened, papers.save(sheet, form, **frames))
    assert page.number == 1
    assert ink(draw(render, opened[0])) == (True, False, False, False)


def test_pages_of_a_fax_differ_in_size_and_depth(
    render: SandboxPool, opened: list[Document], sheet: Image.Image
) -> None:
    turned = sheet.rotate(90, expand=True).convert("1")
    buffer = io.BytesIO()
    sheet.save(buffer, "TIFF", save_all=True, append_images=[turned, sheet.convert("L")])
    pages = read(render, opened, buffer.getvalue(), "传真.tif")
    assert [(page.width, page.height) for page in pages] == [SIZE, SIZE[::-1], SIZE]
    assert ink(draw(render, opened[0], 2)) == (False, False, True, False)


def test_a_scan_has_the_resolution_that_its_file_states(render: SandboxPool, opened: list[Document]) -> None:
    pages = []
    for dpi in (150, 300):
        out = io.BytesIO()
        Image.new("L", (400, 300), 255).save(out, "TIFF", dpi=(dpi, dpi))
        pages += read(render, opened, out.getvalue())
    plain = io.BytesIO()
    Image.new("L", (400, 300), 255).save(plain, "PNG")
    pages += read(render, opened, plain.getvalue())
    assert [page.dpi for page in pages] == [150, 300, None]


def test_the_resolution_of_a_scanned_page_follows_from_its_size(render: SandboxPool, opened: list[Document]) -> None:
    out = io.BytesIO()
    first, second = Image.new("L", (1240, 1754), 200), Image.new("L", (2480, 3508), 200)  # A4 at 150 and 300 dpi
    first.save(out, "PDF", resolution=150)
    second.save(sharp := io.BytesIO(), "PDF", resolution=300)
    for data, dpi in ((out.getvalue(), 150), (sharp.getvalue(), 300), (make_pdf("Text only"), None)):
        document = open_document(data, "a.pdf")
        opened.append(document)
        (page,) = PdfExtractor(render).extract(document).pages
        assert page.dpi == dpi
