"""Blank pages, and those that must never be taken for one: what is faint, small or at the edge is still something."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw, ImageFont

from render.ops.blank import is_blank
from tests.indexer_world import FONT

Array = npt.NDArray[np.float32]
Draw = Callable[[ImageDraw.ImageDraw], None]

WIDTH, HEIGHT = 1654, 2339
"""A4 at 200 dots an inch."""
POINT = 200 / 72
TEXT = "晋北市第二人民医院后勤保障部关于三号楼屋面渗漏的维修报告"


def draw(marks: Draw) -> Array:
    """Black on white, from 0 to 255."""
    page = Image.new("L", (WIDTH, HEIGHT), 255)
    marks(ImageDraw.Draw(page))
    return np.asarray(page, dtype=np.float32)


def write(text: str, points: float, left: int = 300, top: int = 400) -> Draw:
    font = ImageFont.truetype(FONT, round(points * POINT))
    return lambda pen: pen.text((left, top), text, font=font, fill=0)


def letter(pen: ImageDraw.ImageDraw) -> None:
    for line in range(12):
        write(TEXT, 12, 200, 300 + 120 * line)(pen)


def scan(marks: Array, *, paper: float = 235, contrast: float = 1.0, noise: float = 2.0) -> npt.NDArray[np.uint8]:
    """How a scanner sees the marks: on uneven paper, so much weaker, with grain."""
    chance = np.random.default_rng(5)
    patches = chance.normal(0, 4, (HEIGHT // 60, WIDTH // 60)).astype(np.float32)
    uneven = cv2.resize(patches, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    seen = paper + uneven + (marks - 255) * contrast + chance.normal(0, noise, marks.shape)
    return np.clip(seen, 0, 255).astype(np.uint8)[:, :, None].repeat(3, axis=2)


def specks(count: int, largest: int) -> Draw:
    chance = np.random.default_rng(6)

    def marks(pen: ImageDraw.ImageDraw) -> None:
        for x, y, size in zip(
            chance.integers(0, WIDTH, count), chance.integers(0, HEIGHT, count), chance.integers(1, largest, count),
            strict=True,
        ):  # fmt: skip
            pen.ellipse((int(x), int(y), int(x + size), int(y + size)), fill=60)

    return marks


def shine_through(strength: float) -> npt.NDArray[np.uint8]:
    """The back of a letter: mirrored, blurred by the paper (half a millimetre), and weak."""
    other_side = cv2.GaussianBlur(np.ascontiguousarray(draw(letter)[:, ::-1]), (0, 0), 4)
    return scan(other_side, contrast=strength)


BLANK = {
    "white": lambda: np.full((HEIGHT, WIDTH, 3), 255, np.uint8),
    "grained": lambda: scan(draw(lambda _: None), noise=5),
    "brown": lambda: scan(draw(lambda _: None), paper=170, noise=3),
    "specks": lambda: scan(draw(specks(200, 5))),
    "two colours with specks": lambda: draw(specks(200, 4)).astype(np.uint8)[:, :, None].repeat(3, axis=2),
    "shining through": lambda: shine_through(0.15),
    "dark rim": lambda: scan(draw(lambda pen: pen.polygon([(0, 0), (30, 0), (60, HEIGHT), (0, HEIGHT)], fill=0))),
}
WRITTEN = {
    "letter": lambda: scan(draw(letter)),
    "faint": lambda: scan(draw(letter), contrast=0.08),
    "faint with grain": lambda: scan(draw(letter), contrast=0.15, noise=5),
    "faint on brown": lambda: scan(draw(letter), paper=170, contrast=0.1, noise=3),
    "a lone number": lambda: scan(draw(write("3", 9, WIDTH // 2, HEIGHT - 120))),
    "a faint word": lambda: scan(draw(write("附件", 10.5)), contrast=0.12),
    "a pencil stroke": lambda: scan(draw(lambda pen: pen.line((500, 500, 620, 540), fill=0, width=3)), contrast=0.15),
    "a frame": lambda: scan(draw(lambda pen: pen.rectangle((150, 150, 1500, 2200), outline=0, width=2)), contrast=0.2),
    "specks and a word": lambda: scan(draw(lambda pen: (specks(200, 5)(pen), write("背面有字", 9)(pen)))),
    "beside a dark rim": lambda: scan(
        draw(lambda pen: (pen.rectangle((0, 0, 30, HEIGHT), fill=0), write("一", 12, 60, 900)(pen)))
    ),
    "black": lambda: np.zeros((HEIGHT, WIDTH, 3), np.uint8),
    "a cutting": lambda: np.full((260, 900, 3), 255, np.uint8),
}


@pytest.mark.parametrize("name", BLANK)
def test_what_nobody_wrote_on_is_blank(name: str) -> None:
    assert is_blank(BLANK[name]())


@pytest.mark.parametrize("name", WRITTEN)
def test_whatever_may_hold_something_is_looked_at(name: str) -> None:
    assert not is_blank(WRITTEN[name]())


@pytest.mark.parametrize("colour", [(255, 250, 160), (255, 205, 205), (200, 215, 255)])
def test_weak_colours_count(colour: tuple[int, int, int]) -> None:
    """Marker pens, pale seals and blue carbon copies are hardly darker than their paper."""
    page = Image.new("RGB", (WIDTH, HEIGHT), "white")
    ImageDraw.Draw(page).ellipse((900, 1700, 1300, 2100), outline=colour, width=8)
    assert not is_blank(np.ascontiguousarray(np.asarray(page)[:, :, ::-1]))


def test_a_finer_scan_is_judged_alike() -> None:
    fine = {name: cv2.resize(BLANK[name](), None, fx=1.5, fy=1.5) for name in ("grained", "shining through")}
    assert all(map(is_blank, fine.values()))
    assert not is_blank(cv2.resize(WRITTEN["faint"](), None, fx=1.5, fy=1.5))
