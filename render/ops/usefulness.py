"""Whether the text layer of a page is worth having, or the page must be read by recognition.

Scanners put pictures into PDF files without text, or with a header line only; old office printers embed fonts without
a map to Unicode, whose text comes out as private-use, control or Latin accented characters. A page in doubt is
recognised, because that costs seconds and a lost text costs a record.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

_FEW, _VERY_FEW = 80, 8
_LARGE_IMAGE, _ANY_IMAGE = 0.4, 0.02
_GARBAGE_SHARE, _ACCENT_SHARE = 0.2, 0.4


@dataclass(frozen=True)
class Cover:
    """`images`: share of the page under images, 0 to 1; `objects`: number of images, paths and shadings."""

    images: float
    objects: int


@dataclass(frozen=True)
class Verdict:
    """`is_garbage`: the text must not be used; `needs_ocr`: the page's image must be read."""

    is_garbage: bool
    needs_ocr: bool


def judge(text: str, cover: Callable[[], Cover]) -> Verdict:
    """Verdict on the text layer `text`; `cover` looks at the page's pictures and is asked only when it matters."""
    visible = [char for char in text if not char.isspace()]
    if not visible:
        return Verdict(is_garbage=False, needs_ocr=cover().objects > 0)
    if _is_garbage(visible):
        return Verdict(is_garbage=True, needs_ocr=True)
    if len(visible) >= _FEW:
        return Verdict(is_garbage=False, needs_ocr=False)
    seen = cover()
    enough = _ANY_IMAGE if len(visible) < _VERY_FEW else _LARGE_IMAGE
    return Verdict(is_garbage=False, needs_ocr=seen.images >= enough)


def _is_garbage(visible: list[str]) -> bool:
    broken = sum(unicodedata.category(char) in ("Co", "Cn", "Cc", "Cs") or char == "\ufffd" for char in visible)
    # A Chinese text read with the wrong table is a run of À-ÿ; French or German text has far fewer of them.
    accented = sum("\u00a1" <= char <= "\u00ff" for char in visible)
    return broken > _GARBAGE_SHARE * len(visible) or (len(visible) >= 10 and accented > _ACCENT_SHARE * len(visible))
