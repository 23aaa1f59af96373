"""Large pages are cut so that nothing is missed, and joined so that nothing comes twice."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from render.ops.tiles import OVERLAP, TILE, Tile, find_window, join_lines, plan_tiles


@pytest.mark.parametrize("size", [(1, 1), (1654, 2339), (3307, 2339), (2339, 3307)])
def test_ordinary_pages_stay_whole(size: tuple[int, int]) -> None:
    assert plan_tiles(*size) == (1.0, [Tile(0, 0, *size)])


@given(st.integers(1, 40_000), st.integers(3401, 40_000))
def test_tiles_cover_the_page_with_an_overlap(short: int, long: int) -> None:
    for width, height in ((short, long), (long, short)):
        scale, tiles = plan_tiles(width, height)
        assert 1 <= len(tiles) <= 6
        right, bottom = max(tile.right for tile in tiles), max(tile.bottom for tile in tiles)
        assert (right, bottom) == (round(width * scale), round(height * scale))
        assert all(tile.right - tile.left <= TILE + 1 and tile.bottom - tile.top <= TILE + 1 for tile in tiles)
        lefts = sorted({(tile.left, tile.right) for tile in tiles})
        assert lefts[0][0] == 0
        assert all(one[1] - two[0] >= OVERLAP - 1 for one, two in pairwise(lefts))


@pytest.mark.parametrize("paper", [255, 200, 20])
def test_window_holds_the_marks_with_a_margin(paper: int) -> None:
    page = np.full((2339, 1654), paper, np.uint8)
    page[1100:1130, 100:800] = 255 - paper if paper != 200 else 90
    window = find_window(page)
    assert window is not None
    assert window.left <= 100 - 40
    assert window.right >= 800 + 40
    assert window.top <= 1100 - 40
    assert window.bottom >= 1130 + 40
    assert window.right - window.left >= 736
    assert 736 <= window.bottom - window.top < 900


def test_window_of_marks_in_the_corner_stays_on_the_page() -> None:
    page = np.full((2339, 1654), 255, np.uint8)
    page[2300:2339, 1600:1654] = 0
    assert find_window(page) == Tile(1654 - 736, 2339 - 736, 1654, 2339)
    small = np.full((100, 300), 255, np.uint8)
    small[50, 50:250] = 0
    assert find_window(small) == Tile(0, 0, 300, 100)


def test_blank_and_speckled_pages_have_no_window() -> None:
    page = np.full((2339, 1654), 250, np.uint8)
    assert find_window(page) is None
    page[::400, ::300] = 60
    assert find_window(page) is None


def line(text: str, *box: float) -> dict[str, Any]:
    return {"text": text, "box": list(box)}


def test_whole_line_beats_its_stump_and_a_lone_stump_stays() -> None:
    left, right = Tile(0, 0, 2000, 1000), Tile(1800, 0, 3800, 1000)
    found = join_lines(
        [
            (left, [line("消防泵房", 1850, 100, 1998, 130), line("只在左边", 100, 100, 300, 130)]),
            (right, [line("消防泵房平面图", 1850, 100, 2100, 130), line("断", 1800, 500, 1840, 530)]),
        ],
        3800,
        1000,
    )
    assert {entry["text"] for entry in found} == {"消防泵房平面图", "只在左边", "断"}


def test_line_in_the_overlap_comes_once() -> None:
    left, right = Tile(0, 0, 2000, 1000), Tile(1800, 0, 3800, 1000)
    found = join_lines(
        [(left, [line("水竣-03", 1850, 100, 1950, 130)]), (right, [line("水竣-03", 1851, 100, 1951, 131)])], 3800, 1000
    )
    assert [entry["text"] for entry in found] == ["水竣-03"]
