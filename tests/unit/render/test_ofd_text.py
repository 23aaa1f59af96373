"""Steps and spaces of OFD text objects."""

from __future__ import annotations

import pytest

from render.ops.ofd_text import SAME, apply, expand, multiply, numbers


@pytest.mark.parametrize(
    ("deltas", "count", "expected"),
    [
        ("1 2 3", 3, [1, 2, 3]),
        ("g 2 5 7", 4, [5, 5, 7, 7]),
        ("G 1 2 g 2 3", 3, [2, 3, 3]),
        ("5", 4, [5, 5, 5, 5]),
        ("g 999999999 1", 3, [1, 1, 1]),
        ("g 0 4", 2, []),
        ("g", 2, [0, 0]),
        ("", 3, []),
        (None, 3, []),
    ],
)
def test_steps(deltas: str | None, count: int, expected: list[float]) -> None:
    assert expand(deltas, count) == expected


def test_numbers_leave_out_what_is_none() -> None:
    assert numbers("1 x 2.5 nan inf -3") == [1, 2.5, -3]


def test_matrices_apply_one_after_the_other() -> None:
    turn, move = (0, 1, -1, 0, 0, 0), (1, 0, 0, 1, 10, 20)
    assert apply(multiply(turn, move), 3, 4) == apply(move, *apply(turn, 3, 4)) == (6, 23)
    assert multiply(turn, SAME) == turn
