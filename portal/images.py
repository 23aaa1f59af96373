"""Page images on demand: drawn by a keyless child, masked, kept sealed, stamped for those who read by permission.

The masks are burnt in before an image is kept or sent, so neither the cache nor the wire ever holds a masked person's
words for somebody who may not see them. Stamps name a person and a minute: they are drawn on each answer, never kept.
"""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar, Final, Protocol

from PIL import Image

from archive.errors import ArchiveError
from portal.page_cache import PageCache
from portal.page_marks import Box, Stamp, blacken, draw_stamp

JPEG_QUALITY: Final = 82
AT_ONCE: Final = 2
"""Images in work per process: each may take 36 MB of pixels."""
_VERSION: Final = 1
"""Part of every cache name; raise it when the same request is to look different."""


class Form(StrEnum):
    """Image formats, by the last part of their media type."""

    JPEG = "jpeg"
    PNG = "png"


@dataclass(frozen=True)
class Size:
    """How large a page is drawn: at a resolution, or with a longest side in pixels."""

    dpi: int = 0
    longest: int = 0


@dataclass(frozen=True)
class Drawing:
    """A drawn page: RGB, three bytes a pixel, row by row from the top left."""

    width: int
    height: int
    pixels: bytes = field(repr=False)


class DrawingFailedError(ArchiveError):
    """The page cannot be drawn; `reason` is a code of `archive.reasons`."""

    code: ClassVar[str] = "page_not_drawn"
    status: ClassVar[int] = 503


class PageRenderer(Protocol):
    """Draws one page of a stored original."""

    def draw(self, address: str, media_type: str, page: int, size: Size) -> Drawing:
        """Raises DrawingFailedError."""


@dataclass(frozen=True)
class Subject:
    """One page as one person may see it. `hidden` lies over a page of `width` × `height` page units."""

    address: str
    media_type: str
    page: int
    hidden: tuple[Box, ...] = ()
    width: float = 0.0
    height: float = 0.0


@dataclass(frozen=True)
class Picture:
    """An image ready to send; `tag` changes whenever the image does."""

    data: bytes = field(repr=False)
    tag: str


class PageImages:
    """Page images with their cache. Safe to share between threads."""

    def __init__(self, renderer: PageRenderer, cache: PageCache) -> None:
        self._renderer = renderer
        self._cache = cache
        self._places = threading.BoundedSemaphore(AT_ONCE)

    def tag(self, subject: Subject, size: Size, form: Form) -> str:
        """What `get` would give as the tag, without drawing anything."""
        boxes = ";".join(",".join(f"{edge:.1f}" for edge in box) for box in subject.hidden)
        return self._cache.name(_VERSION, subject.address, subject.page, size.dpi, size.longest, form, boxes)

    def get(self, subject: Subject, size: Size, form: Form) -> Picture:
        """The page with its masks. Raises DrawingFailedError, VaultError."""
        tag = self.tag(subject, size, form)
        found = self._cache.find(tag)
        if found is None:
            with self._places:
                found = self._draw(subject, size, form)
            self._cache.put(tag, found)
        return Picture(found, tag)

    def get_stamped(self, subject: Subject, size: Size, form: Form, stamp: Stamp) -> bytes:
        """The page with its masks and the stamp. Raises DrawingFailedError, VaultError."""
        picture = self.get(subject, size, Form.JPEG)
        with self._places, Image.open(io.BytesIO(picture.data), formats=("JPEG",)) as image:
            return encode(draw_stamp(image.convert("RGB"), stamp), form)

    def _draw(self, subject: Subject, size: Size, form: Form) -> bytes:
        drawing = self._renderer.draw(subject.address, subject.media_type, subject.page, size)
        image = Image.frombytes("RGB", (drawing.width, drawing.height), drawing.pixels)
        if subject.hidden:
            blacken(image, subject.hidden, width=subject.width, height=subject.height)
        return encode(image, form)


def encode(image: Image.Image, form: Form) -> bytes:
    """The image as a file. PNG is compressed quickly: page images are many and short-lived."""
    buffer = io.BytesIO()
    if form is Form.PNG:
        image.save(buffer, "PNG", compress_level=1)
    else:
        image.save(buffer, "JPEG", quality=JPEG_QUALITY)
    return buffer.getvalue()
