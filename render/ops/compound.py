"""Parts of compound files ([MS-CFB]): read as trees of streams, and written again as files of their own.

An embedded document or an attached message is a branch of the file that it lies in; only as a file can it be kept and
read on its own.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Final

import olefile

from render.jail.errors import OpError

Branch = Mapping[str, "bytes | Branch"]
"""Streams and storages by their names."""

MOST_BYTES: Final = 192 * 1024**2
"""Of all streams of a branch: it is held in memory several times while it is taken apart and put together."""
_SECTOR, _SMALL_SECTOR, _SMALL_STREAM = 4096, 64, 4096
_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_IN_HEADER = 109
_STORAGE, _STREAM, _ROOT = 1, 2, 5


def read_branch(tree: olefile.OleFileIO, path: Sequence[str]) -> Branch:
    """All below a storage. Raises OpError `too_large`."""
    found: dict[str, bytes | Branch] = {}
    size = 0
    for place in tree.listdir():
        if len(place) <= len(path) or place[: len(path)] != list(path):
            continue
        size += tree.get_size(place)
        if size > MOST_BYTES:
            raise OpError("too_large")
        *storages, name = place[len(path) :]
        at = found
        for storage in storages:
            at = at.setdefault(storage, {})  # type: ignore[assignment]
        at[name] = tree.openstream(place).read()
    return found


def write_branch(branch: Branch) -> bytes:
    """A compound file (version 4) with the branch as its root."""
    return _Writer().write(branch)


class _Chains:
    """Bytes in sectors, and the table that says which sector follows which."""

    def __init__(self, sector: int) -> None:
        self._sector = sector
        self.table: list[int] = []
        self.body = bytearray()

    def keep(self, data: bytes) -> int:
        """The first sector of the data."""
        if not data:
            return _END
        start, count = len(self.table), -(-len(data) // self._sector)
        self.table += [*range(start + 1, start + count), _END]
        self.body += data.ljust(count * self._sector, b"\0")
        return start


class _Writer:
    """One compound file on its way."""

    def __init__(self) -> None:
        self._large, self._small = _Chains(_SECTOR), _Chains(_SMALL_SECTOR)
        self._entries: list[bytes] = []

    def write(self, branch: Branch) -> bytes:
        self._entries.append(b"")
        child = self._add(branch)
        small = bytes(self._small.body)
        self._entries[0] = _pack_entry("Root Entry", _ROOT, (_FREE, _FREE, child), self._large.keep(small), len(small))
        small_table = _pack_table(self._small.table)
        first_small = self._large.keep(small_table)
        empty = _pack_entry("", 0, (_FREE, _FREE, _FREE), 0, 0)
        directory = b"".join(self._entries)
        directory += empty * (-len(directory) % _SECTOR // len(empty))
        first_directory = self._large.keep(directory)
        head = (len(directory) // _SECTOR, first_directory, first_small, -(-len(small_table) // _SECTOR))
        return self._finish(*head)

    def _add(self, branch: Branch) -> int:
        """The entries of a storage as a balanced search tree, shorter names first; the number of its top."""
        return self._add_sorted(sorted(branch.items(), key=lambda entry: (len(entry[0]), entry[0].upper())))

    def _add_sorted(self, children: Sequence[tuple[str, bytes | Branch]]) -> int:
        if not children:
            return _FREE
        middle = len(children) // 2
        name, content = children[middle]
        number = len(self._entries)
        self._entries.append(b"")
        left, right = self._add_sorted(children[:middle]), self._add_sorted(children[middle + 1 :])
        if isinstance(content, bytes):
            chains = self._small if len(content) < _SMALL_STREAM else self._large
            entry = _pack_entry(name, _STREAM, (left, right, _FREE), chains.keep(content), len(content))
        else:
            entry = _pack_entry(name, _STORAGE, (left, right, self._add(content)), 0, 0)
        self._entries[number] = entry
        return number

    def _finish(self, directory_size: int, directory: int, small: int, small_size: int) -> bytes:
        table = self._large.table
        per_sector = _SECTOR // 4
        count = -(-len(table) // (per_sector - 1))
        if count > _IN_HEADER:  # what the header alone can name: beyond `MOST_BYTES`
            raise OpError("too_large")
        places = [*range(len(table), len(table) + count)]
        head = bytes(olefile.MAGIC) + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 4, 0xFFFE, 12, 6)
        head += struct.pack(
            "<IIIIIIIII", directory_size, count, directory, 0, _SMALL_STREAM, small, small_size, _END, 0
        )
        head += struct.pack(f"<{_IN_HEADER}I", *places, *[_FREE] * (_IN_HEADER - count))
        packed = _pack_table([*table, *[_TABLE] * count], count * per_sector)
        return head.ljust(_SECTOR, b"\0") + bytes(self._large.body) + packed


def _pack_entry(name: str, kind: int, links: tuple[int, int, int], start: int, size: int) -> bytes:
    """One of 128 bytes: black, because no reader minds the colour."""
    text = f"{name}\0".encode("utf-16-le") if name else b""
    head = text.ljust(64, b"\0") + struct.pack("<HBB", len(text), kind, 1)
    return head + struct.pack("<III", *links) + bytes(36) + struct.pack("<IQ", start, size)


def _pack_table(table: Sequence[int], least: int = 0) -> bytes:
    return struct.pack(f"<{len(table)}I", *table) + struct.pack("<I", _FREE) * max(0, least - len(table))
