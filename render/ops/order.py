"""Reading order of recognised lines: rows from top to bottom, in a row from left to right, on skewed pages too."""

from __future__ import annotations

import math
from statistics import median
from typing import Any

_LEAST_WIDTH_FOR_ANGLE = 3.0
_SAME_ROW = 0.5


def sort_lines(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """`lines` (with `quad`: four corners from the top left, clockwise) in the order in which a person reads them.

    The page's skew is the median angle of its long lines; rows are made on the straightened page, by vertical overlap
    with the row's first line, so that a slow drift cannot chain two rows into one.
    """
    angle = _skew(lines)
    sine, cosine = math.sin(-angle), math.cos(-angle)

    def place(line: dict[str, Any]) -> tuple[float, float, float]:
        quad = line["quad"]
        x, y = sum(p[0] for p in quad) / 4, sum(p[1] for p in quad) / 4
        height = math.dist(quad[0], quad[3])
        return x * cosine - y * sine, x * sine + y * cosine, height

    placed = sorted(((*place(line), line) for line in lines), key=lambda entry: entry[1])
    rows: list[list[tuple[float, float, float, dict[str, Any]]]] = []
    for entry in placed:
        _, y, height, _ = entry
        first = rows[-1][0] if rows else None
        if first is not None and abs(y - first[1]) < _SAME_ROW * min(height, first[2]):
            rows[-1].append(entry)
        else:
            rows.append([entry])
    return [entry[3] for row in rows for entry in sorted(row, key=lambda entry: entry[0])]


def _skew(lines: list[dict[str, Any]]) -> float:
    angles = []
    for line in lines:
        (xa, ya), (xb, yb), _, last = line["quad"]
        if math.dist((xa, ya), (xb, yb)) > _LEAST_WIDTH_FOR_ANGLE * math.dist((xa, ya), last):
            angles.append(math.atan2(yb - ya, xb - xa))
    return median(angles) if angles else 0.0
