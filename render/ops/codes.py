"""Codes on page images: QR, Data Matrix, Code 128 and Code 39, read by zxing-cpp."""

from __future__ import annotations

from typing import Any

import numpy as np
import zxingcpp

from render.jail.source import Source
from render.ops import image as image_ops
from render.ops import pdf
from render.ops.blank import is_blank

Result = tuple[dict[str, Any], bytes]
_DPI = 150
"""A code on a separator sheet is printed large; finer images cost time and find no more."""
_MAX_PIXELS = 16_000_000
_MOST, _LONGEST = 20, 200
_FORMATS = zxingcpp.barcode_formats_from_str("QRCode,DataMatrix,Code128,Code39")


def _read(params: dict[str, Any], source: Source) -> Result:
    """Texts of the codes on `page` of a `pdf` or `image`, and whether the page is blank."""
    number = params["page"]
    if params["kind"] == "pdf":
        drawn, _, _ = pdf.draw_page(source, number, dpi=_DPI, max_pixels=_MAX_PIXELS)
    else:
        drawn = image_ops.draw_page(source, number, dpi=_DPI, max_pixels=_MAX_PIXELS)
    pixels = np.ascontiguousarray(np.asarray(drawn)[:, :, ::-1])
    found = zxingcpp.read_barcodes(pixels, formats=_FORMATS)
    texts = [code.text[:_LONGEST] for code in found[:_MOST]]
    return {"texts": texts, "blank": not texts and is_blank(pixels)}, b""


OPS = {"codes.read": _read}
