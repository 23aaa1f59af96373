"""Whether a page image holds nothing: back sides, sheets between. Such a page is not recognised.

Text has sharp edges, however faint it is; what shines through from the other side was blurred by the paper, and specks
are small. So marks are looked for in what a slight blur of the page takes away, and only marks of the size of writing
count. A page in doubt is recognised, because that costs seconds and a page taken for blank costs its text.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

_WORKING_LONG = 1754
"""Pixels: A4 at 150 dots an inch, for which all lengths below are."""
_SMALLEST_PAGE = 1100
"""Smaller pictures are cuttings and views of a screen, not pages."""
_LARGEST_WHOLE = 3600
"""A larger picture is taken for a larger sheet, not for a finer scan."""
_DARKEST_PAPER = 110
_FINE, _COARSE = 0.7, 2.2
_FAINTEST, _CLEAREST = 4.0, 16.0
_NOISE = 4.0
_MAD_TO_SIGMA = 1.4826
_LARGE, _SMALL, _FEW_SMALL = 10, 6, 3
"""Longest sides of marks: 1.7 mm is the height of a digit of 7 points, 1 mm a comma. So many small ones count."""
_JOIN = 3
_RIM, _RIM_SOFT, _RIM_DARKER = 88, 11, 40
"""The rim of a scan: at most 15 mm deep, its border so soft, and so much darker than the paper."""


def is_blank(pixels: Array) -> bool:
    """Whether nobody left a mark on the page (BGR). Specks, blurred bleed-through and shadows at the edges are none."""
    longest = max(pixels.shape[:2])
    if longest < _SMALLEST_PAGE:
        return False
    blue, green, red = cv2.split(pixels)
    shades = cv2.min(cv2.min(blue, green), red)
    scale = _WORKING_LONG / longest if _WORKING_LONG < longest <= _LARGEST_WHOLE else min(1.0, _LARGEST_WHOLE / longest)
    page = cv2.resize(shades, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA).astype(np.float32)
    if np.median(page) < _DARKEST_PAPER:
        return False
    sharp = cv2.GaussianBlur(page, (0, 0), _COARSE) - cv2.GaussianBlur(page, (0, 0), _FINE)
    noise = _MAD_TO_SIGMA * float(np.median(np.abs(sharp - np.median(sharp))))
    marked = (sharp > min(max(_FAINTEST, _NOISE * noise), _CLEAREST)).astype(np.uint8)
    joined = cv2.morphologyEx(marked, cv2.MORPH_CLOSE, np.ones((_JOIN, _JOIN), np.uint8))
    joined[_find_rim(page)] = 0
    _, _, wide, high = cv2.connectedComponentsWithStats(joined, connectivity=8)[2][1:, :4].T
    sizes = np.maximum(wide, high)
    return not (sizes >= _LARGE).any() and int((sizes >= _SMALL).sum()) < _FEW_SMALL


def _find_rim(page: Array) -> npt.NDArray[np.bool_]:
    """Where the scan shows what lies beside the paper: dark, along an edge and not deep."""
    dark = (page < np.median(page) - _RIM_DARKER).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    left, top, wide, high = stats[:, :4].T
    beside = ((left == 0) | (left + wide == page.shape[1])) & (wide <= _RIM)
    above = ((top == 0) | (top + high == page.shape[0])) & (high <= _RIM)
    is_rim = beside | above
    is_rim[0] = False  # everything that is not dark
    rim = is_rim[labels].astype(np.uint8)
    return cv2.dilate(rim, np.ones((_RIM_SOFT, _RIM_SOFT), np.uint8)).astype(bool)
