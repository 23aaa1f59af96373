"""Characters with boxes → lines: text, box, right edge of each character.

A line is `{"text", "box": [x0, y0, x1, y1], "edges": [...], "vertical": bool}` in page units, rounded to tenths.
Character k covers the stretch from edge k-1 (for k = 0 the side of the box where reading begins) to edge k, along x, or
along y for a vertical line. Reading begins at x0 or y0; a line whose edges fall is read backwards (upside-down pages,
text that runs upwards) and begins at x1 or y1.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate, pairwise
from typing import Any

Box = tuple[float, float, float, float]
_Row = list[tuple[str, Box | None]]
_LINE_ENDS = (0x0A, 0x0D)
_LAST_BEFORE_SURROGATES = 0xD7FF
_HIGH_SURROGATES, _LOW_SURROGATES = range(0xD800, 0xDC00), range(0xDC00, 0xE000)
# Shadowed titles are drawn twice, a hair apart.
_SAME_PLACE = 0.5


def build_lines(characters: Iterable[tuple[int, Box | None]], width: float, height: float) -> list[dict[str, Any]]:
    """Lines of a page of the given size, from code points that end lines by CR or LF.

    Blank lines are left out, and so is a line printed again over its own place.
    """
    found: list[dict[str, Any]] = []
    places: dict[str, list[Box]] = {}
    for row in _rows(characters):
        boxes = [box for _, box in row if box is not None]
        text = "".join(char for char, _ in row)
        box = (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))
        if any(_is_same_place(box, other) for other in places.setdefault(text, [])):
            continue
        places[text].append(box)
        is_vertical = _is_vertical(boxes)
        limits = (width, height, width, height)
        found.append(
            {
                "text": text,
                "box": [_clamp(value, limit) for value, limit in zip(box, limits, strict=True)],
                "edges": _edges([b for _, b in row], is_vertical=is_vertical, limit=height if is_vertical else width),
                "vertical": is_vertical,
            }
        )
    return found


def _rows(characters: Iterable[tuple[int, Box | None]]) -> Iterable[_Row]:
    """Runs of characters on one line, without blanks at their ends; each has at least one box."""
    row: _Row = []
    last: Box | None = None
    high = 0
    for code, box in characters:
        if code in _LINE_ENDS:
            yield from _trimmed(row)
            row = []
            continue
        if code > _LAST_BEFORE_SURROGATES:
            code, high = _join_surrogates(code, high)
        if not code:
            continue
        if box is not None:
            if last is not None and _steps_back(box, last):
                yield from _trimmed(row)
                row = []
            last = box
        row.append((chr(code), box))
    yield from _trimmed(row)


def _steps_back(box: Box, last: Box) -> bool:
    """Whether this is text drawn again over the same line: it arrives without a line end."""
    height = last[3] - last[1]
    return box[0] < last[0] - 2 * height and abs(box[1] - last[1]) < height


def _trimmed(row: _Row) -> Iterable[_Row]:
    solid = [index for index, (char, box) in enumerate(row) if box is not None and not char.isspace()]
    if solid:
        yield row[solid[0] : solid[-1] + 1]


def _join_surrogates(code: int, high: int) -> tuple[int, int]:
    """The code point that is complete now (0: none), and the half that waits for its other half."""
    if code in _HIGH_SURROGATES:
        return 0, code
    if code in _LOW_SURROGATES:
        return (0x10000 + ((high - 0xD800) << 10) + code - 0xDC00 if high else 0), 0
    return (code if code < 0x110000 else 0), high


def _is_same_place(box: Box, other: Box) -> bool:
    tolerance = _SAME_PLACE * (box[3] - box[1])
    return all(abs(a - b) <= tolerance for a, b in zip(box, other, strict=True))


def _is_vertical(boxes: list[Box]) -> bool:
    """Whether reading moves more along y than along x, by the centres of neighbouring characters."""
    across = sum(abs(b[0] + b[2] - a[0] - a[2]) for a, b in pairwise(boxes))
    along = sum(abs(b[1] + b[3] - a[1] - a[3]) for a, b in pairwise(boxes))
    return along > 2 * across


def _edges(boxes: list[Box | None], *, is_vertical: bool, limit: float) -> list[float]:
    """Far edge of each character in reading direction; a character without a box ends where the next one begins."""
    near, far = (1, 3) if is_vertical else (0, 2)
    first, last = boxes[0], boxes[-1]
    is_backward = bool(first and last and last[near] < first[near])
    if is_backward:
        near, far = far, near
    edges: list[float] = []
    following = 0.0
    for box in reversed(boxes):
        edges.append(following if box is None else box[far])
        following = following if box is None else box[near]
    edges.reverse()
    # Kerned and overlapping characters must not make the edges turn back.
    steps = accumulate(edges, min if is_backward else max)
    return [round(0.0 if edge < 0 else limit if edge > limit else edge, 1) for edge in steps]


def _clamp(value: float, limit: float) -> float:
    return round(min(max(value, 0.0), limit), 1)
