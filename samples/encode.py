"""Writes page images as hospitals keep them: fax-coded and JPEG-coded TIFF, JPEG, PDF that holds nothing but images."""

from __future__ import annotations

import time
from pathlib import Path

from PIL import Image

from samples.sheet import DPI

WRITTEN = time.struct_time((2024, 3, 18, 9, 30, 0, 0, 78, 0))
"""Time of writing in file headers; fixed, so that rendering twice gives the same bytes."""


def save_pages(pages: list[Image.Image], path: Path, form: str, quality: int) -> None:
    """Writes pages in one of the forms tiff-g4, tiff-jpeg, jpeg, pdf-jpeg, pdf-g4. Raises ValueError for another."""
    path.parent.mkdir(parents=True, exist_ok=True)
    first, rest = pages[0], pages[1:]
    dpi = (DPI, DPI)
    match form:
        case "tiff-g4":
            first.save(path, "TIFF", compression="group4", dpi=dpi, save_all=True, append_images=rest)
        case "tiff-jpeg":
            first, *rest = (_compact(page) for page in pages)
            first.save(path, "TIFF", compression="jpeg", quality=quality, dpi=dpi, save_all=True, append_images=rest)
        case "jpeg" if not rest:
            first.save(path, "JPEG", quality=quality, dpi=dpi, optimize=True, subsampling=2)
        case "pdf-jpeg" | "pdf-g4":
            first.save(
                path, "PDF", resolution=DPI, save_all=True, append_images=rest, title="", producer="Scan to PDF",
                creationDate=WRITTEN, modDate=WRITTEN, **({"quality": quality} if form == "pdf-jpeg" else {}),
            )  # fmt: skip
        case _:
            raise ValueError(f"{form} cannot hold {len(pages)} pages")


def _compact(page: Image.Image) -> Image.Image:
    """Colour as brightness and colour difference: as RGB, JPEG inside TIFF would take twice the room."""
    return page.convert("YCbCr") if page.mode == "RGB" else page
