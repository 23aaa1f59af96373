"""Pages of a TIFF file or a file of pages as a file of their own, without loss.

Images of a file of pages are copied as they are; frames of a TIFF file are written again without losing a pixel. The
same pages of the same file always make the same bytes.
"""

from __future__ import annotations

import io
from itertools import groupby
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from PIL import Image

from render.jail.errors import OpError
from render.jail.source import Source
from render.ops.bundle import MEDIA_TYPE, Members
from render.ops.image import DAMAGE, FrameSheet, find_sheets, open_page

Result = tuple[dict[str, Any], bytes]
_EPOCH = (1980, 1, 1, 0, 0, 0)


def _extract(params: dict[str, Any], source: Source) -> Result:
    """Pages `first` to `last` (from 1). Raises OpError `page_not_found`, `damaged`."""
    found = find_sheets(source)
    first, last = params["first"], params["last"]
    if not 1 <= first <= last <= len(found.sheets):
        raise OpError("page_not_found")
    if found.members is not None:
        return {"pages": last - first + 1}, _bundle(source, found.members, found.sheets, first, last)
    return {"pages": last - first + 1}, _write_frames(source, range(first, last + 1))


OPS = {"image.extract": _extract}


def _bundle(source: Source, members: Members, sheets: tuple[FrameSheet, ...], first: int, last: int) -> bytes:
    written = io.BytesIO()
    numbered = list(enumerate(sheets, 1))
    with ZipFile(written, "w", ZIP_STORED) as bundle:
        bundle.writestr(ZipInfo("mimetype", _EPOCH), MEDIA_TYPE)
        for place, pages in groupby(numbered[first - 1 : last], key=lambda pair: pair[1].place):
            taken = [number for number, _ in pages]
            is_whole = len(taken) == sum(sheet.place == place for sheet in sheets)
            data = members.open(source, place).read() if is_whole else _write_frames(source, taken)
            bundle.writestr(ZipInfo(members.names[place], _EPOCH), data)
    return written.getvalue()


def _write_frames(source: Source, numbers: list[int] | range) -> bytes:
    frames = []
    try:
        for number in numbers:
            with open_page(source, number) as image:
                frames.append(_copy(image))
        written = io.BytesIO()
        frames[0].save(written, "TIFF", save_all=True, append_images=frames[1:])
    except DAMAGE as err:
        raise OpError("damaged") from err
    return written.getvalue()


def _copy(image: Image.Image) -> Image.Image:
    """The frame with what matters of its making: resolution and which way is up."""
    frame = image.copy()
    is_two_coloured = frame.mode == "1"
    frame.encoderinfo = {"compression": "group4" if is_two_coloured else "tiff_adobe_deflate"}
    if "dpi" in image.info:
        frame.encoderinfo["dpi"] = image.info["dpi"]
    return frame
