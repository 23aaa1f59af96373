"""A press photograph of a ground-breaking: drawn shapes, soft light, sensor noise. Nobody in it exists."""

from __future__ import annotations

import random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from samples.fonts import load_font
from samples.records import Record

SIZE = (1600, 1200)
SKIN, HAIR = (214, 170, 140), (40, 34, 32)
COATS = ((38, 42, 60), (52, 52, 56), (70, 60, 52), (30, 36, 44), (84, 88, 96), (46, 56, 74))
HORIZON = 640


def photograph(record: Record) -> Image.Image:
    """The picture as the camera stored it."""
    rng = record.rng("photo")
    image = _sky()
    draw = ImageDraw.Draw(image)
    _town(draw, rng)
    image = image.filter(ImageFilter.GaussianBlur(2.4))
    draw = ImageDraw.Draw(image)
    _ground(draw, rng)
    _stage(draw, str(record.meta["group_title"]))
    for number in range(11):
        _person(draw, 170 + number * 126 + rng.randint(-16, 16), 800 + rng.randint(-12, 12), 0.82, rng)
    _mound(draw, rng)
    for x in (330, 560, 800, 1040, 1270):
        _person(draw, x, 1010 + rng.randint(-10, 10), 1.25, rng, spade=True)
    return _develop(image, record)


def _sky() -> Image.Image:
    width, height = SIZE
    share = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    top, low = np.array([132, 172, 214], dtype=np.float32), np.array([222, 228, 230], dtype=np.float32)
    column = top * (1 - share) + low * share
    return Image.fromarray(np.broadcast_to(column, (height, width, 3)).astype(np.uint8))


def _town(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    """The old ward block, neighbours, a tower crane."""
    for x, width, height in ((-20, 330, 300), (320, 240, 210), (980, 300, 260), (1290, 340, 350)):
        wall = tuple(rng.randint(168, 206) for _ in range(3))
        draw.rectangle([x, HORIZON - height, x + width, HORIZON], fill=wall)
        for row in range(HORIZON - height + 24, HORIZON - 20, 46):
            for column in range(x + 20, x + width - 24, 44):
                draw.rectangle([column, row, column + 24, row + 26], fill=(96, 112, 128))
    yellow = (206, 158, 44)
    draw.line([(860, HORIZON), (860, 90)], fill=yellow, width=12)
    draw.line([(640, 130), (1240, 130)], fill=yellow, width=9)
    draw.line([(860, 84), (1220, 128)], fill=yellow, width=4)
    draw.line([(860, 84), (650, 128)], fill=yellow, width=4)
    draw.line([(1130, 132), (1130, 330)], fill=(90, 90, 90), width=3)


def _ground(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    draw.rectangle([0, HORIZON - 4, SIZE[0], SIZE[1]], fill=(158, 132, 100))
    for _ in range(2600):
        x, y = rng.randint(0, SIZE[0]), rng.randint(HORIZON, SIZE[1])
        shade = rng.randint(-26, 22)
        draw.ellipse(
            [x, y, x + rng.randint(3, 12), y + rng.randint(2, 5)], fill=(158 + shade, 132 + shade, 100 + shade)
        )


def _stage(draw: ImageDraw.ImageDraw, words: str) -> None:
    """A red backdrop with the name of the event, and two arches of balloons."""
    draw.rectangle([150, 330, 1450, 690], fill=(186, 30, 34))
    draw.rectangle([150, 330, 1450, 690], outline=(140, 20, 24), width=8)
    font = load_font("hei-bold", 108)
    draw.text(((SIZE[0] - font.getlength(words)) / 2, 420), words, font=font, fill=(250, 226, 120))
    small = load_font("hei-bold", 46)
    line = "晋北市第二人民医院"
    draw.text(((SIZE[0] - small.getlength(line)) / 2, 356), line, font=small, fill=(252, 240, 220))
    for side in (90, 1510):
        for step in range(9):
            colour = ((214, 60, 70), (240, 190, 60), (90, 150, 210))[step % 3]
            draw.ellipse([side - 32, 330 + step * 44, side + 32, 394 + step * 44], fill=colour)


def _mound(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    draw.ellipse([380, 905, 1220, 1110], fill=(122, 94, 66))
    for _ in range(900):
        x, y = rng.randint(420, 1180), rng.randint(925, 1085)
        shade = rng.randint(-22, 26)
        draw.ellipse([x, y, x + 9, y + 6], fill=(122 + shade, 94 + shade, 66 + shade))
    draw.rectangle([770, 820, 836, 960], fill=(176, 172, 164))
    draw.polygon([(770, 820), (836, 820), (803, 790)], fill=(190, 40, 44))


def _person(
    draw: ImageDraw.ImageDraw, x: int, foot: int, scale: float, rng: random.Random, *, spade: bool = False
) -> None:
    """A standing figure; helmets at the front, a red flower on the coat."""
    unit = 100 * scale
    coat = rng.choice(COATS)
    draw.ellipse([x - unit * 0.42, foot - 8, x + unit * 0.5, foot + 16], fill=(112, 92, 70))
    draw.rectangle([x - unit * 0.2, foot - unit, x - unit * 0.02, foot], fill=(34, 34, 40))
    draw.rectangle([x + unit * 0.02, foot - unit, x + unit * 0.2, foot], fill=(30, 30, 36))
    draw.rounded_rectangle(
        [x - unit * 0.32, foot - unit * 2.05, x + unit * 0.32, foot - unit * 0.85], unit * 0.14, fill=coat
    )
    draw.polygon(
        [(x - unit * 0.09, foot - unit * 2.03), (x + unit * 0.09, foot - unit * 2.03), (x, foot - unit * 1.6)],
        fill=(236, 236, 232),
    )
    for side in (-1, 1):
        hand = (x + side * unit * (0.2 if spade else 0.4), foot - unit * (1.25 if spade else 1.05))
        draw.line([(x + side * unit * 0.3, foot - unit * 1.9), hand], fill=coat, width=round(unit * 0.17))
        draw.ellipse(
            [hand[0] - unit * 0.08, hand[1] - unit * 0.08, hand[0] + unit * 0.08, hand[1] + unit * 0.08], fill=SKIN
        )
    head = foot - unit * 2.32
    draw.ellipse([x - unit * 0.2, head - unit * 0.27, x + unit * 0.2, head + unit * 0.27], fill=SKIN)
    cap = (226, 60, 50) if spade else HAIR
    draw.pieslice([x - unit * 0.23, head - unit * 0.34, x + unit * 0.23, head + unit * 0.2], 180, 360, fill=cap)
    draw.ellipse([x - unit * 0.24, foot - unit * 1.8, x - unit * 0.12, foot - unit * 1.68], fill=(210, 40, 50))
    if spade:
        draw.line(
            [(x - unit * 0.24, foot - unit * 1.5), (x + unit * 0.5, foot - unit * 0.2)],
            fill=(150, 112, 70),
            width=round(unit * 0.06),
        )
        draw.ellipse([x + unit * 0.42, foot - unit * 0.3, x + unit * 0.66, foot + unit * 0.02], fill=(120, 124, 130))


def _develop(image: Image.Image, record: Record) -> Image.Image:
    """Sunlight from the left, a dark rim, soft focus, noise."""
    noise = np.random.default_rng(record.rng("noise").getrandbits(32))
    pixels = np.asarray(image.filter(ImageFilter.GaussianBlur(1.3)), dtype=np.float32)
    rows, columns = np.mgrid[0 : SIZE[1], 0 : SIZE[0]].astype(np.float32)
    sun = 1.1 - 0.2 * columns / SIZE[0]
    rim = 1 - 0.32 * (((columns / SIZE[0] - 0.5) ** 2 + (rows / SIZE[1] - 0.5) ** 2) / 0.5) ** 1.4
    pixels = pixels * (sun * rim)[:, :, None] * np.array([1.03, 1.0, 0.95], dtype=np.float32)
    pixels += noise.standard_normal(pixels.shape).astype(np.float32) * 5
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
