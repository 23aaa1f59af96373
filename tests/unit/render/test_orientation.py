"""Pages that were scanned turned: which are read again, and where their lines lie."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from render.ops.order import sort_lines
from render.ops.orientation import find_turn, is_better, turn_back

WIDTH, HEIGHT = 40, 60


def line(text: str, box: tuple[int, int, int, int], confidence: float = 0.99) -> dict[str, Any]:
    left, top, right, bottom = box
    vertical = bottom - top > right - left
    begin, end = (top, bottom) if vertical else (left, right)
    return {
        "text": text,
        "box": list(box),
        "quad": [(left, top), (right, top), (right, bottom), (left, bottom)],
        "edges": [begin + (end - begin) * (n + 1) / len(text) for n in range(len(text))],
        "vertical": vertical,
        "confidence": confidence,
    }


@pytest.mark.parametrize("quarters", [1, 2, 3])
@pytest.mark.parametrize("box", [(5, 10, 35, 16), (8, 12, 14, 50)])
def test_boxes_of_a_turned_page_lie_over_the_same_ink(quarters: int, box: tuple[int, int, int, int]) -> None:
    page = np.zeros((HEIGHT, WIDTH), int)
    page[box[1] : box[3], box[0] : box[2]] = 1
    rows, columns = np.nonzero(np.rot90(page, quarters))
    turned = line("四个文字", (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1))
    back = turn_back(turned, quarters, WIDTH, HEIGHT)
    assert back["box"] == list(box)
    assert back["vertical"] == (box[3] - box[1] > box[2] - box[0])
    begin, end = (box[1], box[3]) if back["vertical"] else (box[0], box[2])
    assert back["edges"][-1] in (begin, end)
    assert sorted(back["edges"], reverse=bool(back["edges"][-1] == begin)) == back["edges"]


@pytest.mark.parametrize(("quarters", "falls"), [(1, False), (2, True), (3, True)])
def test_edges_say_in_which_direction_one_reads(quarters: int, falls: bool) -> None:
    """A page whose text runs down is turned once against the clock, one whose text runs up three times."""
    edges = turn_back(line("四个文字", (5, 10, 35, 16)), quarters, WIDTH, HEIGHT)["edges"]
    assert (edges[-1] < edges[0]) is falls


def test_only_pages_read_without_certainty_are_read_again() -> None:
    assert find_turn([]) == 0
    assert find_turn([line("清楚的一行", (0, 0, 50, 10)), line("糊", (0, 20, 10, 30), 0.5)]) == 0
    assert find_turn([line("杀使期养护的护", (0, 0, 70, 10), 0.68)]) == 2
    assert find_turn([line("于和关热养护二", (0, 0, 10, 70), 0.62)]) == 3


def test_a_turned_page_counts_only_when_it_says_more() -> None:
    poor = [line("杀使期养护的护", (0, 0, 70, 10), 0.68)]
    assert is_better([line("后勤保障部关于", (0, 0, 70, 10))], poor)
    assert not is_better([line("后勤", (0, 0, 20, 10))], poor)
    assert not is_better([], poor)


def test_vertical_writing_is_read_from_right_to_left() -> None:
    columns = [line(f"第{n}列文字甚多", (400 - 60 * n, 20 + n, 440 - 60 * n, 300 + n)) for n in range(5)]
    title = line("标题", (430, 20, 460, 70))
    found = [one["text"] for one in sort_lines([*columns[2:], *columns[:2], title])]
    assert found == ["标题", *(f"第{n}列文字甚多" for n in range(5))]
    cut = [
        line("列之下半部分", (400, 320, 440, 600)),
        line("列之上半部分", (400, 20, 440, 310)),
        line("左", (300, 20, 340, 600)),
    ]
    assert [one["text"] for one in sort_lines(cut)] == ["列之上半部分", "列之下半部分", "左"]
