"""The piece of the scan beside a line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.texts import Line
from portal.review.model import build_crop

WIDTH, HEIGHT = 595.0, 842.0
edge = st.floats(-20, 900, allow_nan=False)


@given(edge, edge, edge, edge, st.booleans())
def test_a_piece_lies_on_the_page_and_shows_something(
    left: float, top: float, right: float, bottom: float, vertical: bool
) -> None:
    crop = build_crop(Line("字", (left, top, right, bottom), vertical=vertical), WIDTH, HEIGHT)
    if crop is not None:
        x, y, across, down = crop.box
        assert x >= 0
        assert y >= 0
        assert x + across <= WIDTH + 0.02
        assert y + down <= HEIGHT + 0.02
        assert min(across, down, crop.width, crop.height) > 0


@pytest.mark.parametrize("thickness", [6.0, 12.0, 30.0])
def test_small_print_is_enlarged_and_keeps_its_shape(thickness: float) -> None:
    crop = build_crop(Line("一行字", (100.0, 100.0, 100.0 + 10 * thickness, 100.0 + thickness)), WIDTH, HEIGHT)
    assert crop is not None
    assert crop.height == pytest.approx(1.7 * min(30.0, 4.0 * thickness), abs=1)
    assert crop.width / crop.height == pytest.approx(crop.box[2] / crop.box[3], rel=0.05)


def test_a_line_without_a_place_has_none() -> None:
    assert build_crop(Line("字"), WIDTH, HEIGHT) is None
    assert build_crop(Line("字", (1.0, 1.0, 9.0, 9.0)), 0.0, 0.0) is None
