"""Directories of ZIP and OLE2 files, read within fixed bounds and without unpacking anything.

ZIP: APPNOTE.TXT 6.3 §4.3 (end of central directory, central file headers). OLE2: [MS-CFB] §2.2-2.6. A directory that
breaks the bounds or the format is reported as unreadable; sizes that it declares are claims, not facts.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import NamedTuple, Protocol

OLE2_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END = b"PK\x05\x06"
_ENTRY = b"PK\x01\x02"
_MAX_DIRECTORY = 32 * 1024**2
_MAX_NAMES = 20_000
_UNKNOWN_SIZE = 0xFFFFFFFF
BOMB_BYTES = 100 * 1024**2
BOMB_RATIO = 100
_MAX_SECTORS = 1024
_END_OF_CHAIN = 0xFFFFFFFA
_NO_ENTRY = 0xFFFFFFFF


class Readable(Protocol):
    """Bytes at any place: a memory file, or the vault's reader."""

    @property
    def size(self) -> int:
        """In bytes."""
        ...

    def read(self, size: int, offset: int = 0) -> bytes:
        """At most `size` bytes from `offset`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ZipDirectory:
    """Names of the members (the first 20,000), and the sums of their sizes in bytes as declared."""

    names: frozenset[str]
    packed: int
    unpacked: int
    file_size: int

    @property
    def is_bomb(self) -> bool:
        """Whether it would grow more than a hundredfold, above 100 MiB, or its members share the same bytes."""
        if self.unpacked <= BOMB_BYTES:
            return False
        return self.unpacked > BOMB_RATIO * max(1, self.packed) or self.packed > 2 * self.file_size


def read_zip_directory(file: Readable) -> ZipDirectory | None:
    """The central directory; None when it is missing, cut off or larger than 32 MiB."""
    start = max(0, file.size - 66_000)
    tail = file.read(66_000, start)
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < 22:
        return None
    size, offset = struct.unpack_from("<II", tail, at + 12)
    if size == _UNKNOWN_SIZE or offset == _UNKNOWN_SIZE:
        size, offset = _read_zip64_end(file, tail, at)
    # Bytes put before the first member (a self-extracting head) shift everything: trust the place of the end instead.
    begin = start + at - size if file.read(4, offset) != _ENTRY else offset
    if size > _MAX_DIRECTORY or begin < 0:
        return None
    return (
        _read_entries(file.read(size, begin), file.size)
        if size
        else ZipDirectory(names=frozenset(), packed=0, unpacked=0, file_size=file.size)
    )


def _read_zip64_end(file: Readable, tail: bytes, at: int) -> tuple[int, int]:
    locator = tail[max(0, at - 20) : at]
    if locator[:4] != b"PK\x06\x07":
        return _MAX_DIRECTORY + 1, 0
    record = file.read(56, struct.unpack_from("<Q", locator, 8)[0])
    if len(record) < 56 or record[:4] != b"PK\x06\x06":
        return _MAX_DIRECTORY + 1, 0
    size, offset = struct.unpack_from("<QQ", record, 40)
    return int(size), int(offset)


def _read_entries(data: bytes, file_size: int) -> ZipDirectory | None:
    names: set[str] = set()
    packed = unpacked = position = 0
    while data[position : position + 4] == _ENTRY and position + 46 <= len(data):
        small, large, name_size, extra_size, comment_size = struct.unpack_from("<IIHHH", data, position + 20)
        packed += small if small != _UNKNOWN_SIZE else 0
        unpacked += large
        if len(names) < _MAX_NAMES:
            names.add(data[position + 46 : position + 46 + name_size].decode("utf-8", "replace"))
        position += 46 + name_size + extra_size + comment_size
    return (
        ZipDirectory(names=frozenset(names), packed=packed, unpacked=unpacked, file_size=file_size) if names else None
    )


def read_ole2_names(file: Readable) -> frozenset[str]:
    """Names of all streams and storages in the directory; empty when it cannot be followed."""
    return frozenset(entry.name for entry in _read_ole2_entries(file) if entry.name)


def read_ole2_top(file: Readable) -> frozenset[str]:
    """Names of what lies right below the root: what is embedded has such streams, too, farther down."""
    entries = _read_ole2_entries(file)
    found: set[str] = set()
    waiting, seen = [entries[0].child] if entries else [], {_NO_ENTRY}
    while waiting:
        number = waiting.pop()
        if number not in seen and number < len(entries):
            seen.add(number)
            found.add(entries[number].name)
            waiting += (entries[number].left, entries[number].right)
    return frozenset(found)


class _Ole2Entry(NamedTuple):
    name: str
    left: int
    right: int
    child: int


def _read_ole2_entries(file: Readable) -> list[_Ole2Entry]:
    header = file.read(512)
    if len(header) < 512 or header[:8] != OLE2_MAGIC:
        return []
    shift = struct.unpack_from("<H", header, 30)[0]
    if shift not in (9, 12):
        return []
    sector_size = 1 << shift
    tables = struct.unpack_from("<109I", header, 76)
    sector = struct.unpack_from("<I", header, 48)[0]
    entries: list[_Ole2Entry] = []
    for _ in range(_MAX_SECTORS):
        if sector >= _END_OF_CHAIN:
            break
        block = file.read(sector_size, (sector + 1) * sector_size)
        for place in range(0, len(block) - 127, 128):
            length = max(2, min(struct.unpack_from("<H", block, place + 64)[0], 64))
            name = block[place : place + length - 2].decode("utf-16-le", "replace")
            entries.append(_Ole2Entry(name, *struct.unpack_from("<III", block, place + 68)))
        sector = _next_sector(file, tables, sector, sector_size)
    return entries


def _next_sector(file: Readable, tables: tuple[int, ...], sector: int, sector_size: int) -> int:
    """Follows the allocation table; only the first 109 of its sectors, enough for files of 7 MB to 400 MB."""
    table, entry = divmod(sector, sector_size // 4)
    if table >= len(tables) or tables[table] >= _END_OF_CHAIN:
        return _END_OF_CHAIN
    data = file.read(4, (tables[table] + 1) * sector_size + entry * 4)
    return int(struct.unpack("<I", data)[0]) if len(data) == 4 else _END_OF_CHAIN
