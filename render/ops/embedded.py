"""Files embedded in Office documents of the XML kind (ECMA-376, part 1, 15.2.11 and 15.2.12), WPS's among them.

An embedded document lies there as it is; any other file in a compound file, as in the older documents (`objects`).
"""

from __future__ import annotations

import io
import re
from collections.abc import Generator
from typing import Final

import olefile

from render.jail.errors import OpError
from render.jail.source import Source
from render.ops import libarchive
from render.ops.handover import PORTION_BYTES
from render.ops.members import Member, build_member
from render.ops.objects import DAMAGE, FORMULA, NATIVE, PACKAGE, read_native

_OOXML = "application/vnd.openxmlformats-officedocument."
MEDIA_TYPES: Final = frozenset(
    _OOXML + kind for kind in ("wordprocessingml.document", "spreadsheetml.sheet", "presentationml.presentation")
)
_PLACE = re.compile(rb"(?:word|xl|ppt)/embeddings/([^/]+)", re.I)
_MOST_BYTES = 512 * 1024**2
"""Of an embedded object, which must be held in memory to be taken apart."""


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
            if tree.exists(FORMULA):
                return None
            if tree.exists(PACKAGE):
                return build_member(name, tree.openstream(PACKAGE).read())
            if tree.exists(NATIVE):
                return build_member(*read_native(tree.openstream(NATIVE).read()))
    except DAMAGE:
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
