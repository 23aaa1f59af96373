"""PDF: page count, text with boxes, page images (PDFium, which is not thread-safe: one document at a time).

Page units are points (1/72 inch) of the page as it is shown – rotated and cropped – with the origin at its top left.
"""

from __future__ import annotations

import codecs
import ctypes
import math
import struct
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL import Image

from render.jail.errors import OpError
from render.jail.source import Source
from render.ops import lines, notes, usefulness

Result = tuple[dict[str, Any], bytes]
Character = tuple[int, lines.Box | None]
POINTS_PER_INCH = 72
_ERRORS = {raw.FPDF_ERR_PASSWORD: "encrypted", raw.FPDF_ERR_SECURITY: "encrypted"}
_SCANNED_OBJECTS = 20_000
_SCAN_SHARE = 0.8
"""An image over so much of the page is a scan of it."""
# PageToDevice answers in whole pixels; asking for a page this many times larger keeps the fractions.
_FINE = 64


def prepare() -> None:
    """Loads what PDFium and Pillow otherwise load late, from files that a child may then no longer open."""
    document = pdfium.PdfDocument.new()
    document.new_page(10, 10).render().to_pil()
    document.close()
    Image.init()
    codecs.lookup("utf-16-le")


def _inspect(_: dict[str, Any], source: Source) -> Result:
    """pages, how many scripts, and whether the end of the file is missing (PDFium then rebuilds what it can)."""
    document = open_document(source)
    with source.open() as file:
        file.seek(max(0, source.size - 2048))
        is_whole = b"%%EOF" in file.read()
    scripts = max(0, raw.FPDFDoc_GetJavaScriptActionCount(document))
    return {"pages": len(document), "scripts": scripts, "repaired": not is_whole}, b""


def _text(params: dict[str, Any], source: Source) -> Result:
    """Pages `first` to `last` (from 1): width, height, lines, needs_ocr, blank; a page that cannot be parsed has a
    reason."""
    document = open_document(source)
    numbers = range(params["first"], min(params["last"], len(document)) + 1)
    return {"pages": [_read_page(document, number) for number in numbers]}, b""


def _render(params: dict[str, Any], source: Source) -> Result:
    """Image of `page` at `dpi`, or with its longest side `longest` pixels, never above `max_pixels`.

    The payload is bare RGB bytes, row by row: nothing in it can attack a decoder in the process that asked.
    """
    with _Page(open_document(source), params["page"]) as page:
        image = page.draw(dpi=params.get("dpi"), longest=params.get("longest"), max_pixels=params["max_pixels"])
    return {"width": image.width, "height": image.height}, image.tobytes()


OPS = {"pdf.inspect": _inspect, "pdf.text": _text, "pdf.render": _render}


def open_document(source: Source) -> pdfium.PdfDocument:
    """The parsed document, kept for the next request. Raises OpError `encrypted` or `damaged`."""
    document: pdfium.PdfDocument = source.keep("pdf", _load)
    return document


def _load(source: Source) -> pdfium.PdfDocument:
    handle = raw.FPDF_LoadMemDocument64(source.map(), source.size, None)
    if not handle:
        raise OpError(_ERRORS.get(raw.FPDF_GetLastError(), "damaged"))
    document = pdfium.PdfDocument(handle)
    if len(document) < 1:
        raise OpError("damaged")
    if raw.FPDF_GetFormType(document) == raw.FORMTYPE_ACRO_FORM:
        document.init_forms()
    return document


class _Page:
    """One loaded page, form fields and notes drawn into it so that their text is read and shown like any other."""

    def __init__(self, document: pdfium.PdfDocument, number: int) -> None:
        if not 1 <= number <= len(document):
            raise OpError("page_not_found")
        try:
            self.page = document[number - 1]
            self._notes: list[notes.Note] = []
            if raw.FPDFPage_GetAnnotCount(self.page) > 0:
                self._notes = notes.read_notes(document, self.page)
                raw.FPDFPage_Flatten(self.page, raw.FLAT_NORMALDISPLAY)
                self.page.close()
                self.page = document[number - 1]
        except pdfium.PdfiumError as err:
            raise OpError("damaged") from err
        self.width, self.height = self.page.get_size()

    def __enter__(self) -> _Page:
        return self

    def __exit__(self, *details: object) -> None:
        self.page.close()

    def draw(self, *, dpi: float | None, longest: int | None, max_pixels: int) -> Image.Image:
        """RGB image of the page; a page too large for `max_pixels` is drawn smaller."""
        scale = longest / max(self.width, self.height) if longest else (dpi or POINTS_PER_INCH) / POINTS_PER_INCH
        scale = min(scale, math.sqrt(max_pixels / max(1.0, self.width * self.height)))
        bitmap = self.page.render(scale=scale, rev_byteorder=True, prefer_bgrx=False, maybe_alpha=False)
        image: Image.Image = bitmap.to_pil()
        return image if image.mode == "RGB" else image.convert("RGB")

    def _to_shown(self) -> tuple[float, float, float, float, float, float]:
        """(x0, y0, a, b, c, d): a point (x, y) of the page's own space, with its origin at the bottom left, neither
        turned nor cropped, is shown at (x0 + a x + b y, y0 + c x + d y) in page units."""
        across, down = max(1, round(self.width * _FINE)), max(1, round(self.height * _FINE))

        def device(x: float, y: float) -> tuple[float, float]:
            found_x, found_y = ctypes.c_int(), ctypes.c_int()
            raw.FPDF_PageToDevice(self.page, 0, 0, across, down, 0, x, y, found_x, found_y)
            return found_x.value * self.width / across, found_y.value * self.height / down

        # The map is affine: three points far apart give it exactly enough for every character.
        reach = 1000.0
        (x0, y0), (xa, ya), (xb, yb) = device(0, 0), device(reach, 0), device(0, reach)
        return x0, y0, (xa - x0) / reach, (xb - x0) / reach, (ya - y0) / reach, (yb - y0) / reach

    def characters(self) -> list[Character]:
        """Code point and box in page units, in the document's reading order.

        Characters that PDFium made up (blanks, line ends) have no box. Loose boxes span the whole line height, which
        is what a mark over a word should cover.
        """
        text = self.page.get_textpage()
        try:
            count = max(0, raw.FPDFText_CountChars(text))
            codes = [raw.FPDFText_GetUnicode(text, index) for index in range(count)]
            rects = (raw.FS_RECTF * count)()
            for index, rect in enumerate(rects):
                raw.FPDFText_GetLooseCharBox(text, index, rect)
        finally:
            text.close()
        x0, y0, a, b, c, d = self._to_shown()
        found: list[Character] = []
        # This loop runs for every character of every document: the fields of a rectangle are read as one tuple.
        for code, (left, top, right, bottom) in zip(codes, struct.iter_unpack("=4f", rects), strict=True):
            if right <= left:
                found.append((code, None))
                continue
            xa, ya = x0 + a * left + b * top, y0 + c * left + d * top
            xb, yb = x0 + a * right + b * bottom, y0 + c * right + d * bottom
            found.append(
                (code, (xa if xa < xb else xb, ya if ya < yb else yb, xb if xa < xb else xa, yb if ya < yb else ya))
            )
        return found

    def note_lines(self, shown: str) -> list[dict[str, Any]]:
        """Lines of notes and form fields whose words are not `shown` by the page itself."""
        if not self._notes:
            return []
        x0, y0, a, b, c, d = self._to_shown()
        return notes.build_note_lines(
            self._notes,
            shown,
            lambda x, y: (x0 + a * x + b * y, y0 + c * x + d * y),
            (self.width, self.height),
        )

    def scan_dpi(self) -> int | None:
        """Dots per inch of the image that covers the page; None for a page that is no scan."""
        best = None
        for thing in self.page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,), max_depth=3):
            left, bottom, right, top = thing.get_bounds()
            across, down = abs(right - left), abs(top - bottom)
            if across * down >= _SCAN_SHARE * self.width * self.height:
                dots = round(POINTS_PER_INCH * max(thing.get_px_size()) / max(across, down, 1.0))
                best = dots if best is None else min(best, dots)
        return best

    def cover(self) -> usefulness.Cover:
        """Share of the page under images, and whether anything at all is drawn on it."""
        area, seen = 0.0, 0
        kinds = (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_PATH, raw.FPDF_PAGEOBJ_SHADING)
        for thing in self.page.get_objects(filter=kinds, max_depth=3):
            seen += 1
            if thing.type == raw.FPDF_PAGEOBJ_IMAGE:
                left, bottom, right, top = thing.get_bounds()
                area += abs(right - left) * abs(top - bottom)
            if seen >= _SCANNED_OBJECTS:
                break
        return usefulness.Cover(images=min(1.0, area / max(1.0, self.width * self.height)), objects=seen)


def _read_page(document: pdfium.PdfDocument, number: int) -> dict[str, Any]:
    try:
        with _Page(document, number) as page:
            found = lines.build_lines(page.characters(), page.width, page.height)
            text = "".join(line["text"] for line in found)
            verdict = usefulness.judge(text, page.cover)
            kept = [] if verdict.is_garbage else found
            told = [*kept, *page.note_lines("".join(line["text"] for line in kept))]
            return {
                "number": number,
                "width": round(page.width, 2),
                "height": round(page.height, 2),
                "lines": told,
                "needs_ocr": verdict.needs_ocr,
                "dpi": page.scan_dpi(),
                "blank": not (told or verdict.needs_ocr),  # what draws anything is looked at
            }
    except (OpError, pdfium.PdfiumError):
        return {"number": number, "width": 0, "height": 0, "lines": [], "needs_ocr": False, "reason": "damaged"}


def draw_page(source: Source, number: int, *, dpi: float, max_pixels: int) -> tuple[Image.Image, float, float]:
    """Image of page `number` for recognition, and the page's size in page units."""
    with _Page(open_document(source), number) as page:
        return page.draw(dpi=dpi, longest=None, max_pixels=max_pixels), page.width, page.height
