"""The key ring: every key of the vault, from one private file outside the data directory.

A ring holds numbered master keys and one hash secret. Nothing is encrypted with them directly: each use has a key of
its own, derived by HKDF-SHA256 (RFC 5869) under a label. Master keys wrap data keys and seal columns; `rotate` adds a
version, old ones stay readable. The hash secret gives addresses and keyed hashes, which are compared for equality over
the years and therefore never change.
"""

from __future__ import annotations

import fcntl
import hmac
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archive.vault.errors import WrongKeyError
from archive.vault.recovery import SEED_SIZE, RecoveryPair, format_recovery_key, parse_recovery_key
from archive.vault.ring import (
    SECRET_SIZE,
    Ring,
    add_version,
    build_ring,
    create_ring_file,
    dump_sealed_copy,
    expand,
    read_ring,
    read_sealed_copy,
    update_ring_file,
)


class KeyRing:
    """The keys of one vault, kept in the key file at `path`.

    Safe to share between threads and forked workers. A rotation by another process is noticed when first needed.
    """

    def __init__(self, path: Path, ring: Ring) -> None:
        self._path = path
        self._hash_keys: dict[str, bytes] = {}
        self._adopt(ring)

    def __repr__(self) -> str:
        return f"KeyRing(id={self.id.hex()}, version={self.version})"

    @classmethod
    def create(cls, path: Path) -> tuple[KeyRing, str]:
        """A new ring and its recovery key, which is shown once, for the safe, and stored nowhere.

        Raises KeyFileExistsError: an existing key file is never overwritten.
        """
        seed = os.urandom(SEED_SIZE)
        ring = build_ring(RecoveryPair(seed))
        create_ring_file(path, ring)
        return cls(path, ring), format_recovery_key(seed)

    @classmethod
    def load(cls, path: Path) -> KeyRing:
        """Raises KeyFileMissingError, KeyFileUnsafeError or KeyFileDamagedError."""
        return cls(path, read_ring(path))

    @classmethod
    def recover(cls, recovery_key: str, sealed_copy: Path, path: Path) -> KeyRing:
        """Rebuilds a lost key file at `path` from the recovery key and the sealed copy that lies beside the blobs.

        Raises RecoveryKeyError, KeyFileMissingError or KeyFileDamagedError (both about the copy), KeyFileExistsError.
        """
        ring = read_sealed_copy(sealed_copy, RecoveryPair(parse_recovery_key(recovery_key)))
        create_ring_file(path, ring)
        return cls(path, ring)

    @property
    def id(self) -> bytes:
        """Public name of the ring (8 bytes); stands in every header, so that a wrong key is told from damage."""
        return self._ring.id

    @property
    def version(self) -> int:
        """Number of the master key that new blobs and values use."""
        return self._ring.versions[-1].number

    def rotate(self) -> int:
        """Adds a master key and uses it from now on; returns its number.

        Open a `Vault` with the ring before anything is written: that renews the sealed copy for the recovery key.
        """
        with _locked(self._path.parent):
            ring = add_version(read_ring(self._path))
            update_ring_file(self._path, ring)
        self._adopt(ring)
        return self.version

    def derive(self, label: str, version: int, size: int) -> bytes:
        """Key of `size` bytes for one use under one master key. Raises WrongKeyError for an unknown version."""
        if version not in self._masters:
            self._reload()
        try:
            master = self._masters[version]
        except KeyError as err:
            raise WrongKeyError(reason="version") from err
        return expand(master, label, size)

    def keyed_hash(self, label: str, value: bytes) -> bytes:
        """HMAC-SHA256 (32 bytes) under the key of this label; the same for ever, so that it can be looked up."""
        if label not in self._hash_keys:
            self._hash_keys[label] = expand(self._ring.hash_secret, f"hash {label}", SECRET_SIZE)
        return hmac.digest(self._hash_keys[label], value, "sha256")

    def sealed_copy(self) -> bytes:
        """The ring as only the recovery key opens it: no secret, kept beside the blobs and so in every backup."""
        return dump_sealed_copy(self._ring)

    def _adopt(self, ring: Ring) -> None:
        self._ring = ring
        self._masters = {version.number: version.secret for version in ring.versions}

    def _reload(self) -> None:
        ring = read_ring(self._path)
        if ring.id == self._ring.id:
            self._adopt(ring)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One rotation at a time: of two at once, the later would drop the key of the earlier and all blobs under it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
