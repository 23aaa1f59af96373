"""Files embedded in the older Office documents, which are compound files: Word's, Excel's, PowerPoint's, and WPS's.

Word keeps objects below `ObjectPool` ([MS-DOC] 2.1.10), Excel in storages `MBD…` ([MS-XLS] 2.1.2), PowerPoint packed
in records of its one stream ([MS-PPT] 2.10.34). An object for its program alone – a formula, a control – is no file.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import partial
from typing import Final

import olefile

from render.jail.errors import OpError
from render.jail.source import Source
from render.ops.compound import MOST_BYTES, read_branch, write_branch
from render.ops.members import Member, build_member

WORD, EXCEL, POWERPOINT = "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint"
MEDIA_TYPES: Final = frozenset((WORD, EXCEL, POWERPOINT))
DAMAGE: Final = (OSError, ValueError, TypeError, AttributeError, IndexError, struct.error, zlib.error)
NATIVE, PACKAGE, FORMULA, _CONTENTS = "\x01Ole10Native", "Package", "Equation Native", "CONTENTS"
_DOCUMENTS = {"WordDocument": b".doc", "Workbook": b".xls", "Book": b".xls", "PowerPoint Document": b".ppt"}
_DOCUMENTS |= {"VisioDocument": b".vsd", "__properties_version1.0": b".msg"}
_PARTS = {b"word/": b".docx", b"xl/": b".xlsx", b"ppt/": b".pptx"}
_SLIDES: Final = "PowerPoint Document"
_OBJECT_RECORD: Final = 0x1011
_PACKED: Final = 1

File = tuple[bytes, bytes]
"""Name and content."""


def iter_members(source: Source, media_type: str) -> Generator[Member]:
    """The embedded files in order. Raises OpError `damaged`."""
    try:
        with olefile.OleFileIO(source.open()) as tree:
            objects = _iter_packed(tree) if media_type == POWERPOINT else _iter_stored(tree, media_type)
            yield from objects
    except DAMAGE as err:
        raise OpError("damaged") from err


def _iter_stored(tree: olefile.OleFileIO, media_type: str) -> Iterator[Member]:
    storages = [place for place in tree.listdir(streams=False, storages=True) if _is_object(place, media_type)]
    for number, place in enumerate(storages, 1):
        yield from _iter_member(number, partial(find_file, tree, place, b"%d" % number))


def _is_object(place: Sequence[str], media_type: str) -> bool:
    if media_type == WORD:
        return len(place) == 2 and place[0] == "ObjectPool"
    return len(place) == 1 and place[0].startswith("MBD")


def _iter_packed(tree: olefile.OleFileIO) -> Iterator[Member]:
    records = tree.openstream(_SLIDES).read()
    for number, content in enumerate(_iter_records(records), 1):
        yield from _iter_member(number, partial(_open_packed, number, *content))


def _open_packed(number: int, content: bytes, is_packed: bool) -> File | None:
    with olefile.OleFileIO(io.BytesIO(_unpack(content, is_packed))) as inner:
        return find_file(inner, (), b"%d" % number)


def _iter_member(number: int, find: Callable[[], File | None]) -> Iterator[Member]:
    """What an object holds, or that it is damaged: the others are not lost with it."""
    try:
        found = find()
    except OpError as err:
        yield _build_unreadable(number, err.reason)
    except DAMAGE:
        yield _build_unreadable(number, "damaged")
    else:
        if found is not None:
            yield build_member(*found)


def _iter_records(stream: bytes) -> Iterator[tuple[bytes, bool]]:
    """Content of the records of objects, and whether it is packed ([MS-PPT] 2.3.1)."""
    place = 0
    while place + 8 <= len(stream):
        version, kind, size = struct.unpack_from("<HHI", stream, place)
        place += 8
        if kind == _OBJECT_RECORD:
            yield stream[place : place + size], version >> 4 == _PACKED
        place += size


def _unpack(content: bytes, is_packed: bool) -> bytes:
    if not is_packed:
        return content
    unpacked = zlib.decompressobj().decompress(content[4:], MOST_BYTES + 1)
    if len(unpacked) > MOST_BYTES:
        raise OpError("too_large")
    return unpacked


def find_file(tree: olefile.OleFileIO, place: Sequence[str], number: bytes) -> File | None:
    """What an object's storage holds; None for what is no file. Raises OpError, or one of `DAMAGE`."""
    names = {path[len(place)] for path in tree.listdir() if len(path) > len(place) and path[: len(place)] == [*place]}
    if FORMULA in names:
        return None
    if PACKAGE in names:
        content = tree.openstream([*place, PACKAGE]).read()
        return number + _package_ending(content), content
    if NATIVE in names:
        return read_native(tree.openstream([*place, NATIVE]).read())
    if _CONTENTS in names:
        content = tree.openstream([*place, _CONTENTS]).read()
        return (number + b".pdf", content) if content.startswith(b"%PDF-") else None
    ending = next((ending for name, ending in _DOCUMENTS.items() if name in names), None)
    return None if ending is None else (number + ending, write_branch(read_branch(tree, place)))


def _package_ending(content: bytes) -> bytes:
    return next((ending for part, ending in _PARTS.items() if b"PK\x01\x02" in content and part in content), b"")


def read_native(stream: bytes) -> File:
    """Name and bytes of a packed file: size, mark, name, path, four bytes, length and path again, length and bytes.

    Source: [MS-OLEDS] 2.3.6 and what programs write there. Raises ValueError, struct.error.
    """
    name_end = stream.index(b"\0", 6)
    place = stream.index(b"\0", name_end + 1) + 1 + 4
    place += 4 + struct.unpack_from("<I", stream, place)[0]
    size = struct.unpack_from("<I", stream, place)[0]
    content = stream[place + 4 : place + 4 + size]
    if len(content) != size:
        raise ValueError("cut short")
    return stream[6:name_end], content


def _build_unreadable(number: int, reason: str) -> Member:
    return Member(name=b"%d" % number, size=None, reason=reason, read=lambda _: b"")
