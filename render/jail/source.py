"""The document of a request, as a child sees it: a read-only descriptor and what was already parsed from it."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO

_PROT_READ = 1
_MAP_PRIVATE = 2
_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
_libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]


class Source:
    """One document. Kept between requests about the same document, so that page 7 does not parse the file again."""

    def __init__(self, fd: int, size: int, token: str) -> None:
        self.fd = fd
        self.size = size
        self.token = token
        self._kept: dict[str, Any] = {}
        self._address: int | None = None

    def open(self) -> BinaryIO:
        """A binary file at the document's first byte; its position is shared with no earlier one in use."""
        os.lseek(self.fd, 0, os.SEEK_SET)
        return os.fdopen(os.dup(self.fd), "rb")

    def map(self) -> int:
        """Address of the document in memory, read-only: pages are shared and do not count against the data limit."""
        if self._address is None:
            address = _libc.mmap(None, self.size, _PROT_READ, _MAP_PRIVATE, self.fd, 0)
            if address == ctypes.c_void_p(-1).value:
                raise OSError(ctypes.get_errno(), "mmap")
            self._address = address
        return self._address

    def keep(self, name: str, build: Callable[[Source], Any]) -> Any:
        """What `build` made of this document the first time; it lives as long as the source."""
        if name not in self._kept:
            self._kept[name] = build(self)
        return self._kept[name]

    def close(self) -> None:
        """Closes what was kept, then the mapping and the descriptor."""
        for thing in self._kept.values():
            # A parser that cannot close a damaged document must not keep the next one from being read.
            with suppress(Exception):
                thing.close()
        self._kept.clear()
        if self._address is not None:
            _libc.munmap(self._address, self.size)
            self._address = None
        os.close(self.fd)
