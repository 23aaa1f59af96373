"""What is drawn over a page image: black boxes over hidden words, and the mark of the person who looks.

Both are pixels of the image that leaves the server, never a layer above it. Boxes err on the side of hiding: they are
wider than the characters, take the whole line where recognition was unsure of it, and in classes about patients and
personnel also lines that recognition could hardly read, because a name in them cannot have been recognised.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from PIL import Image, ImageChops, ImageDraw, ImageFont

from archive.masking import Span
from archive.texts import PageText

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in page units."""

SURE_LINE: Final = 0.85
"""Below this confidence the place of a character within its line is not trusted."""
READABLE_LINE: Final = 0.6
"""Below this a line of a personal paper is hidden altogether."""
_MARGIN: Final = 0.2
"""Added around a box, as a share of its shorter side."""

STAMP_INK: Final = 0.2
"""Blackness of the stamp, within the 15-25 % that stay readable and do not disturb."""
_ANGLE: Final = 24
_FACES: Final = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/wqy-microhei/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
)


@dataclass(frozen=True)
class Stamp:
    """Who looks, when and by which act: lines repeated over the page. `footer` stands once below, for prints."""

    lines: tuple[str, ...]
    footer: str = ""


def find_hidden_boxes(page: PageText, spans: Iterable[Span], *, personal: bool) -> tuple[Box, ...]:
    """Boxes to blacken on the page for somebody who may not see the spans."""
    hidden = [span for span in spans if span.end > span.start]
    boxes = [_widen(box) for span in hidden for box in page.boxes(span.start, span.end)]
    boxes += [_widen(box) for box in _iter_unsure_lines(page, hidden, personal=personal)]
    return tuple(dict.fromkeys(boxes))


def _iter_unsure_lines(page: PageText, hidden: list[Span], *, personal: bool) -> Iterator[Box]:
    offset = 0
    for line in page.lines:
        end = offset + len(line.text)
        if line.box is not None and line.confidence is not None:
            touched = any(span.start < end and span.end > offset for span in hidden)
            if (touched and line.confidence < SURE_LINE) or (personal and line.confidence < READABLE_LINE):
                yield line.box
        offset = end + 1


def _widen(box: Box) -> Box:
    left, top, right, bottom = box
    margin = _MARGIN * min(right - left, bottom - top)
    return (left - margin, top - margin, right + margin, bottom + margin)


def blacken(image: Image.Image, boxes: Iterable[Box], *, width: float, height: float) -> None:
    """Fills the boxes of a page of `width` × `height` page units with black, in place."""
    draw = ImageDraw.Draw(image)
    across, down = image.width / width, image.height / height
    for left, top, right, bottom in boxes:
        draw.rectangle((left * across - 1, top * down - 1, right * across + 1, bottom * down + 1), fill=(0, 0, 0))


def draw_stamp(image: Image.Image, stamp: Stamp) -> Image.Image:
    """The image with the stamp tiled over it; dark places turn lighter, so that it shows on them too."""
    paper, light = _sheets(stamp, image.size)
    stamped = ImageChops.screen(ImageChops.multiply(image, paper), light)
    if stamp.footer:
        _write_footer(stamped, stamp.footer)
    return stamped


@lru_cache(maxsize=2)
def _sheets(stamp: Stamp, size: tuple[int, int]) -> tuple[Image.Image, Image.Image]:
    """The stamp as sheets to lay over a page: multiplied it darkens paper, screened it lifts photographs and black.

    Kept, because they are the same for all pages of one size that a person leafs through in a minute.
    """
    cover = _tile(stamp, size)
    paper, light = cover.point(lambda ink: 255 - ink), cover.point(lambda ink: ink // 3)
    return Image.merge("RGB", [paper] * 3), Image.merge("RGB", [light] * 3)


def _tile(stamp: Stamp, size: tuple[int, int]) -> Image.Image:
    """Ink of the whole stamp, grey by grey."""
    width, height = size
    letters = max(13, round(min(width, height) / 48))
    face = _face(letters)
    text = "\n".join(_writable(line) for line in stamp.lines)
    left, top, right, bottom = ImageDraw.Draw(Image.new("L", (1, 1))).multiline_textbbox((0, 0), text, font=face)
    brick = Image.new("L", (round(right - left) + 2 * letters, round(bottom - top) + 2 * letters), 0)
    ImageDraw.Draw(brick).multiline_text(
        (letters - left, letters - top), text, font=face, fill=round(STAMP_INK * 255), align="center"
    )
    brick = brick.rotate(_ANGLE, expand=True, resample=Image.Resampling.BILINEAR)
    cover = Image.new("L", size, 0)
    step = (brick.width, max(1, round(brick.height * 0.9)))
    for row, y in enumerate(range(-brick.height // 3, height, step[1])):
        for x in range(-brick.width // 2 * (row % 2), width, step[0]):
            cover.paste(ImageChops.lighter(brick, cover.crop((x, y, x + brick.width, y + brick.height))), (x, y))
    return cover


def _write_footer(image: Image.Image, footer: str) -> None:
    """A line across the foot, dark on its own light band, so that no content hides it."""
    letters = max(13, round(image.width / 62))
    face = _face(letters)
    text = _writable(footer)
    band = round(letters * 1.8)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, image.height - band, image.width, image.height), fill=(255, 255, 255))
    draw.text((image.width / 2, image.height - band / 2), text, font=face, fill=(90, 90, 90), anchor="mm")


@lru_cache(maxsize=8)
def _face(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    path = _chinese_face()
    if path is None:
        return ImageFont.load_default(size)
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


@cache
def _chinese_face() -> str | None:
    return next((path for path in _FACES if Path(path).exists()), None)


def _writable(text: str) -> str:
    """The text as the typeface can show it; without a Chinese one the Latin part must do: account, time and act."""
    return text if _chinese_face() else "".join(c for c in text if c.isascii()).strip()
