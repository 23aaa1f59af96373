"""Reading a blob: a seekable binary file that decrypts only the chunks asked for."""

from __future__ import annotations

import io
import os
from collections import OrderedDict
from collections.abc import Iterator

from archive.vault.cipher import Buffer
from archive.vault.errors import BlobDamagedError
from archive.vault.format import OpenedBlob

_KEPT_CHUNKS = 16  # 1 MiB: parsers of PDF, ZIP and images jump between a few places


class BlobReader(io.RawIOBase):
    """Read-only file object over one blob; takes over the descriptor. Not to be shared between threads.

    Unlike a raw file, a read gives all bytes asked for up to the end. Raises BlobDamagedError for a chunk that is not
    what was stored; bytes of it are never handed out.
    """

    def __init__(self, descriptor: int, blob: OpenedBlob) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._blob = blob
        self._position = 0
        self._kept: OrderedDict[int, bytes] = OrderedDict()

    @property
    def size(self) -> int:
        """Content size in bytes."""
        return self._blob.size

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def tell(self) -> int:
        """Position in the content."""
        self._require_open()
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Moves the position; like a file, it may lie beyond the end. Raises ValueError before the beginning."""
        self._require_open()
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.size}[whence]
        if base + offset < 0:
            raise ValueError("position before the beginning")
        self._position = base + offset
        return self._position

    def read(self, size: int | None = -1) -> bytes:
        """Up to `size` bytes from the position, or all that is left."""
        self._require_open()
        return b"".join(self._advance(self.size if size is None or size < 0 else size))

    def readall(self) -> bytes:
        """All bytes from the position."""
        return self.read()

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        """Fills the buffer as far as the content reaches; returns the number of bytes."""
        self._require_open()
        view, filled = memoryview(buffer).cast("B"), 0
        for piece in self._advance(len(view)):
            view[filled : filled + len(piece)] = piece
            filled += len(piece)
        return filled

    def close(self) -> None:
        """Gives the descriptor back."""
        if not self.closed:
            os.close(self._descriptor)
            self._kept.clear()
        super().close()

    def _advance(self, size: int) -> Iterator[Buffer]:
        end = min(self._position + size, self.size)
        while self._position < end:
            number, offset = divmod(self._position, self._blob.chunk_size)
            piece = memoryview(self._chunk(number))[offset : offset + end - self._position]
            self._position += len(piece)
            yield piece

    def _chunk(self, number: int) -> bytes:
        if number in self._kept:
            self._kept.move_to_end(number)
            return self._kept[number]
        offset, length = self._blob.locate(number)
        stored = os.pread(self._descriptor, length, offset)
        if len(stored) != length:
            raise BlobDamagedError(reason="length")
        chunk = self._blob.cipher.open(number, stored, last=number == self._blob.last_chunk)
        self._kept[number] = chunk
        if len(self._kept) > _KEPT_CHUNKS:
            self._kept.popitem(last=False)
        return chunk

    def _require_open(self) -> None:
        if self.closed:
            raise ValueError("read of a closed blob")
