"""Content of the key file and of its sealed copy, and their forms on disk.

Both are JSON. The key file ends with a checksum, so that a damaged one is never taken for a wrong one. The sealed copy
holds no secret and ends with a MAC that only a holder of the ring can make.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from archive.vault.disk import FOLDER_MODE, write_file
from archive.vault.errors import (
    KeyFileDamagedError,
    KeyFileError,
    KeyFileExistsError,
    KeyFileMissingError,
    KeyFileUnsafeError,
)
from archive.vault.recovery import RecoveryPair, seal_version

SECRET_SIZE = 32
RING_ID_SIZE = 8
_FORMAT = 1
_COPY_LABEL = "sealed copy"


@dataclass(frozen=True)
class Version:
    """One master key; `sealed` is the same for the recovery key alone."""

    number: int
    created: str
    secret: bytes = field(repr=False)
    sealed: bytes


@dataclass(frozen=True)
class Ring:
    """All secrets of a vault. `id` is its public name; `public` is the ring's half of the recovery key."""

    id: bytes
    hash_secret: bytes = field(repr=False)
    public: bytes
    sealed_hash_secret: bytes
    versions: tuple[Version, ...]


def build_ring(pair: RecoveryPair) -> Ring:
    """A new ring with one version."""
    ring_id, hash_secret = os.urandom(RING_ID_SIZE), os.urandom(SECRET_SIZE)
    return add_version(Ring(ring_id, hash_secret, pair.public, pair.seal_hash_secret(hash_secret, ring_id), ()))


def add_version(ring: Ring) -> Ring:
    """The ring with one more master key, which becomes the current one."""
    number = len(ring.versions) + 1
    secret = os.urandom(SECRET_SIZE)
    sealed = seal_version(ring.public, secret, ring.id, number)
    version = Version(number, datetime.now(UTC).isoformat(timespec="seconds"), secret, sealed)
    return replace(ring, versions=(*ring.versions, version))


def expand(secret: bytes, label: str, size: int) -> bytes:
    """Key of `size` bytes for one use. The secrets are uniform, so HKDF needs no extract step (RFC 5869, 3.3)."""
    return HKDFExpand(algorithm=SHA256(), length=size, info=b"guidang " + label.encode()).derive(secret)


def read_ring(path: Path) -> Ring:
    """Raises KeyFileMissingError, KeyFileUnsafeError or KeyFileDamagedError."""
    text = _read(path)
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        _refuse(KeyFileUnsafeError, path)
    with _damage_reported(path):
        document = json.loads(text)
        check = document.pop("check")
        if check != hashlib.sha256(_dump(document)).hexdigest():
            raise ValueError("check")
        secrets = [_decode(row["secret"]) for row in document["versions"]]
        return _assemble(document, _decode(document["hash_secret"]), secrets)


def create_ring_file(path: Path, ring: Ring) -> None:
    """Raises KeyFileExistsError: a key file is never overwritten by another ring."""
    path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    try:
        write_file(path, _dump_ring(ring), replace=False)
    except FileExistsError as err:
        _refuse(KeyFileExistsError, path, err)


def update_ring_file(path: Path, ring: Ring) -> None:
    """Replaces the key file by a later state of the same ring."""
    write_file(path, _dump_ring(ring), replace=True)


def dump_sealed_copy(ring: Ring) -> bytes:
    """The ring as only the recovery key opens it."""
    document = _public_part(ring)
    return _dump(document | {"mac": _mac(ring.hash_secret, document)})


def read_sealed_copy(path: Path, pair: RecoveryPair) -> Ring:
    """Opens a sealed copy. Raises RecoveryKeyError, KeyFileMissingError or KeyFileDamagedError."""
    text = _read(path)
    with _damage_reported(path):
        document = json.loads(text)
        mac, ring_id = document.pop("mac"), bytes.fromhex(document["ring"])
        hash_secret = pair.open_hash_secret(_decode(document["recovery"]["hash_secret"]), ring_id)
        if not hmac.compare_digest(mac, _mac(hash_secret, document)):
            raise ValueError("mac")
        rows = document["versions"]
        secrets = [pair.open_version(_decode(row["sealed"]), ring_id, row["number"]) for row in rows]
        return _assemble(document, hash_secret, secrets)


def _assemble(document: dict[str, Any], hash_secret: bytes, secrets: list[bytes]) -> Ring:
    if document["format"] != _FORMAT or not secrets:
        raise ValueError("format")
    rows = zip(document["versions"], secrets, strict=True)
    versions = tuple(Version(row["number"], row["created"], secret, _decode(row["sealed"])) for row, secret in rows)
    recovery, ring_id = document["recovery"], bytes.fromhex(document["ring"])
    return Ring(ring_id, hash_secret, _decode(recovery["public"]), _decode(recovery["hash_secret"]), versions)


def _public_part(ring: Ring) -> dict[str, Any]:
    return {
        "format": _FORMAT,
        "ring": ring.id.hex(),
        "recovery": {"public": _encode(ring.public), "hash_secret": _encode(ring.sealed_hash_secret)},
        "versions": [{"number": v.number, "created": v.created, "sealed": _encode(v.sealed)} for v in ring.versions],
    }


def _dump_ring(ring: Ring) -> bytes:
    document = _public_part(ring) | {"hash_secret": _encode(ring.hash_secret)}
    for row, version in zip(document["versions"], ring.versions, strict=True):
        row["secret"] = _encode(version.secret)
    return _dump(document | {"check": hashlib.sha256(_dump(document)).hexdigest()})


def _mac(hash_secret: bytes, document: dict[str, Any]) -> str:
    return hmac.digest(expand(hash_secret, _COPY_LABEL, SECRET_SIZE), _dump(document), "sha256").hex()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as err:
        _refuse(KeyFileMissingError, path, err)


def _refuse(error: type[KeyFileError], path: Path, cause: Exception | None = None) -> NoReturn:
    raise error(details={"path": str(path)}) from cause


@contextmanager
def _damage_reported(path: Path) -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, TypeError, AttributeError, InvalidTag) as err:
        _refuse(KeyFileDamagedError, path, err)


def _dump(document: dict[str, Any]) -> bytes:
    return json.dumps(document, sort_keys=True, indent=1).encode()


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
