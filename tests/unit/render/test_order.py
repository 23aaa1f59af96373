"""Recognised lines come in the order in which a person reads them."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

from render.ops.order import sort_lines


def line(text: str, x: float, y: float, width: float = 200, *, angle: float = 0.0) -> dict[str, Any]:
    """A line 20 high at (x, y) of an upright page that was turned by `angle` degrees around its origin."""
    sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    corners = [(x, y), (x + width, y), (x + width, y + 20), (x, y + 20)]
    return {"text": text, "quad": [(a * cosine - b * sine, a * sine + b * cosine) for a, b in corners]}


@pytest.mark.parametrize("angle", [0.0, -2.5, 2.5, 6.0])
def test_cells_of_a_row_stay_together_on_a_skewed_page(angle: float) -> None:
    cells = [
        line(f"{row}{column}", 60 + column * 400, 100 + row * 30, angle=angle)
        for row in range(5)
        for column in range(3)
    ]
    random.Random(3).shuffle(cells)
    found = [cell["text"] for cell in sort_lines(cells)]
    assert found == [f"{row}{column}" for row in range(5) for column in range(3)]


def test_small_print_does_not_chain_two_rows() -> None:
    cells = [line("上", 50, 100), line("注", 300, 110, 30), line("下", 50, 122)]
    assert sort_lines(cells)[0]["text"] == "上"
    assert sort_lines(cells)[-1]["text"] == "下"


def test_nothing_and_one_line() -> None:
    assert sort_lines([]) == []
    assert [cell["text"] for cell in sort_lines([line("一", 0, 0)])] == ["一"]
