"""Red ink: round stamps (印章), the as-built stamp (竣工图章) and the filing stamp (归档章).

A stamp is drawn as a mask on its own layer, made uneven like rubber on paper, and multiplied onto the sheet, so that
type below it shows through.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from samples.fonts import load_font
from samples.sheet import Sheet

STAMP_RED = (214, 38, 44)


@dataclass(frozen=True)
class Inked:
    """A stamp before it meets the paper: its mask and the middle of it."""

    mask: Image.Image

    def press(
        self, sheet: Sheet, centre: tuple[int, int], rng: random.Random, *, turn: float = 3.0, strength: float = 0.92
    ) -> None:
        """Puts the stamp down a little crooked and unevenly inked."""
        mask = self.mask.rotate(rng.uniform(-turn, turn), Image.Resampling.BICUBIC, expand=True)
        mask = _uneven(mask, rng, strength)
        layer = Image.new("RGB", sheet.size, (255, 255, 255))
        at = (centre[0] - mask.width // 2, centre[1] - mask.height // 2)
        layer.paste(Image.new("RGB", mask.size, STAMP_RED), at, mask)
        sheet.image.paste(ImageChops.multiply(sheet.image, layer))


def round_stamp(around: str, below: str = "", radius: int = 165) -> Inked:
    """A public seal: 40-42 mm circle, star in the middle, the body's name around it, its use below."""
    side = radius * 2 + 20
    mask = Image.new("L", (side, side), 0)
    draw = ImageDraw.Draw(mask)
    middle = side / 2
    draw.ellipse([10, 10, side - 10, side - 10], outline=255, width=max(6, radius // 22))
    draw.polygon(_star(middle, middle, radius * 0.30), fill=255)
    size = round(radius * (0.29 if len(around) <= 10 else 0.25 if len(around) <= 12 else 0.22))
    _around(mask, around, radius * 0.75, size)
    if below:
        font = load_font("song-bold", round(radius * 0.19))
        draw.text((middle - font.getlength(below) / 2, middle + radius * 0.48), below, font=font, fill=255)
    return Inked(mask)


def filing_stamp(cells: tuple[tuple[str, str, str], tuple[str, str, str]]) -> Inked:
    """The filing stamp: two rows of three cells (fonds, year, item / office, retention, pages), 45 by 16 mm."""
    width, height = 354, 126
    mask = Image.new("L", (width + 8, height + 8), 0)
    draw = ImageDraw.Draw(mask)
    draw.rectangle([4, 4, width + 3, height + 3], outline=255, width=4)
    draw.line([(4, 4 + height // 2), (width + 3, 4 + height // 2)], fill=255, width=3)
    font = load_font("hand", 40)
    for row, texts in enumerate(cells):
        for column, text in enumerate(texts):
            left = 4 + column * width // 3
            if column:
                draw.line([(left, 4), (left, height + 3)], fill=255, width=3)
            x = left + (width / 3 - font.getlength(text)) / 2
            draw.text((x, 10 + row * height // 2), text, font=font, fill=235)
    return Inked(mask)


def as_built_stamp(cells: dict[str, str]) -> tuple[Inked, list[str]]:
    """The as-built stamp (GB/T 50328, enlarged): contractor, authors, date, supervisor; gives its lines too."""
    names = ("编制人", "审核人", "技术负责人", "编制日期")
    width, row, middle = 900, 74, 400
    mask = Image.new("L", (width + 10, row * 6 + 10), 0)
    draw = ImageDraw.Draw(mask)
    draw.rectangle([4, 4, width, row * 6 + 4], outline=255, width=6)
    title = load_font("hei-bold", 56)
    draw.text(((width - title.getlength("竣 工 图")) / 2, 4), "竣 工 图", font=title, fill=255)
    spans = [
        [("施工单位", cells.get("施工单位", ""), 0, width)],
        [(names[0], cells.get(names[0], ""), 0, middle), (names[1], cells.get(names[1], ""), middle, width)],
        [(names[2], cells.get(names[2], ""), 0, middle), (names[3], cells.get(names[3], ""), middle, width)],
        [("监理单位", cells.get("监理单位", ""), 0, width)],
        [("总监", cells.get("总监", ""), 0, middle), ("现场监理", cells.get("现场监理", ""), middle, width)],
    ]
    written = ["竣工图"]
    for number, line in enumerate(spans, start=1):
        top = 4 + number * row
        draw.line([(4, top), (width, top)], fill=255, width=4)
        for label, value, left, right in line:
            _stamp_cell(draw, (left, top, right, row), label, value)
        written.append("　".join(f"{label} {value}".strip() for label, value, _, _ in line))
    return Inked(mask), written


def _stamp_cell(draw: ImageDraw.ImageDraw, box: tuple[int, int, int, int], label: str, value: str) -> None:
    left, top, right, height = box
    printed = load_font("hei", 38)
    split = left + (220 if right - left > 600 else 210)
    draw.line([(split, top), (split, top + height)], fill=255, width=3)
    if left:
        draw.line([(left, top), (left, top + height)], fill=255, width=4)
    draw.text((left + 16, top + 12), label, font=printed, fill=255)
    room = right - split - 34
    size = next(size for size in range(44, 12, -1) if load_font("kai-bold", size).getlength(value) <= room)
    draw.text((split + 18, top + (height - size) // 2 - 6), value, font=load_font("kai-bold", size), fill=255)


def press_seals(
    sheet: Sheet, seals: tuple[tuple[str, str], ...], places: list[tuple[int, int]], rng: random.Random
) -> None:
    """Presses one round stamp at each place."""
    for (around, below), place in zip(seals, places, strict=False):
        near = (place[0] + rng.randint(-14, 14), place[1] + rng.randint(-10, 10))
        round_stamp(around, below).press(sheet, near, rng, turn=9, strength=rng.uniform(0.7, 0.95))


def _around(mask: Image.Image, text: str, radius: float, size: int) -> None:
    """Sets a text clockwise along the inside of the circle, open at the foot."""
    middle = mask.width / 2
    sweep = min(math.radians(262), len(text) * size * 1.3 / radius)
    font = load_font("song-bold", size)
    for number, char in enumerate(text):
        share = number / max(1, len(text) - 1) - 0.5
        angle = share * sweep
        glyph = Image.new("L", (size * 2, size * 2), 0)
        ImageDraw.Draw(glyph).text((size / 2, size * 0.28), char, font=font, fill=255)
        glyph = glyph.rotate(-math.degrees(angle), Image.Resampling.BICUBIC)
        x, y = middle + radius * math.sin(angle), middle - radius * math.cos(angle)
        mask.paste(255, (round(x - size), round(y - size)), glyph)


def _star(x: float, y: float, radius: float) -> list[tuple[float, float]]:
    points = []
    for corner in range(10):
        reach = radius if corner % 2 == 0 else radius * 0.382
        angle = math.pi * corner / 5
        points.append((x + reach * math.sin(angle), y - reach * math.cos(angle)))
    return points


def _uneven(mask: Image.Image, rng: random.Random, strength: float) -> Image.Image:
    """Rubber gives its ink off in patches and grains."""
    noise = np.random.default_rng(rng.getrandbits(32))
    coarse = Image.fromarray((noise.random((9, 9)) * 255).astype(np.uint8)).resize(mask.size, Image.Resampling.BICUBIC)
    grain = noise.random((mask.height, mask.width)) > 0.035
    patches = 0.72 + 0.36 * np.asarray(coarse, dtype=np.float32) / 255
    inked = np.asarray(mask, dtype=np.float32) * patches * strength * np.where(grain, 1.0, 0.55)
    return Image.fromarray(np.clip(inked, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(0.7))
