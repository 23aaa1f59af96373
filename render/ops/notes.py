"""What people wrote on a PDF page beside its text: notes, and values of form fields (ISO 32000-1, 12.5 and 12.7).

Many writers leave it to the viewer to draw these, so their words are in no content stream. They are read from the
dictionaries before the page is flattened, and count only where the page does not show the same words anyway.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from render.ops.lines import Box, build_lines

Note = tuple[str, Box]
_NO_NOTES = (raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP)
_WRITTEN = (raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX)
_MOST_NOTES = 5_000
_LONGEST = 200_000


def read_notes(document: pdfium.PdfDocument, page: pdfium.PdfPage) -> list[Note]:
    """Text of each note and field, and its rectangle in the page's own space (left, bottom, right, top)."""
    found = []
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), _MOST_NOTES)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            text = _read_text(document, annotation)
            rect = raw.FS_RECTF()
            if text.strip() and raw.FPDFAnnot_GetRect(annotation, rect):
                found.append((text, (rect.left, rect.bottom, rect.right, rect.top)))
        finally:
            raw.FPDFPage_CloseAnnot(annotation)
    return found


def _read_text(document: pdfium.PdfDocument, annotation: raw.FPDF_ANNOTATION) -> str:
    kind = raw.FPDFAnnot_GetSubtype(annotation)
    if kind != raw.FPDF_ANNOT_WIDGET:
        get = raw.FPDFAnnot_GetStringValue
        return "" if kind in _NO_NOTES else _read(lambda buffer, size: get(annotation, b"Contents", buffer, size))
    form = document.formenv
    if form is None or raw.FPDFAnnot_GetFormFieldType(form, annotation) not in _WRITTEN:
        return ""
    return _read(lambda buffer, size: raw.FPDFAnnot_GetFormFieldValue(form, annotation, buffer, size))


def _read(get: Callable[[Any, int], int]) -> str:
    """A string that is asked for twice: first for its length in bytes, end mark included."""
    size = get(None, 0)
    if not 2 < size <= _LONGEST:
        return ""
    buffer = ctypes.create_string_buffer(size)
    get(ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), size)
    return buffer.raw[: size - 2].decode("utf-16-le", "replace")


def build_note_lines(
    notes: Iterable[Note], shown: str, place: Callable[[float, float], tuple[float, float]], size: tuple[float, float]
) -> list[dict[str, Any]]:
    """Lines of the notes whose words are not among those `shown`; `place` leads from the page's own space to its units.

    The rows of a note share its rectangle evenly.
    """
    seen = _bare(shown)
    fresh = [(text, rect) for text, rect in notes if _bare(text) not in seen]
    return build_lines(_characters(fresh, place), *size)


def _characters(
    notes: Iterable[Note], place: Callable[[float, float], tuple[float, float]]
) -> Iterator[tuple[int, Box | None]]:
    for text, (left, bottom, right, top) in notes:
        (xa, ya), (xb, yb) = place(left, top), place(right, bottom)
        x0, x1, y0, y1 = min(xa, xb), max(xa, xb), min(ya, yb), max(ya, yb)
        rows = text.splitlines()
        high = (y1 - y0) / max(1, len(rows))
        for number, row in enumerate(rows):
            wide = (x1 - x0) / max(1, len(row))
            for index, char in enumerate(row):
                x, y = x0 + index * wide, y0 + number * high
                yield ord(char), (x, y, x + wide, y + high)
            yield 0x0A, None


def _bare(text: str) -> str:
    return "".join(text.split())
