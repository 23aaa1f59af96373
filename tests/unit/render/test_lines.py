"""Characters with boxes become lines whose edges lead back to each character."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from render.ops.lines import Box, build_lines


def row(text: str, x: float = 10, y: float = 20, *, step: float = 12) -> list[tuple[int, Box | None]]:
    return [(ord(char), (x + i * step, y, x + (i + 1) * step, y + 12)) for i, char in enumerate(text)]


def texts(lines: list[dict[str, Any]]) -> list[str]:
    return [line["text"] for line in lines]


def test_line_has_a_box_and_one_right_edge_a_character() -> None:
    lines = build_lines(row("屋面渗漏"), 595, 842)
    assert lines == [
        {"text": "屋面渗漏", "box": [10, 20, 58, 32], "edges": [22, 34, 46, 58], "vertical": False},
    ]


def test_line_ends_separate_and_blank_lines_vanish() -> None:
    ends: list[tuple[int, Box | None]] = [(13, None), (10, None)]
    lines = build_lines([*row("一"), *ends, *row("  "), *ends, *row("二", y=60)], 595, 842)
    assert texts(lines) == ["一", "二"]


def test_blank_made_up_by_the_reader_reaches_to_the_next_character() -> None:
    lines = build_lines([*row("甲"), (32, None), *row("乙", x=100)], 595, 842)
    assert texts(lines) == ["甲 乙"]
    assert lines[0]["edges"] == [22, 100, 112]


def test_line_drawn_twice_for_a_shadow_is_read_once() -> None:
    lines = build_lines([*row("年度报告"), *row("年度报告", x=10.5, y=20.5)], 595, 842)
    assert texts(lines) == ["年度报告"]


def test_same_words_elsewhere_on_the_page_stay() -> None:
    lines = build_lines([*row("小计"), (10, None), *row("小计", y=90)], 595, 842)
    assert texts(lines) == ["小计", "小计"]


def test_vertical_lines_have_lower_edges() -> None:
    down = [(ord(char), (50.0, 20.0 + 12 * i, 62.0, 32.0 + 12 * i)) for i, char in enumerate("竖排标题")]
    line = build_lines(down, 595, 842)[0]
    assert line["vertical"] is True
    assert line["edges"] == [32, 44, 56, 68]


def test_lines_read_upwards_have_falling_edges() -> None:
    up = [(ord(char), (50.0, 80.0 - 12 * i, 62.0, 92.0 - 12 * i)) for i, char in enumerate("UP12")]
    line = build_lines(up, 595, 842)[0]
    assert line["vertical"] is True
    assert line["edges"] == [80, 68, 56, 44]


def test_surrogate_halves_make_one_character_and_lone_ones_vanish() -> None:
    box = (10.0, 20.0, 22.0, 32.0)
    lines = build_lines(
        [(0xD840, box), (0xDC0B, box), (0xDC0B, box), (0, box), (0x41, (24.0, 20.0, 30.0, 32.0))], 595, 842
    )
    assert texts(lines) == ["\U0002000bA"]


@given(
    st.lists(
        st.tuples(
            st.sampled_from([10, 13, 32, 0x41, 0x6863, 0xD840, 0xDC0B]),
            st.none() | st.tuples(*[st.floats(-500, 2000, allow_nan=False)] * 4),
        ),
        max_size=40,
    )
)
def test_any_page_gives_edges_that_match_and_stay_on_it(characters: list[tuple[int, Box | None]]) -> None:
    for line in build_lines(characters, 595, 842):
        assert len(line["edges"]) == len(line["text"])
        assert line["text"] == line["text"].strip()
        limit = 842 if line["vertical"] else 595
        assert all(0 <= edge <= limit for edge in line["edges"])
        steps = [b - a for a, b in pairwise(line["edges"])]
        assert all(step >= 0 for step in steps) or all(step <= 0 for step in steps)
