"""Pages that stand on their head or lie on their side: when to look at a page turned, and the way back.

The engine reads what is upright, and tall pieces turned against the clock. Text that runs down the side of a page is
therefore read as it is; text that runs up, or upside down, gives few characters of little certainty (measured on a
printed page: 9 of 100 characters at 0.6 to 0.7, all of them at 0.99 once turned). Only such pages are read twice, and
the second reading counts only when it says more.
"""

from __future__ import annotations

import math
from typing import Any

Line = dict[str, Any]
UNSURE = 0.85
"""Mean certainty of a page's characters below which it may not be upright."""
BETTER = 1.2
"""How much more a turned page must say to be believed."""
# The engine turns a piece that is this much higher than wide by 90° before it reads it.
_TALL = 1.5


def is_tall(quad: Any) -> bool:
    """Whether four corners, from the top left, enclose a piece that the engine reads lying."""
    top_left, top_right, bottom_right, bottom_left = quad
    across = max(math.dist(top_left, top_right), math.dist(bottom_left, bottom_right))
    return max(math.dist(top_left, bottom_left), math.dist(top_right, bottom_right)) >= _TALL * max(across, 1.0)


def are_mostly_tall(lines: list[Line]) -> bool:
    """Whether most characters stand in tall lines."""
    tall = sum(len(line["text"]) for line in lines if is_tall(line["quad"]))
    return 2 * tall > sum(len(line["text"]) for line in lines)


def find_turn(lines: list[Line]) -> int:
    """Quarter turns against the clock after which the page should be read again; 0 for a page read with certainty."""
    count = sum(len(line["text"]) for line in lines)
    certain = sum(line["confidence"] * len(line["text"]) for line in lines)
    if not count or certain >= UNSURE * count:
        return 0
    return 3 if sum(len(line["text"]) for line in lines if line["vertical"]) * 2 > count else 2


def is_better(turned: list[Line], lines: list[Line]) -> bool:
    """Whether the turned page says enough more."""
    return _weigh(turned) > BETTER * _weigh(lines)


def turn_back(line: Line, quarters: int, width: int, height: int) -> Line:
    """A line of a page that was turned that often, with its places on the page of that size before."""
    corners = [(line["box"][0], line["box"][1]), (line["box"][2], line["box"][3])]
    (xa, ya), (xb, yb) = (_move(x, y, quarters, width, height) for x, y in corners)
    along = [
        _move(0.0, edge, quarters, width, height) if line["vertical"] else _move(edge, 0.0, quarters, width, height)
        for edge in line["edges"]
    ]
    is_vertical = line["vertical"] != (quarters % 2 == 1)
    back = {name: value for name, value in line.items() if name != "quad"}
    return back | {
        "box": [min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb)],
        "edges": [y if is_vertical else x for x, y in along],
        "vertical": is_vertical,
    }


def _move(x: float, y: float, quarters: int, width: int, height: int) -> tuple[float, float]:
    """Where a point of the turned page lay: the way back of `numpy.rot90`."""
    return {0: (x, y), 1: (width - y, x), 2: (width - x, height - y), 3: (y, height - x)}[quarters]


def _weigh(lines: list[Line]) -> float:
    """Characters weighed by how sure recognition is; what is read by chance weighs next to nothing."""
    return float(sum(len(line["text"]) * max(0.0, line["confidence"] - 0.5) for line in lines))
