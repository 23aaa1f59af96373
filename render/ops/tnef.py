"""Attachments of TNEF files, Outlook's `winmail.dat` ([MS-OXTNEF]).

The text of such a mail lies in the mail itself; here only what hangs on it is taken out.
"""

from __future__ import annotations

import struct
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Final

from render.jail.errors import OpError
from render.jail.source import Source
from render.ops.members import Member, build_member

MEDIA_TYPE: Final = "application/vnd.ms-tnef"
_MAGIC: Final = b"\x78\x9f\x3e\x22"
_MOST_BYTES: Final = 512 * 1024**2
_ATTRIBUTE = struct.Struct("<BII")
_BEGIN, _TITLE, _DATA, _PROPERTIES = 0x00069002, 0x00018010, 0x0006800F, 0x00069005
_LONG_NAME, _SHOWN_NAME, _OBJECT = 0x3707, 0x3001, 0x3701
_FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_TEXT, _WIDE_TEXT, _OBJECT_TYPE, _BYTES = 0x1E, 0x1F, 0x0D, 0x102
_SEVERAL, _FIRST_NAMED = 0x1000, 0x8000


@dataclass
class _Attachment:
    title: bytes = b""
    data: bytes = b""
    name: bytes = b""


def iter_members(source: Source) -> Generator[Member]:
    """The attachments in order; attached messages are TNEF files again. Raises OpError `damaged`, `too_large`."""
    if source.size > _MOST_BYTES:
        raise OpError("too_large")
    with source.open() as file:
        data = file.read()
    if not data.startswith(_MAGIC):
        raise OpError("damaged")
    try:
        found = list(_iter_attachments(data))
    except (struct.error, ValueError, IndexError) as err:
        raise OpError("damaged") from err
    for number, attachment in enumerate(found, 1):
        name = (attachment.name or attachment.title).rstrip(b"\0") or b"%d" % number
        is_message = attachment.data.startswith(_MAGIC)
        yield build_member(name + b".tnef" if is_message else name, attachment.data)


def _iter_attachments(data: bytes) -> Iterator[_Attachment]:
    current: _Attachment | None = None
    place = len(_MAGIC) + 2
    while place < len(data):
        _, kind, size = _ATTRIBUTE.unpack_from(data, place)
        place += _ATTRIBUTE.size
        content = data[place : place + size]
        if len(content) < size:
            raise ValueError("cut short")
        place += size + 2
        if kind == _BEGIN:
            if current is not None:
                yield current
            current = _Attachment()
        elif current is not None:
            _take(current, kind, content)
    if current is not None:
        yield current


def _take(attachment: _Attachment, kind: int, content: bytes) -> None:
    if kind == _TITLE:
        attachment.title = content
    elif kind == _DATA:
        attachment.data = content
    elif kind == _PROPERTIES:
        for name, value_type, value in _iter_properties(content):
            if name in (_LONG_NAME, _SHOWN_NAME) and value_type in (_TEXT, _WIDE_TEXT):
                text = value.decode("utf-16-le", "replace").encode() if value_type == _WIDE_TEXT else value
                attachment.name = text.rstrip(b"\0") if name == _LONG_NAME or not attachment.name else attachment.name
            elif name == _OBJECT and value[16 : 16 + len(_MAGIC)] == _MAGIC:
                attachment.data = value[16:]  # behind the name of its interface


def _iter_properties(content: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Number, type and bytes of the properties, of several values the first ([MS-OXTNEF] 2.1.3.4)."""
    count, place = struct.unpack_from("<I", content)[0], 4
    for _ in range(count):
        value_type, name = struct.unpack_from("<HH", content, place)
        place += 4
        if name >= _FIRST_NAMED:
            place = _skip_name(content, place)
        plain = value_type & ~_SEVERAL
        values, length = 1, _FIXED.get(plain)
        if value_type & _SEVERAL or plain in (_TEXT, _WIDE_TEXT, _OBJECT_TYPE, _BYTES):
            values, place = struct.unpack_from("<I", content, place)[0], place + 4
        for number in range(values):
            size = length
            if size is None:
                size, place = struct.unpack_from("<I", content, place)[0], place + 4
            if place + size > len(content):
                raise ValueError("cut short")
            if number == 0:
                yield name, plain, content[place : place + size]
            place += size + -size % 4


def _skip_name(content: bytes, place: int) -> int:
    kind = struct.unpack_from("<I", content, place + 16)[0]
    if kind == 0:
        return place + 24
    size = struct.unpack_from("<I", content, place + 20)[0]
    return int(place + 24 + size + -size % 4)
