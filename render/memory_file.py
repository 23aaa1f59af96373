"""Plaintext of one document in memory, handed to sandboxed children as a file descriptor.

Threat: decrypted bytes left on a disk. Guarantee: the bytes live in an anonymous memory file (memfd_create(2)) that has
no name in any file system; they are gone with the last descriptor. The file is sealed after the copy, so that a child
can neither change what its siblings read nor truncate it. Residual risk: swap, which must be encrypted or off.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from types import TracebackType
from typing import BinaryIO, Self

from render.errors import ToolError

DEFAULT_LIMIT = 2 * 1024**3
_BLOCK = 1024 * 1024
# linux/fcntl.h; the `fcntl` module has these names only from Python 3.13 on some builds.
_F_ADD_SEALS = 1033
_ALL_SEALS = 0x1 | 0x2 | 0x4 | 0x8


class MemoryFile:
    """A sealed copy of a document: `fd`, `size` in bytes and a `token` that is never used twice. Close it after use."""

    def __init__(self, source: BinaryIO | bytes, *, limit: int = DEFAULT_LIMIT) -> None:
        """Copies `source` from its beginning. Raises ToolError `too_large` above `limit` bytes."""
        self.token = secrets.token_hex(8)
        self.fd = os.memfd_create("document", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        self.size = 0
        try:
            if isinstance(source, bytes):
                self._append(source, limit)
            else:
                source.seek(0)
                while block := source.read(_BLOCK):
                    self._append(block, limit)
            fcntl.fcntl(self.fd, _F_ADD_SEALS, _ALL_SEALS)
        except BaseException:
            self.close()
            raise

    def _append(self, block: bytes, limit: int) -> None:
        self.size += len(block)
        if self.size > limit:
            raise ToolError("too_large")
        rest = memoryview(block)
        while rest:
            rest = rest[os.write(self.fd, rest) :]

    def read(self, size: int, offset: int = 0) -> bytes:
        """At most `size` bytes from `offset`."""
        return os.pread(self.fd, size, offset)

    def blocks(self) -> Iterator[bytes]:
        """All bytes in order, in pieces small enough to be sent one by one."""
        for offset in range(0, self.size, _BLOCK):
            yield self.read(_BLOCK, offset)

    def close(self) -> None:
        """Gives the memory back; safe to call twice."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
