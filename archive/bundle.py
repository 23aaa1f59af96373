"""A file of pages made of images: a ZIP file that compresses nothing, with the images as they came, in order.

Its first member names its type, as in OpenDocument (ODF 1.2 part 3, §3.3). The bytes of an image are copied and never
looked at. The same images under the same names make the same bytes, so that a second delivery is recognised.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Final
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from archive.intake import CHUNK, ByteSource, clean_name

MEDIA_TYPE: Final = "application/vnd.guidang.pages+zip"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Leaf:
    """One image: the name that it came with and the way to its bytes."""

    name: str = field(repr=False)
    open: Callable[[], AbstractContextManager[ByteSource]]


class Bundle:
    """The bytes of a file of pages, to be read in pieces. Reading raises what opening and reading the images raise."""

    def __init__(self, leaves: Iterable[Leaf]) -> None:
        self._pieces = _iter_pieces(leaves)

    def read(self, size: int = -1, /) -> bytes:  # noqa: ARG002 - pieces come as the images give them
        """The next piece; empty at the end."""
        return next(self._pieces, b"")


class _Sink(io.RawIOBase):
    """Collects what is written until it is taken."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object, /) -> int:
        part = bytes(data)  # type: ignore[call-overload]
        self._parts.append(part)
        return len(part)

    def take(self) -> bytes:
        """What came since the last time."""
        found = b"".join(self._parts)
        self._parts.clear()
        return found


def _iter_pieces(leaves: Iterable[Leaf]) -> Iterator[bytes]:
    sink = _Sink()
    with ZipFile(sink, "w", ZIP_STORED) as bundle:
        bundle.writestr(ZipInfo("mimetype", _EPOCH), MEDIA_TYPE)
        for leaf in leaves:
            info = ZipInfo(clean_name(leaf.name), _EPOCH)
            with leaf.open() as source, bundle.open(info, "w", force_zip64=True) as member:
                while piece := source.read(CHUNK):
                    member.write(piece)
                    yield sink.take()
    yield sink.take()
