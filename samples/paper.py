"""What machines and years do to a page: skew, blur, uneven light, specks, yellowing.

Pure functions of image, look and seed. Noise is kept smooth: it should trouble a reader as real paper does, and still
be cheap to store.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Pixels = NDArray[np.float32]


@dataclass(frozen=True)
class Look:
    """One way of getting paper into a file. Lengths in pixels, angles in degrees, light as shares of full."""

    mode: str = "RGB"
    skew: float = 0.8
    blur: float = 0.7
    noise: float = 2.5
    specks: int = 60
    shade: float = 0.05
    tint: tuple[float, float, float] = (0.985, 0.98, 0.97)
    contrast: float = 0.94
    edge: float = 0.0
    holes: bool = False
    streaks: int = 0
    foxing: int = 0
    folds: int = 0
    warp: float = 0.0
    quality: int = 62


LOOKS: dict[str, Look] = {
    "flatbed": Look(),
    "feeder": Look(mode="1", skew=1.1, blur=0.6, noise=10, specks=260, shade=0.04, contrast=0.95, holes=True),
    "copier": Look(
        mode="L",
        skew=1.3,
        blur=0.9,
        noise=4,
        specks=320,
        shade=0.1,
        tint=(0.95, 0.95, 0.95),
        contrast=0.86,
        edge=0.5,
        streaks=3,
    ),
    "camera": Look(
        skew=1.0,
        blur=0.8,
        noise=3.0,
        specks=20,
        shade=0.26,
        tint=(0.97, 0.95, 0.9),
        contrast=0.88,
        warp=0.022,
        folds=1,
        quality=58,
    ),
    "old": Look(
        skew=0.9,
        blur=0.9,
        noise=4,
        specks=260,
        shade=0.12,
        tint=(0.92, 0.855, 0.68),
        contrast=0.72,
        foxing=70,
        folds=2,
        holes=True,
        quality=55,
    ),
    "wide": Look(skew=0.35, blur=0.6, noise=2.0, specks=120, shade=0.05, folds=2, quality=55),
    "blueprint": Look(
        skew=0.4, blur=0.8, noise=3.5, specks=140, shade=0.1, tint=(0.84, 0.88, 0.96), contrast=0.8, folds=2, quality=52
    ),
}


def scan(page: Image.Image, look: Look, rng: random.Random) -> Image.Image:
    """The page as a scanner, copier or telephone would give it, in the mode of the look."""
    noise = np.random.default_rng(rng.getrandbits(32))
    sheet = _as_paper(page, look, noise)
    if look.holes:
        _punch(sheet, rng)
    _foxing(sheet, look.foxing, noise)
    _folds(sheet, look.folds, rng)
    image = _place(_image(sheet), look, rng).filter(ImageFilter.GaussianBlur(look.blur))
    pixels = np.array(image, dtype=np.float32)
    pixels *= _light(pixels.shape[:2], look, noise)[:, :, None]
    _streaks(pixels, look.streaks, noise)
    _specks(pixels, look.specks, noise)
    pixels += _grain(pixels.shape[:2], look.noise, noise)[:, :, None]
    return _as_mode(pixels, look)


def _as_paper(page: Image.Image, look: Look, noise: np.random.Generator) -> Pixels:
    """White becomes paper, black becomes ink that has lost some of its strength."""
    pixels = np.array(page.convert("RGB"), dtype=np.float32) / 255
    height, width = pixels.shape[:2]
    worn = 1 - (1 - pixels) * (look.contrast * (0.94 + 0.06 * _cloud(height, width, 14, noise)))[:, :, None]
    tint = np.array(look.tint, dtype=np.float32) * (0.985 + 0.015 * _cloud(height, width, 40, noise))[:, :, None]
    return np.asarray(worn * tint * 255, dtype=np.float32)


def _cloud(height: int, width: int, cells: int, noise: np.random.Generator) -> Pixels:
    """Smooth noise between 0 and 1."""
    small = (noise.random((cells, cells)) * 255).astype(np.uint8)
    return np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC), dtype=np.float32) / 255


def _punch(sheet: Pixels, rng: random.Random) -> None:
    """Three binding holes on the left, 10 mm from the edge."""
    height = sheet.shape[0]
    for middle in (0.3, 0.5, 0.7):
        y, x, radius = round(height * middle) + rng.randint(-6, 6), 62 + rng.randint(-5, 5), 19
        rows, columns = np.ogrid[y - 30 : y + 30, x - 30 : x + 30]
        inside = (rows - y) ** 2 + (columns - x) ** 2 < radius**2
        sheet[y - 30 : y + 30, x - 30 : x + 30][inside] = 70


def _foxing(sheet: Pixels, count: int, noise: np.random.Generator) -> None:
    """Brown spots of old paper, most of them small."""
    height, width = sheet.shape[:2]
    for _ in range(count):
        radius = int(noise.integers(3, 26))
        y, x = int(noise.integers(radius, height - radius)), int(noise.integers(radius, width - radius))
        rows, columns = np.ogrid[-radius:radius, -radius:radius]
        fall = np.clip(1 - np.sqrt(rows**2 + columns**2) / radius, 0, 1)[:, :, None] * noise.uniform(0.08, 0.3)
        sheet[y - radius : y + radius, x - radius : x + radius] *= 1 - fall * np.array(
            [0.45, 0.7, 1.0], dtype=np.float32
        )


def _folds(sheet: Pixels, count: int, rng: random.Random) -> None:
    """Faint creases where the paper lay folded: a dark line beside a light one."""
    height, width = sheet.shape[:2]
    for number in range(count):
        across = number % 2 == 0
        extent = height if across else width
        place = round(extent * rng.uniform(0.485, 0.515))
        band = sheet[place : place + 3] if across else sheet[:, place : place + 3]
        band *= 0.93
        after = sheet[place + 3 : place + 7] if across else sheet[:, place + 3 : place + 7]
        np.minimum(after * 1.03, 255, out=after)


def _image(pixels: Pixels) -> Image.Image:
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _place(image: Image.Image, look: Look, rng: random.Random) -> Image.Image:
    """Turns the page on the glass; a camera also sees it from an angle, on a desk."""
    angle = rng.choice((-1, 1)) * rng.uniform(0.45, 1.0) * look.skew
    if not look.warp:
        lid = tuple(round(255 * share * (1 - look.edge * 0.12)) for share in look.tint)
        return image.rotate(angle, Image.Resampling.BICUBIC, fillcolor=lid)
    width, height = image.size
    desk = Image.new("RGB", (round(width * 1.06), round(height * 1.05)), (104, 84, 66))
    desk.paste(image, (round(width * 0.03), round(height * 0.025)))
    shift = [rng.uniform(0, look.warp) for _ in range(8)]
    w, h = desk.size
    corners = (
        (shift[0] * w, shift[1] * h), (shift[2] * w, h - shift[3] * h),
        (w - shift[4] * w, h - shift[5] * h), (w - shift[6] * w, shift[7] * h),
    )  # fmt: skip
    quad = tuple(round(value) for corner in corners for value in corner)
    seen = desk.rotate(angle, Image.Resampling.BICUBIC, fillcolor=(104, 84, 66))
    return seen.transform((width, height), Image.Transform.QUAD, quad, Image.Resampling.BICUBIC)


def _light(shape: tuple[int, int], look: Look, noise: np.random.Generator) -> Pixels:
    """Light that falls off to one side, and the dark rim of an open copier lid."""
    height, width = shape
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    columns = np.linspace(0, 1, width, dtype=np.float32)[None, :]
    lean = noise.uniform(-1, 1, 2)
    slope = 0.5 + 0.5 * (lean[0] * (rows - 0.5) + lean[1] * (columns - 0.5)) / max(0.5, float(np.abs(lean).sum() / 2))
    light = 1 - look.shade * slope
    if look.edge:
        rim = np.minimum(np.minimum(rows, 1 - rows) * height, np.minimum(columns, 1 - columns) * width)
        light = light * (1 - look.edge * np.exp(-rim / 14))
    return np.asarray(light, dtype=np.float32)


def _streaks(pixels: Pixels, count: int, noise: np.random.Generator) -> None:
    """Fine vertical lines from dust on the glass of a copier."""
    for _ in range(count):
        x = int(noise.integers(40, pixels.shape[1] - 40))
        pixels[:, x : x + int(noise.integers(1, 3))] *= noise.uniform(0.86, 0.93)


def _specks(pixels: Pixels, count: int, noise: np.random.Generator) -> None:
    height, width = pixels.shape[:2]
    for _ in range(count):
        y, x = int(noise.integers(4, height - 6)), int(noise.integers(4, width - 6))
        tall, wide = noise.integers(1, 4, 2)
        pixels[y : y + tall, x : x + wide] *= noise.uniform(0.25, 0.75)


def _grain(shape: tuple[int, int], strength: float, noise: np.random.Generator) -> Pixels:
    """Sensor noise, a little smoothed."""
    raw = (128 + noise.standard_normal(shape) * 40).clip(0, 255).astype(np.uint8)
    soft = Image.fromarray(raw).filter(ImageFilter.GaussianBlur(0.8))
    return (np.asarray(soft, dtype=np.float32) - 128) / 40 * strength * 2


def _as_mode(pixels: Pixels, look: Look) -> Image.Image:
    image = _image(pixels)
    if look.mode == "RGB":
        return image
    grey = image.convert("L")
    if look.mode == "L":
        return grey
    return grey.point([255 if value > BLACK_BELOW else 0 for value in range(256)]).convert(
        "1", dither=Image.Dither.NONE
    )


BLACK_BELOW = 158
"""Grey value at which a document feeder turns a pixel black."""
