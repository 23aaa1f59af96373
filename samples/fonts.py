"""The typefaces of the sample papers, from Debian packages (see README.md). The portal never needs them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

ROOT = Path("/usr/share/fonts")
SC, TC = 2, 3
"""Places of the simplified and the traditional face inside a Noto CJK collection."""

FACES: dict[str, tuple[str, int]] = {
    "song": ("opentype/noto/NotoSerifCJK-Regular.ttc", SC),
    "song-medium": ("opentype/noto/NotoSerifCJK-Medium.ttc", SC),
    "song-bold": ("opentype/noto/NotoSerifCJK-Bold.ttc", SC),
    "hei": ("opentype/noto/NotoSansCJK-Regular.ttc", SC),
    "hei-bold": ("opentype/noto/NotoSansCJK-Bold.ttc", SC),
    "ming": ("truetype/arphic/uming.ttc", 0),
    "kai": ("truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf", 0),
    "kai-bold": ("truetype/lxgw-wenkai/LXGWWenKai-Bold.ttf", 0),
    "hand": ("truetype/arphic/ukai.ttc", 0),
    "song-tc": ("opentype/noto/NotoSerifCJK-Medium.ttc", TC),
}
PACKAGES = "fonts-noto-cjk fonts-noto-cjk-extra fonts-lxgw-wenkai fonts-arphic-uming fonts-arphic-ukai"


class FontMissingError(Exception):
    """A typeface is not installed."""


def font_path(face: str) -> tuple[Path, int]:
    """File and index of a face. Raises FontMissingError."""
    name, index = FACES[face]
    path = ROOT / name
    if not path.exists():
        raise FontMissingError(f"rendering the samples needs the Debian packages {PACKAGES}")
    return path, index


@lru_cache(maxsize=200)
def load_font(face: str, size: int) -> ImageFont.FreeTypeFont:
    """A face at a size in pixels."""
    path, index = font_path(face)
    return ImageFont.truetype(str(path), size, index=index, layout_engine=ImageFont.Layout.BASIC)
