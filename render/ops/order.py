"""Reading order of recognised lines: rows from top to bottom, in a row from left to right, on skewed pages too.

Columns of prose – newspaper pages, two book pages on one scan – are read one after the other; tables by rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import Any

from render.ops.orientation import are_mostly_tall

_LEAST_WIDTH_FOR_ANGLE = 3.0
_SAME_ROW = 0.5
_PROSE = 11
"""A line of prose is at least this many times as long as high."""
_LEAST_COLUMN = 4
_FULL = 0.7
"""Share of a column's lines that go from edge to edge, but for an indent and ragged ends (in heights of a line)."""
_INDENT, _RAGGED = 2.5, 1.5


def sort_lines(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """`lines` (with `quad`: four corners from the top left, clockwise) in the order in which a person reads them.

    The page's skew is the median angle of its long lines; rows are made on the straightened page, by vertical overlap
    with the row's first line, so that a slow drift cannot chain two rows into one. Where most text stands in tall lines
    (vertical writing, pages on their side) these are read from right to left, as rows of the page turned.
    """
    if are_mostly_tall(lines):
        lying = [{"quad": _lay_down(line["quad"]), "text": "", "line": line} for line in lines]
        return [entry["line"] for entry in _sort_rows(lying)]
    return _sort_rows(lines)


def _lay_down(quad: Any) -> list[tuple[float, float]]:
    """The corners on the page turned against the clock, again from the top left."""
    top_left, top_right, bottom_right, bottom_left = quad
    return [(float(y), -float(x)) for x, y in (top_right, bottom_right, bottom_left, top_left)]


def _sort_rows(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    angle = _skew(lines)
    sine, cosine = math.sin(-angle), math.cos(-angle)

    def place(line: dict[str, Any]) -> _Placed:
        quad = line["quad"]
        across = [x * cosine - y * sine for x, y in quad]
        y = sum(x * sine + y * cosine for x, y in quad) / 4
        return _Placed(line, min(across), max(across), y, math.dist(quad[0], quad[3]))

    return [placed.line for placed in _sort_columns([place(line) for line in lines])]


@dataclass(frozen=True, eq=False)
class _Placed:
    """A line on the straightened page."""

    line: dict[str, Any]
    left: float
    right: float
    y: float
    height: float

    @property
    def is_prose(self) -> bool:
        return self.right - self.left >= _PROSE * self.height


def _sort_columns(placed: list[_Placed]) -> list[_Placed]:
    """Columns of prose one after the other, what stands above and below them around; everything else by rows."""
    gutter = _find_gutter(placed)
    if gutter is None:
        return _sort_plain(placed)
    prose = [one.y for one in placed if one.is_prose and (one.right <= gutter or one.left >= gutter)]
    first, last = min(prose), max(prose)
    body = [one for one in placed if first <= one.y <= last]
    return [
        *_sort_plain([one for one in placed if one.y < first]),
        *_sort_plain([one for one in body if one.right <= gutter]),
        *_sort_columns([one for one in body if one.right > gutter]),
        *_sort_plain([one for one in placed if one.y > last]),
    ]


def _find_gutter(placed: list[_Placed]) -> float | None:
    """Where the first column of prose ends and the next begins; None where nothing stands in columns."""
    prose = [one for one in placed if one.is_prose]
    for gutter in sorted({one.left for one in prose}):
        left = [one for one in prose if one.right <= gutter]
        right = [one for one in prose if one.left >= gutter]
        if not _is_column(left) or not (_is_column(right) or _find_gutter(right) is not None):
            continue
        first, last = min(one.y for one in (*left, *right)), max(one.y for one in (*left, *right))
        is_crossed = any(one.left < gutter < one.right and first <= one.y <= last for one in placed)
        if not is_crossed and gutter - max(one.right for one in left) >= right[0].height:
            return gutter
    return None


def _is_column(prose: list[_Placed]) -> bool:
    """Whether lines fill a column from edge to edge, as prose does and cells of a table do not."""
    if len(prose) < _LEAST_COLUMN:
        return False
    begin, end = min(one.left for one in prose), max(one.right for one in prose)
    full = [one for one in prose if one.left - begin < _INDENT * one.height and end - one.right < _RAGGED * one.height]
    return len(full) >= _FULL * len(prose)


def _sort_plain(placed: list[_Placed]) -> list[_Placed]:
    rows: list[list[_Placed]] = []
    for one in sorted(placed, key=lambda one: one.y):
        first = rows[-1][0] if rows else None
        if first is not None and abs(one.y - first.y) < _SAME_ROW * min(one.height, first.height):
            rows[-1].append(one)
        else:
            rows.append([one])
    return [one for row in rows for one in sorted(row, key=lambda one: one.left)]


def _skew(lines: list[dict[str, Any]]) -> float:
    angles = []
    for line in lines:
        (xa, ya), (xb, yb), _, last = line["quad"]
        if math.dist((xa, ya), (xb, yb)) > _LEAST_WIDTH_FOR_ANGLE * math.dist((xa, ya), last):
            angles.append(math.atan2(yb - ya, xb - xa))
    return median(angles) if angles else 0.0
