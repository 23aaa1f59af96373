"""Files embedded in Office documents of the XML kind (ECMA-376, part 1, 15.2.11 and 15.2.12), WPS's among them.

An embedded document lies there as it is; any other file in a compound file whose stream `\x01Ole10Native` gives its
name, two paths of the author's machine, and its bytes ([MS-OLEDS] 2.3.6 and what programs write there).
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Generator
from typing import Final

import olefile

from render.jail.errors import OpError
from render.jail.source import Source
from render.ops import libarchive
from render.ops.handover import PORTION_BYTES
from render.ops.members import Member, build_member

_OOXML = "application/vnd.openxmlformats-officedocument."
MEDIA_TYPES: Final = frozenset(
    _OOXML + kind for kind in ("wordprocessingml.document", "spreadsheetml.sheet", "presentationml.presentation")
)
_PLACE = re.compile(rb"(?:word|xl|ppt)/embeddings/([^/]+)", re.I)
_MOST_BYTES = 512 * 1024**2
"""Of an embedded object, which must be held in memory to be taken apart."""
_NATIVE, _PACKAGE, _FORMULA = "\x01Ole10Native", "Package", "Equation Native"
_DAMAGE = (OSError, ValueError, TypeError, AttributeError, IndexError, struct.error)


def iter_members(source: Source) -> Generator[Member]:
    """The embedded files in the order of the package. Raises OpError as `libarchive.iter_members` does."""
    for part in libarchive.iter_members(source, "application/zip"):
        place = _PLACE.fullmatch(part.name)
        if place is None:
            continue
        if part.reason:
            yield part
        elif (member := _open(place[1], part)) is not None:
            yield member


def _open(name: bytes, part: Member) -> Member | None:
    """The file in a part; None for a formula, which the text of the document has."""
    try:
        content = _read(part)
    except OpError as err:
        return Member(name=name, size=part.size, reason=err.reason, read=part.read)
    if not content.startswith(olefile.MAGIC):
        return build_member(name, content)
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as tree:
            if tree.exists(_FORMULA):
                return None
            if tree.exists(_PACKAGE):
                return build_member(name, tree.openstream(_PACKAGE).read())
            if tree.exists(_NATIVE):
                return build_member(*_read_native(tree.openstream(_NATIVE).read()))
    except _DAMAGE:
        return Member(name=name, size=part.size, reason="damaged", read=part.read)
    return build_member(name, content)


def _read(part: Member) -> bytes:
    content = bytearray()
    while True:
        portion = part.read(PORTION_BYTES)
        content += portion
        if len(content) > _MOST_BYTES:
            raise OpError("too_large")
        if len(portion) < PORTION_BYTES:
            return bytes(content)


def _read_native(stream: bytes) -> tuple[bytes, bytes]:
    """Name and bytes of a packed file: size, mark, name, path, four bytes, length and path again, length and bytes."""
    name_end = stream.index(b"\0", 6)
    place = stream.index(b"\0", name_end + 1) + 1 + 4
    place += 4 + struct.unpack_from("<I", stream, place)[0]
    size = struct.unpack_from("<I", stream, place)[0]
    content = stream[place + 4 : place + 4 + size]
    if len(content) != size:
        raise ValueError("cut short")
    return stream[6:name_end], content
