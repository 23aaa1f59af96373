"""No key and nonce ever meet twice: the one mistake that breaks GCM, so it must be impossible by construction."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NamedTuple

import pytest

from archive.vault.cipher import ALGORITHMS, Aead, Algorithm, Buffer
from archive.vault.errors import BlobDamagedError
from archive.vault.format import CHUNK_SIZE, ChunkCipher, FixedPart
from archive.vault.keys import KeyRing
from archive.vault.store import Vault


class Use(NamedTuple):
    """One encryption."""

    key: bytes
    nonce: bytes
    data: bytes


class Recorder:
    """A real cipher that also notes every key and nonce it encrypts with, and what."""

    def __init__(self, key: bytes, aead: Aead, used: list[Use]) -> None:
        self._key, self._aead, self._used = key, aead, used

    def encrypt(self, nonce: bytes, data: Buffer, associated_data: bytes, /) -> bytes:
        self._used.append(Use(self._key, nonce, bytes(data)))
        return self._aead.encrypt(nonce, data, associated_data)

    def decrypt(self, nonce: bytes, data: Buffer, associated_data: bytes, /) -> bytes:
        return self._aead.decrypt(nonce, data, associated_data)


def recording(algorithm: Algorithm, used: list[Use]) -> Algorithm:
    return Algorithm(
        algorithm.name,
        algorithm.number,
        algorithm.key_size,
        lambda key: Recorder(key, algorithm.build(key), used),
    )


@pytest.fixture(params=ALGORITHMS, ids=lambda algorithm: algorithm.name)
def algorithm(request: pytest.FixtureRequest) -> Algorithm:
    return request.param


def test_keys_and_nonces_never_repeat_over_many_blobs(tmp_path: Path, algorithm: Algorithm) -> None:
    keys, _ = KeyRing.create(tmp_path / "vault.json")
    vault, used = Vault(tmp_path / "vault", keys, algorithm.name), []
    vault._algorithm = recording(algorithm, used)
    blobs = [vault.put(bytes(size)) for size in [0, 1, 2 * CHUNK_SIZE, 3 * CHUNK_SIZE + 1] * 100]
    chunks = 100 * (1 + 1 + 2 + 4)
    assert len(used) == chunks + len(blobs)  # one wrapped data key each
    assert len({(use.key, use.nonce) for use in used}) == len(used)
    wrapping = keys.derive(f"wrap {algorithm.name}", 1, algorithm.key_size)
    data_keys = [use.data for use in used if use.key == wrapping]
    assert len(set(data_keys)) == len(data_keys) == len(blobs)
    assert len({use.key for use in used if use.key != wrapping}) == len(blobs)


def test_the_same_content_looks_different_every_time(tmp_path: Path, algorithm: Algorithm) -> None:
    keys, _ = KeyRing.create(tmp_path / "vault.json")
    vault = Vault(tmp_path / "vault", keys, algorithm.name)
    stored = [vault.put(b"the same text in every blob") for _ in range(50)]
    raw = [(vault._root / blob.address[:2] / blob.address).read_bytes() for blob in stored]
    blocks = [file[place : place + 16] for file in raw for place in range(len(file) - 43, len(file) - 16, 16)]
    assert len(set(blocks)) == len(blocks)


def test_nonces_tell_every_chunk_and_the_last_one_apart(algorithm: Algorithm) -> None:
    used: list[Use] = []
    cipher = ChunkCipher(FixedPart(recording(algorithm, used), CHUNK_SIZE, bytes(8), bytes(16)), bytes(32))
    for number in (0, 1, 255, 256, 2**32 - 1):
        for last in (False, True):
            cipher.seal(number, b"", last=last)
    assert len({use.nonce for use in used}) == len(used) == 10


def test_one_data_key_in_two_blobs_still_gives_two_chunk_keys(algorithm: Algorithm) -> None:
    used: list[Use] = []
    for blob_id in (bytes(16), b"1" * 16):
        fixed = FixedPart(recording(algorithm, used), CHUNK_SIZE, bytes(8), blob_id)
        ChunkCipher(fixed, bytes(32)).seal(0, b"", last=True)
    assert used[0].key != used[1].key
    assert used[0].nonce != used[1].nonce


def test_the_counter_stops_rather_than_begin_again(algorithm: Algorithm) -> None:
    cipher = ChunkCipher(FixedPart(algorithm, CHUNK_SIZE, bytes(8), bytes(16)), bytes(32))
    with pytest.raises(struct.error):
        cipher.seal(2**32, b"", last=False)


def test_a_chunk_opens_only_as_what_it_is(algorithm: Algorithm) -> None:
    fixed = FixedPart(algorithm, CHUNK_SIZE, bytes(8), bytes(16))
    cipher = ChunkCipher(fixed, bytes(32))
    sealed = cipher.seal(1, b"chunk", last=False)
    assert cipher.open(1, sealed, last=False) == b"chunk"
    for number, last in ((1, True), (0, False), (2, False)):
        with pytest.raises(BlobDamagedError):
            cipher.open(number, sealed, last=last)
    for other in (
        FixedPart(algorithm, CHUNK_SIZE, bytes(8), b"1" * 16),
        FixedPart(algorithm, CHUNK_SIZE * 2, bytes(8), bytes(16)),
        FixedPart(algorithm, CHUNK_SIZE, b"1" * 8, bytes(16)),
    ):
        with pytest.raises(BlobDamagedError):
            ChunkCipher(other, bytes(32)).open(1, sealed, last=False)
