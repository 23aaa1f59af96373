"""Form of a stored blob: a header of 110 bytes, then the content in encrypted chunks of equal size.

    fixed part   magic 8 · format 1 · algorithm 1 · chunk size 4 · key ring 8 · blob id 16
    sealed part  content size 8 · key version 4 · nonce 12 · wrapped data key 48
    chunks       ciphertext (the last may be shorter) and tag 16 each; an empty blob is one empty chunk

Numbers are big-endian. Every blob has a random data key of its own; the chunk key and the nonce prefix are expanded
from it and the fixed part (HKDF), so equal nonces of two blobs never meet under one key. Chunks follow the STREAM
construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015): nonce = prefix 7 · chunk number 4 · last flag 1; the fixed
part and the nonce are authenticated with each chunk. The sealed part is written when the content is complete and
authenticates its size: a cut or lengthened file is noticed before anything is decrypted, and an unfinished one has no
key at all.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from archive.vault.cipher import NONCE_SIZE, TAG_SIZE, Aead, Algorithm, Buffer, find_algorithm
from archive.vault.errors import BlobDamagedError, BlobDestroyedError, WrongKeyError
from archive.vault.keys import KeyRing

CHUNK_SIZE = 64 * 1024
DATA_KEY_SIZE = 32
BLOB_ID_SIZE = 16

_MAGIC = b"GDVAULT\x00"
_FORMAT = 1
_FIXED = struct.Struct(">8sBBI8s16s")
_SEALED = struct.Struct(">QI12s48s")
_COUNTER = struct.Struct(">IB")
_LARGEST_CHUNK = 16 * 1024 * 1024
_PREFIX_SIZE = NONCE_SIZE - _COUNTER.size

SEALED_OFFSET = _FIXED.size
HEADER_SIZE = _FIXED.size + _SEALED.size
DESTROYED = bytes(_SEALED.size)
"""What the sealed part holds when the data key was destroyed, and until a blob is complete."""


@dataclass(frozen=True)
class FixedPart:
    """What never changes about a blob; `packed` is what chunks and header are authenticated with."""

    algorithm: Algorithm
    chunk_size: int
    ring_id: bytes
    blob_id: bytes

    @property
    def packed(self) -> bytes:
        """The stored form."""
        return _FIXED.pack(_MAGIC, _FORMAT, self.algorithm.number, self.chunk_size, self.ring_id, self.blob_id)


class ChunkCipher:
    """Encrypts and decrypts the chunks of one blob."""

    def __init__(self, fixed: FixedPart, data_key: bytes) -> None:
        self._fixed = fixed.packed
        size = fixed.algorithm.key_size
        expand = HKDFExpand(algorithm=SHA256(), length=size + _PREFIX_SIZE, info=b"guidang chunks" + self._fixed)
        material = expand.derive(data_key)
        self._aead = fixed.algorithm.build(material[:size])
        self._prefix = material[size:]

    def seal(self, number: int, data: Buffer, *, last: bool) -> bytes:
        """Chunk as stored. Raises struct.error beyond 2^32 chunks (256 TiB) rather than repeat a nonce."""
        nonce = self._prefix + _COUNTER.pack(number, last)
        return self._aead.encrypt(nonce, data, self._fixed + nonce)

    def open(self, number: int, data: bytes, *, last: bool) -> bytes:
        """Content of a stored chunk. Raises BlobDamagedError."""
        nonce = self._prefix + _COUNTER.pack(number, last)
        try:
            return self._aead.decrypt(nonce, data, self._fixed + nonce)
        except InvalidTag as err:
            raise BlobDamagedError(reason="chunk") from err


@dataclass(frozen=True)
class OpenedBlob:
    """A blob whose header was checked: content size in bytes, and the means to decrypt its chunks."""

    size: int
    chunk_size: int
    cipher: ChunkCipher

    @property
    def last_chunk(self) -> int:
        """Number of the last chunk, from 0."""
        return max(self.size - 1, 0) // self.chunk_size

    def locate(self, number: int) -> tuple[int, int]:
        """Offset and stored length of a chunk in the file."""
        content = min(self.chunk_size, self.size - number * self.chunk_size)
        return HEADER_SIZE + number * (self.chunk_size + TAG_SIZE), content + TAG_SIZE

    @property
    def stored_size(self) -> int:
        """Length that the file must have."""
        return sum(self.locate(self.last_chunk))


def address_of(keys: KeyRing, blob_id: bytes) -> str:
    """Where a blob lies: 64 hexadecimal digits that only a holder of the ring can connect with the blob's id."""
    return keys.keyed_hash("blob address", blob_id).hex()


def seal_header(keys: KeyRing, fixed: FixedPart, data_key: bytes, size: int) -> bytes:
    """Header of a complete blob of `size` content bytes; wraps the data key with the ring's current version."""
    version, nonce = keys.version, os.urandom(NONCE_SIZE)
    wrapped = _wrapping(keys, fixed.algorithm, version).encrypt(nonce, data_key, _bound(fixed, size, version))
    # SM4 and AES wrap the same 32 bytes, so the header has one form for both.
    return fixed.packed + _SEALED.pack(size, version, nonce, wrapped)


def open_header(keys: KeyRing, header: bytes, *, address: str, stored_size: int) -> OpenedBlob:
    """Checks a header against its address and the file's length, and unwraps the data key.

    Raises BlobDamagedError, BlobDestroyedError or WrongKeyError.
    """
    if len(header) != HEADER_SIZE:
        raise BlobDamagedError(reason="header")
    fixed = _parse_fixed(header[:SEALED_OFFSET])
    if fixed.ring_id != keys.id:
        raise WrongKeyError(reason="ring")
    if address_of(keys, fixed.blob_id) != address:
        raise BlobDamagedError(reason="address")
    if header[SEALED_OFFSET:] == DESTROYED:
        raise BlobDestroyedError
    size, version, nonce, wrapped = _SEALED.unpack(header[SEALED_OFFSET:])
    try:
        data_key = _wrapping(keys, fixed.algorithm, version).decrypt(nonce, wrapped, _bound(fixed, size, version))
    except InvalidTag as err:
        raise BlobDamagedError(reason="key") from err
    blob = OpenedBlob(size, fixed.chunk_size, ChunkCipher(fixed, data_key))
    if blob.stored_size != stored_size:
        raise BlobDamagedError(reason="length")
    return blob


def _parse_fixed(raw: bytes) -> FixedPart:
    magic, form, number, chunk_size, ring_id, blob_id = _FIXED.unpack(raw)
    algorithm = find_algorithm(number)
    if magic != _MAGIC or form != _FORMAT or algorithm is None or not 0 < chunk_size <= _LARGEST_CHUNK:
        raise BlobDamagedError(reason="header")
    return FixedPart(algorithm, chunk_size, ring_id, blob_id)


def _wrapping(keys: KeyRing, algorithm: Algorithm, version: int) -> Aead:
    return algorithm.build(keys.derive(f"wrap {algorithm.name}", version, algorithm.key_size))


def _bound(fixed: FixedPart, size: int, version: int) -> bytes:
    return fixed.packed + struct.pack(">QI", size, version)
