"""What of a page is looked at, and in how many pictures: margins are cut off, large pages are cut up.

The engine shrinks a picture to at most 2,000 pixels a side; up to A3 at 200 dots an inch that keeps print legible.
Larger pages are read in at most six overlapping tiles, so that a wall-sized plan costs the time of six ordinary pages.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

TILE = 2000
OVERLAP = 200
_LARGEST_WHOLE = 3400
_MOST_TILES = 6
_BORDER = 4
_FAINTEST = 16
_MARGIN, _SMALLEST = 48, 736
_COVERED = 0.5
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Tile:
    """A part of the scaled page, in its pixels."""

    left: int
    top: int
    right: int
    bottom: int


def find_window(grey: npt.NDArray[Any]) -> Tile | None:
    """The part of a page that is not bare paper, with a margin; None for a blank page.

    The detection network sees a lonely line better on a small picture, and margins cost time. Paper is the middle shade
    of the page; on a quarter of its size single specks are gone.
    """
    height, width = grey.shape
    small = cv2.resize(grey, (max(1, width // 4), max(1, height // 4)), interpolation=cv2.INTER_AREA)
    marked = np.abs(small.astype(np.int16) - int(np.median(small))) > _FAINTEST
    rows, columns = np.flatnonzero(marked.any(axis=1)), np.flatnonzero(marked.any(axis=0))
    if not len(rows):
        return None
    top, bottom = _widen(int(rows[0]) * 4, int(rows[-1] + 1) * 4, height)
    left, right = _widen(int(columns[0]) * 4, int(columns[-1] + 1) * 4, width)
    return Tile(left, top, right, bottom)


def _widen(begin: int, end: int, limit: int) -> tuple[int, int]:
    """Adds the margin, and more up to the size below which the engine would enlarge the picture."""
    lacking = max(2 * _MARGIN, _SMALLEST - (end - begin))
    begin = max(0, begin - lacking // 2)
    end = min(limit, max(end + lacking // 2, begin + _SMALLEST))
    return max(0, min(begin, end - _SMALLEST)), end


def plan_tiles(width: int, height: int) -> tuple[float, list[Tile]]:
    """Scale of the page, and the tiles that cover the scaled page; one tile at scale 1 for a page of ordinary size."""
    if max(width, height) <= _LARGEST_WHOLE:
        return 1.0, [Tile(0, 0, width, height)]
    scale = 1.0
    while _count(width * scale) * _count(height * scale) > _MOST_TILES:
        scale *= 0.95
    wide, high = round(width * scale), round(height * scale)
    return scale, [Tile(left, top, right, bottom) for top, bottom in _cut(high) for left, right in _cut(wide)]


def _count(length: float) -> int:
    return max(1, math.ceil((length - OVERLAP) / (TILE - OVERLAP)))


def _cut(length: int) -> list[tuple[int, int]]:
    """Even stretches of at most TILE that overlap by OVERLAP."""
    count = _count(length)
    step = (length - OVERLAP) / count
    return [(round(step * part), min(length, round(step * (part + 1)) + OVERLAP)) for part in range(count)]


def join_lines(found: Iterable[tuple[Tile, list[dict[str, Any]]]], width: int, height: int) -> list[dict[str, Any]]:
    """Lines of all tiles (their boxes in pixels of the scaled page of this size), each text once.

    A line whole in one tile beats its stump at the border of another; a stump stays where nothing else was found.
    """
    lines = [(_is_cut(line["box"], tile, width, height), line) for tile, part in found for line in part]
    kept: list[dict[str, Any]] = []
    for _, line in sorted(lines, key=lambda entry: (entry[0], -_area(entry[1]["box"]))):
        if sum(_shared(line["box"], other["box"]) for other in kept) < _COVERED * _area(line["box"]):
            kept.append(line)
    return kept


def _is_cut(box: Box, tile: Tile, width: int, height: int) -> bool:
    return (
        (tile.left > 0 and box[0] <= tile.left + _BORDER)
        or (tile.top > 0 and box[1] <= tile.top + _BORDER)
        or (tile.right < width and box[2] >= tile.right - _BORDER)
        or (tile.bottom < height and box[3] >= tile.bottom - _BORDER)
    )


def _area(box: Box) -> float:
    return max((box[2] - box[0]) * (box[3] - box[1]), 1e-6)


def _shared(box: Box, other: Box) -> float:
    across = min(box[2], other[2]) - max(box[0], other[0])
    down = min(box[3], other[3]) - max(box[1], other[1])
    return max(across, 0.0) * max(down, 0.0)
