"""Writing a blob: bytes are encrypted while they stream in; plaintext is never on disk."""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from archive.vault.cipher import Algorithm, Buffer
from archive.vault.disk import FILE_MODE, FOLDER_MODE, open_folder, report_full, sync_folder, write_all
from archive.vault.format import (
    BLOB_ID_SIZE,
    CHUNK_SIZE,
    DATA_KEY_SIZE,
    HEADER_SIZE,
    ChunkCipher,
    FixedPart,
    address_of,
    seal_header,
)
from archive.vault.keys import KeyRing

PARTIAL_FOLDER = "partial"


@dataclass(frozen=True)
class StoredBlob:
    """Where a blob lies and what went in: size in bytes, SHA-256 of the content, and the keyed digest of that.

    Only the keyed digest may be kept outside the vault: it shows duplicates, but tells nobody without the ring which
    known file this is.
    """

    address: str
    size: int
    sha256: bytes
    digest: bytes


def content_digest(keys: KeyRing, sha256: bytes) -> bytes:
    """The keyed digest of a content with that SHA-256."""
    return keys.keyed_hash("content digest", sha256)


class BlobWriter:
    """Takes the bytes of one blob. Leaving the `with` block without `finish` drops everything.

    After `finish`, `abort` or an error nothing more is taken. Raises VaultFullError when the disk is full.
    """

    def __init__(self, root: Path, keys: KeyRing, algorithm: Algorithm) -> None:
        self._root = root
        self._keys = keys
        self._fixed = FixedPart(algorithm, CHUNK_SIZE, keys.id, os.urandom(BLOB_ID_SIZE))
        self._data_key = os.urandom(DATA_KEY_SIZE)
        self._cipher = ChunkCipher(self._fixed, self._data_key)
        self._hash = hashlib.sha256()
        self._waiting = bytearray()
        self._size = self._chunks = 0
        self._partial = secrets.token_hex(16)
        self._partials = open_folder(root, PARTIAL_FOLDER)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        try:
            with report_full():
                self._descriptor: int | None = os.open(self._partial, flags, FILE_MODE, dir_fd=self._partials)
        except BaseException:
            os.close(self._partials)
            raise
        self._write(bytes(HEADER_SIZE))  # the place of the header, which holds no key until the blob is complete

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abort()

    def write(self, data: Buffer) -> int:
        """Takes bytes; returns how many. Keeps at most one chunk in memory."""
        self._require_open()
        view = memoryview(data).cast("B")
        self._hash.update(view)
        self._size += len(view)
        rest = view
        # A chunk is sealed only when more bytes follow it: whether it is the last is part of its nonce.
        while len(self._waiting) + len(rest) > CHUNK_SIZE:
            taken = CHUNK_SIZE - len(self._waiting)
            if self._waiting:
                self._waiting += rest[:taken]
                self._seal_chunk(self._waiting, last=False)
                self._waiting.clear()
            else:
                self._seal_chunk(rest[:taken], last=False)
            rest = rest[taken:]
        self._waiting += rest
        return len(view)

    def finish(self) -> StoredBlob:
        """Seals the last chunk and the header, and puts the blob in its place for good."""
        descriptor = self._require_open()
        address = address_of(self._keys, self._fixed.blob_id)
        self._seal_chunk(self._waiting, last=True)
        try:
            with report_full():
                os.pwrite(descriptor, seal_header(self._keys, self._fixed, self._data_key, self._size), 0)
                os.fsync(descriptor)
                self._place(address)
        except BaseException:
            self.abort()
            raise
        self._close()
        sha256 = self._hash.digest()
        return StoredBlob(address, self._size, sha256, content_digest(self._keys, sha256))

    def abort(self) -> None:
        """Removes what was written; does nothing after `finish`."""
        if self._descriptor is None:
            return
        with suppress(FileNotFoundError):
            os.unlink(self._partial, dir_fd=self._partials)
        self._close()

    def _place(self, address: str) -> None:
        with suppress(FileExistsError):
            (self._root / address[:2]).mkdir(mode=FOLDER_MODE)
            sync_folder(self._root)
        folder = open_folder(self._root, address[:2])
        try:
            os.rename(self._partial, address, src_dir_fd=self._partials, dst_dir_fd=folder)
            try:
                os.fsync(folder)
            except OSError:
                os.unlink(address, dir_fd=folder)
                raise
        finally:
            os.close(folder)

    def _seal_chunk(self, data: Buffer, *, last: bool) -> None:
        self._write(self._cipher.seal(self._chunks, data, last=last))
        self._chunks += 1

    def _write(self, data: bytes) -> None:
        try:
            write_all(self._require_open(), data)
        except BaseException:
            self.abort()
            raise

    def _close(self) -> None:
        os.close(self._require_open())
        os.close(self._partials)
        self._descriptor = None
        self._waiting.clear()

    def _require_open(self) -> int:
        if self._descriptor is None:
            raise ValueError("the blob is finished or dropped")
        return self._descriptor
