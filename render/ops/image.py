"""Raster images: frames, sizes, page images. Size is checked before any pixel is decoded.

Page units are pixels of the image as it is meant to be seen (EXIF orientation applied), origin at the top left. Only a
TIFF file and a file of pages (`render.ops.bundle`) have pages; the frames of an animation are one page.
"""

from __future__ import annotations

import codecs
import math
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

from PIL import ExifTags, Image, ImageOps

from render.jail.errors import OpError
from render.jail.source import Source
from render.ops.bundle import Members, find_members

Result = tuple[dict[str, Any], bytes]
FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "WEBP", "GIF", "JPEG2000")
MAX_PIXELS = 200_000_000
_MAX_FRAMES = 5_000
_A4_LONG_INCHES = 11.7
_LEAST_DPI, _MOST_DPI = 50, 2400
_SIDEWAYS = (5, 6, 7, 8)
DAMAGE = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, struct.error, ZeroDivisionError)
# Pillow's own alarm would come first and say less.
Image.MAX_IMAGE_PIXELS = None


def prepare() -> None:
    """Loads all codecs while files may still be opened, that of names in ZIP files too."""
    Image.init()
    codecs.lookup("cp437")


def _inspect(_: dict[str, Any], source: Source) -> Result:
    """pages; width and height of each in page units; dots per inch as the file states them, 0 where it does not; of a
    file of pages the names of its images.

    An image in a file of pages that cannot be read is a page of no size. Raises OpError `image_too_large`
    (quarantined), `damaged`.
    """
    found = find_sheets(source)
    sizes, dpi = [sheet.size for sheet in found.sheets], [sheet.dpi for sheet in found.sheets]
    names = found.members.names if found.members else []
    return {"pages": len(sizes), "sizes": sizes, "dpi": dpi, "names": names}, b""


def _render(params: dict[str, Any], source: Source) -> Result:
    """Image of `page` in bare RGB bytes, never enlarged: at `dpi`, or with its longest side `longest` pixels."""
    image = draw_page(
        source,
        params["page"],
        dpi=params.get("dpi"),
        longest=params.get("longest"),
        max_pixels=params.get("max_pixels", MAX_PIXELS),
    )
    return {"width": image.width, "height": image.height}, image.tobytes()


OPS = {"image.inspect": _inspect, "image.render": _render}


def draw_page(
    source: Source,
    number: int,
    *,
    dpi: float | None = None,
    longest: int | None = None,
    max_pixels: int = MAX_PIXELS,
) -> Image.Image:
    """Page `number` upright in RGB, reduced to what was asked for; whole when nothing was."""
    try:
        with open_page(source, number) as image:
            target = _target(image, dpi, longest, max_pixels)
            if target and image.format == "JPEG":
                image.draft(None, target)
            image.load()
            upright = ImageOps.exif_transpose(image)
            # Pillow shrinks only full-colour and grey images smoothly; two-colour scans would lose their strokes.
            upright = upright.convert("L") if upright.mode == "1" else upright
            upright = upright if upright.mode in ("RGB", "L") else _flatten(upright)
            if target:
                upright.thumbnail((max(target), max(target)), Image.Resampling.BOX, reducing_gap=2)
            return _flatten(upright)
    except DAMAGE as err:
        raise OpError("damaged") from err


@dataclass(frozen=True)
class FrameSheet:
    """Where a page lies: in which image of a file of pages, and there in which frame; its size, its stated dpi."""

    place: int
    frame: int
    size: list[int]
    dpi: int = 0


@dataclass(frozen=True)
class FrameSheets:
    """The pages of a file; `members` of a file of pages alone."""

    members: Members | None
    sheets: tuple[FrameSheet, ...]


def find_sheets(source: Source) -> FrameSheets:
    """All pages, kept for the next request. Raises OpError `damaged`, `image_too_large` (quarantined)."""
    found: FrameSheets = source.keep("sheets", _load_sheets)
    return found


def _load_sheets(source: Source) -> FrameSheets:
    members = find_members(source)
    if members is None:
        try:
            return FrameSheets(None, tuple(_iter_sheets(source.open(), 0)))
        except DAMAGE as err:
            raise OpError("damaged") from err
    sheets: list[FrameSheet] = []
    for place in range(len(members.infos)):
        try:
            sheets += _iter_sheets(members.open(source, place), place)
        except OpError as err:
            if err.outcome != "unreadable":
                raise
            sheets.append(FrameSheet(place, 1, [0, 0]))
        except DAMAGE:
            sheets.append(FrameSheet(place, 1, [0, 0]))
    return FrameSheets(members, tuple(sheets[:_MAX_FRAMES]))


def _iter_sheets(file: BinaryIO, place: int) -> Iterator[FrameSheet]:
    with _open(file) as image:
        for number in range(1, _count_frames(image) + 1):
            _turn_to(image, number)
            yield FrameSheet(place, number, _shown_size(image), _stated_dpi(image))


@contextmanager
def open_page(source: Source, number: int) -> Iterator[Image.Image]:
    """The image on which page `number` lies, turned to it."""
    members = source.keep("members", find_members)
    if members is None:
        with _open(source.open()) as image:
            _turn_to(image, number)
            yield image
        return
    sheets = find_sheets(source)
    if not 1 <= number <= len(sheets.sheets):
        raise OpError("page_not_found")
    sheet = sheets.sheets[number - 1]
    with _open(members.open(source, sheet.place)) as image:
        _turn_to(image, sheet.frame)
        yield image


def _open(file: BinaryIO) -> Image.Image:
    image = Image.open(file, formats=FORMATS)
    _check(image)
    return image


def _check(image: Image.Image) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise OpError("image_too_large", "quarantined")


def _count_frames(image: Image.Image) -> int:
    if image.format != "TIFF":
        return 1
    return min(int(getattr(image, "n_frames", 1)), _MAX_FRAMES)


def _turn_to(image: Image.Image, number: int) -> None:
    is_tiff = image.format == "TIFF"
    if number < 1 or (number > 1 and not is_tiff):
        raise OpError("page_not_found")
    if is_tiff:
        try:
            image.seek(number - 1)
        except EOFError as err:
            raise OpError("page_not_found") from err
        _check(image)


def _shown_size(image: Image.Image) -> list[int]:
    width, height = image.size
    # The TIFF reader reports the upright size by itself; for a PNG file this decodes it, as the mark may come last.
    is_sideways = image.format != "TIFF" and image.getexif().get(ExifTags.Base.Orientation) in _SIDEWAYS
    return [height, width] if is_sideways else [width, height]


def _stated_dpi(image: Image.Image) -> int:
    """Dots per inch that the file states, 0 for none or an unbelievable number."""
    stated = float(image.info.get("dpi", (0, 0))[0])
    return round(stated) if _LEAST_DPI <= stated <= _MOST_DPI else 0


def _target(image: Image.Image, dpi: float | None, longest: int | None, max_pixels: int) -> tuple[int, int] | None:
    side = max(image.size)
    if dpi:
        stated = _stated_dpi(image)
        # Without a believable resolution the image is taken for an A4 page.
        inches = side / stated if stated else _A4_LONG_INCHES
        longest = round(inches * dpi)
    if image.width * image.height > max_pixels:
        longest = min(longest or side, int(side * math.sqrt(max_pixels / (image.width * image.height))))
    if not longest or longest >= side:
        return None
    scale = longest / side
    return max(1, math.ceil(image.width * scale)), max(1, math.ceil(image.height * scale))


def _flatten(image: Image.Image) -> Image.Image:
    """RGB on white paper; deeper grey values are scaled to eight bits."""
    if image.mode in ("I;16", "I;16B", "I;16L", "I", "F"):
        wide = image.convert("F")
        low, high = wide.getextrema()
        span = max(float(high) - float(low), 1.0)  # type: ignore[arg-type]
        image = wide.point(lambda value: (value - float(low)) * (255.0 / span)).convert("L")  # type: ignore[arg-type]
    if image.mode == "RGB":
        return image
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        paper = Image.new("RGB", image.size, "white")
        upper = image.convert("RGBA")
        paper.paste(upper, mask=upper.getchannel("A"))
        return paper
    return image.convert("RGB")
