"""Pictures on OFD pages (GB/T 33190-2016, clause 10): a scan that was put into OFD is read by recognition.

Only pictures are drawn. Lettering and line art need fonts, gradients and seals that this reader does not have, and a
page image that lacks its seal must not be shown as the page.
"""

from __future__ import annotations

import io
import math
from typing import Any
from xml.etree.ElementTree import Element

from PIL import Image

from render.jail.errors import OpError
from render.ops.image import FORMATS, MAX_PIXELS
from render.ops.ofd_layout import OfdDocument, PageContent
from render.ops.ofd_text import Matrix, apply, numbers, object_matrix

_DAMAGE = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError)
_SMALLEST_SHARE = 0.001


def picture_share(content: PageContent) -> float:
    """Share of the page under its pictures, 0 to 1."""
    width, height = content.size
    areas = (_area(_corners(thing, matrix)) for thing, matrix in content.iter_objects() if thing.tag == "ImageObject")
    return min(1.0, sum(areas) / (width * height))


def draw_pictures(content: PageContent, *, scale: float, max_pixels: int) -> Image.Image:
    """The page's pictures on white, `scale` pixels a point. Raises OpError when none of them can be read."""
    width, height = content.size
    scale = min(scale, math.sqrt(max_pixels / (width * height)))
    page = Image.new("RGB", (max(1, round(width * scale)), max(1, round(height * scale))), "white")
    failure: OpError | None = None
    drawn = 0
    for thing, matrix in content.iter_objects():
        corners = _corners(thing, matrix) if thing.tag == "ImageObject" else []
        if not corners or _area(corners) < _SMALLEST_SHARE * width * height:
            continue
        try:
            picture = _open(content.document, thing.get("ResourceID", ""))
            _paste(page, picture, [(x * scale, y * scale) for x, y in corners])
            drawn += 1
        except OpError as err:
            failure = err
        except _DAMAGE:
            failure = OpError("damaged")
    if failure is not None and not drawn:
        raise failure
    return page


def _corners(thing: Element, outer: Matrix) -> list[tuple[float, float]]:
    """Where the unit square of an ImageObject lies: its top left, top right, bottom left."""
    matrix = object_matrix(thing, outer)
    if not numbers(thing.get("CTM")):
        box = [*numbers(thing.get("Boundary")), 0.0, 0.0, 0.0, 0.0]
        return [apply(matrix, *point) for point in ((0, 0), (box[2], 0), (0, box[3]))]
    return [apply(matrix, *point) for point in ((0, 0), (1, 0), (0, 1))]


def _area(corners: list[tuple[float, float]]) -> float:
    (x, y), (xa, ya), (xb, yb) = corners
    return abs((xa - x) * (yb - y) - (ya - y) * (xb - x))


def _open(document: OfdDocument, resource: str) -> Image.Image:
    name = document.media.get(resource)
    if name is None:
        raise OpError("damaged")
    picture = Image.open(io.BytesIO(document.package.read(name)), formats=FORMATS)
    if picture.width * picture.height > MAX_PIXELS:
        raise OpError("image_too_large", "quarantined")
    return picture.convert("RGB") if "A" not in picture.getbands() else picture.convert("RGBA")


def _paste(page: Image.Image, picture: Image.Image, corners: list[tuple[float, float]]) -> None:
    (x, y), (xa, ya), (xb, yb) = corners
    across, down = math.hypot(xa - x, ya - y), math.hypot(xb - x, yb - y)
    picture.thumbnail((max(1, math.ceil(across)), max(1, math.ceil(down))), Image.Resampling.BOX, reducing_gap=2)
    wide, high = picture.size
    # Pillow wants the way back: from a pixel of the page to one of the picture.
    a, b, c, d = (xa - x) / wide, (ya - y) / wide, (xb - x) / high, (yb - y) / high
    space = a * d - b * c
    if abs(space) < 1e-9:
        return
    back: Any = (d / space, -c / space, (c * y - d * x) / space, -b / space, a / space, (b * x - a * y) / space)
    layer = picture.convert("RGBA").transform(page.size, Image.Transform.AFFINE, back, Image.Resampling.BILINEAR)
    page.paste(layer, mask=layer.getchannel("A"))
