"""Raster images: frames, sizes, page images. Size is checked before any pixel is decoded.

Page units are pixels of the image as it is meant to be seen (EXIF orientation applied), origin at the top left. Only a
TIFF file has pages; the frames of an animation are one page.
"""

from __future__ import annotations

import math
import struct
from typing import Any

from PIL import ExifTags, Image, ImageOps

from render.jail.errors import OpError
from render.jail.source import Source

Result = tuple[dict[str, Any], bytes]
FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "WEBP", "GIF", "JPEG2000")
MAX_PIXELS = 200_000_000
_MAX_FRAMES = 5_000
_A4_LONG_INCHES = 11.7
_LEAST_DPI, _MOST_DPI = 50, 2400
_SIDEWAYS = (5, 6, 7, 8)
_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, struct.error, ZeroDivisionError)
# Pillow's own alarm would come first and say less.
Image.MAX_IMAGE_PIXELS = None


def prepare() -> None:
    """Loads all codecs while files may still be opened."""
    Image.init()


def _inspect(_: dict[str, Any], source: Source) -> Result:
    """pages, width and height of each in page units, dots per inch as the file states them, 0 where it does not.

    Raises OpError `image_too_large` (quarantined), `damaged`.
    """
    sizes, dpi = [], []
    try:
        with _open(source) as image:
            for number in range(_count_frames(image)):
                _turn_to(image, number + 1)
                sizes.append(_shown_size(image))
                dpi.append(_stated_dpi(image))
    except _DAMAGE as err:
        raise OpError("damaged") from err
    return {"pages": len(sizes), "sizes": sizes, "dpi": dpi}, b""


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
        with _open(source) as image:
            _turn_to(image, number)
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
    except _DAMAGE as err:
        raise OpError("damaged") from err


def _open(source: Source) -> Image.Image:
    image = Image.open(source.open(), formats=FORMATS)
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
