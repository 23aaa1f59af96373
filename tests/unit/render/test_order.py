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


def prose(name: str, left: float, count: int, *, top: float = 200, angle: float = 0.0) -> list[dict[str, Any]]:
    """Lines of a paragraph: an indent first, a short last line."""
    return [
        line(
            f"{name}{n}",
            left + (40 if n == 0 else 0),
            top + 30 * n,
            (400 if n < count - 1 else 240) - (40 if n == 0 else 0),
            angle=angle,
        )
        for n in range(count)
    ]


@pytest.mark.parametrize("angle", [0.0, 2.0])
@pytest.mark.parametrize("columns", [2, 3])
def test_columns_are_read_one_after_the_other(angle: float, columns: int) -> None:
    body = [one for n in range(columns) for one in prose("甲乙丙"[n], 60 + 480 * n, 7 - n, angle=angle)]
    head, foot = line("通栏标题", 60, 120, 880, angle=angle), line("第三页", 500, 600, 80, angle=angle)
    shuffled = [head, *body, foot]
    random.Random(5).shuffle(shuffled)
    assert [one["text"] for one in sort_lines(shuffled)] == [one["text"] for one in (head, *body, foot)]


def test_a_table_is_read_by_rows_even_where_its_cells_are_long() -> None:
    widths = (400, 180, 260, 330, 210, 390)
    cells = [
        line(f"{row}{column}", 60 + 480 * column, 100 + 30 * row, widths[(row + 2 * column) % 6])
        for row in range(6)
        for column in range(2)
    ]
    assert [one["text"] for one in sort_lines(cells)] == [f"{row}{column}" for row in range(6) for column in range(2)]


def test_a_line_across_the_gutter_keeps_the_rows() -> None:
    body = [*prose("甲", 60, 6), *prose("乙", 540, 6)]
    found = [one["text"] for one in sort_lines([*body, line("跨栏", 300, 285, 500)])]
    assert found[:2] == ["甲0", "乙0"]
