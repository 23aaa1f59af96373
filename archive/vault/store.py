"""The vault itself: puts, reads and destroys blobs under one folder, of which it owns every path.

Blobs lie at ROOT/ab/abcd…; blobs in work at ROOT/partial. Addresses are checked and every step below the root refuses
symbolic links, so no address and no planted link leads outside. ROOT/recovery.json is the sealed copy of the key ring:
with it, any backup of the blobs can be opened by the recovery key from the safe.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BufferedReader
from pathlib import Path

from archive.vault.cipher import get_algorithm
from archive.vault.disk import FOLDER_MODE, open_folder, report_full, write_file
from archive.vault.errors import BlobAddressError, BlobDamagedError, BlobMissingError, WrongKeyError
from archive.vault.format import DESTROYED, HEADER_SIZE, SEALED_OFFSET, OpenedBlob, open_header
from archive.vault.keys import KeyRing
from archive.vault.reader import BlobReader
from archive.vault.writer import PARTIAL_FOLDER, BlobWriter, StoredBlob, content_digest

SEALED_COPY = "recovery.json"
_ADDRESS = re.compile(r"[0-9a-f]{64}")


class Vault:
    """Encrypted blobs under `root`. `cipher` names the algorithm of new blobs; old ones keep theirs.

    Safe to share between threads, processes and forked workers. Raises WrongKeyError when the vault belongs to another
    key ring or to a later state of this one: writing with it would leave blobs that the next start cannot read.
    """

    def __init__(self, root: Path, keys: KeyRing, cipher: str) -> None:
        self._keys = keys
        self._algorithm = get_algorithm(cipher)
        with report_full():
            (root / PARTIAL_FOLDER).mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        self._root = root.resolve(strict=True)
        self._root.chmod(FOLDER_MODE)
        self._keep_sealed_copy()

    def put(self, data: bytes) -> StoredBlob:
        """Stores bytes that are in memory anyway. Raises VaultFullError."""
        with self.writer() as writer:
            writer.write(data)
            return writer.finish()

    def writer(self) -> BlobWriter:
        """A new blob to stream into, to be used as a context manager. Raises VaultFullError."""
        return BlobWriter(self._root, self._keys, self._algorithm)

    def digest(self, source: BufferedReader) -> bytes:
        """The keyed digest that the source would have if it were stored. Raises OSError."""
        return content_digest(self._keys, hashlib.file_digest(source, "sha256").digest())

    def reader(self, address: str) -> BlobReader:
        """The blob as a seekable binary file.

        Raises BlobAddressError, BlobMissingError, BlobDestroyedError, BlobDamagedError or WrongKeyError.
        """
        with self._folder_of(address) as folder:
            descriptor = _open_plain(address, folder, os.O_RDONLY)
        try:
            return BlobReader(descriptor, self._open(descriptor, address))
        except BaseException:
            os.close(descriptor)
            raise

    def read(self, address: str, start: int, end: int) -> bytes:
        """Bytes `start` to `end` (exclusive) of a blob; only their chunks are decrypted.

        Raises as `reader`, and ValueError for a range outside the blob.
        """
        with self.reader(address) as reader:
            if not 0 <= start <= end <= reader.size:
                raise ValueError("range outside the blob")
            reader.seek(start)
            return reader.read(end - start)

    def size(self, address: str) -> int:
        """Content size in bytes, as authenticated by the header. Raises as `reader`."""
        with self.reader(address) as reader:
            return reader.size

    def exists(self, address: str) -> bool:
        """Whether a blob lies at the address, readable or not. Raises BlobAddressError."""
        try:
            with self._folder_of(address) as folder:
                os.stat(address, dir_fd=folder, follow_symlinks=False)
        except (BlobMissingError, FileNotFoundError):
            return False
        return True

    def destroy(self, address: str) -> None:
        """Destroys a blob for ever: first its data key, then the file. Raises BlobAddressError, BlobMissingError.

        A crash in between leaves a blob without a key; destroying it again removes it.
        """
        with self._folder_of(address) as folder:
            descriptor = _open_plain(address, folder, os.O_WRONLY)
            try:
                os.pwrite(descriptor, DESTROYED, SEALED_OFFSET)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            os.unlink(address, dir_fd=folder)
            os.fsync(folder)

    def sweep_partial(self, older_than: timedelta) -> int:
        """Removes what killed writers left, untouched for `older_than`; returns how many."""
        limit = time.time() - older_than.total_seconds()
        old = [path for path in (self._root / PARTIAL_FOLDER).iterdir() if path.lstat().st_mtime < limit]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def iter_addresses(self, older_than: timedelta) -> Iterator[str]:
        """Addresses of all blobs that were finished longer ago than that, in no order."""
        limit = time.time() - older_than.total_seconds()
        for path in self._root.glob("??/*"):
            if _ADDRESS.fullmatch(path.name) and path.lstat().st_mtime < limit:
                yield path.name

    def _open(self, descriptor: int, address: str) -> OpenedBlob:
        header = os.pread(descriptor, HEADER_SIZE, 0)
        return open_header(self._keys, header, address=address, stored_size=os.fstat(descriptor).st_size)

    @contextmanager
    def _folder_of(self, address: str) -> Iterator[int]:
        if not _ADDRESS.fullmatch(address):
            raise BlobAddressError
        try:
            folder = open_folder(self._root, address[:2])
        except FileNotFoundError as err:
            raise BlobMissingError from err
        except OSError as err:  # a link or a file where the folder belongs
            raise BlobDamagedError(reason="path") from err
        try:
            yield folder
        finally:
            os.close(folder)

    def _keep_sealed_copy(self) -> None:
        path, current = self._root / SEALED_COPY, self._keys.sealed_copy()
        stored = path.read_bytes() if path.exists() else b""
        if stored == current:
            return
        _require_same_ring(stored, current)
        write_file(path, current, replace=True)


def _require_same_ring(stored: bytes, current: bytes) -> None:
    """An unreadable copy is replaced; one of another ring, or with more versions, says that the key file is wrong."""
    try:
        old = json.loads(stored)
        ring, version = old["ring"], old["versions"][-1]["number"]
    except (ValueError, KeyError, TypeError, IndexError):
        return
    new = json.loads(current)
    if ring != new["ring"] or version > new["versions"][-1]["number"]:
        raise WrongKeyError(reason="vault")


def _open_plain(name: str, folder: int, access: int) -> int:
    try:
        descriptor = os.open(name, access | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except FileNotFoundError as err:
        raise BlobMissingError from err
    except OSError as err:
        raise BlobDamagedError(reason="path") from err
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise BlobDamagedError(reason="path")
    return descriptor
