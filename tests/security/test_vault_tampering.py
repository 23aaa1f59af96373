"""Whatever is done to a stored blob is noticed, and no changed byte is ever handed out.

The attacker may read and write every file of the vault, but has no key.
"""

from __future__ import annotations

import hashlib
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from archive.vault.cipher import ALGORITHMS
from archive.vault.errors import BlobDamagedError, BlobMissingError, VaultError, WrongKeyError
from archive.vault.format import CHUNK_SIZE, HEADER_SIZE, SEALED_OFFSET
from archive.vault.keys import KeyRing
from archive.vault.store import Vault
from archive.vault.writer import StoredBlob

STEP = CHUNK_SIZE + 16
SIZE = 3 * CHUNK_SIZE + 100  # three whole chunks and a short last one


def content(seed: str, size: int = SIZE) -> bytes:
    return hashlib.shake_128(seed.encode()).digest(size)


@pytest.fixture(params=[algorithm.name for algorithm in ALGORITHMS])
def vault(request: pytest.FixtureRequest, tmp_path: Path) -> Vault:
    keys, _ = KeyRing.create(tmp_path / "vault.json")
    return Vault(tmp_path / "vault", keys, request.param)


@pytest.fixture
def blob(vault: Vault) -> StoredBlob:
    return vault.put(content("one"))


def path_of(vault: Vault, blob: StoredBlob) -> Path:
    return vault._root / blob.address[:2] / blob.address


def read_all(vault: Vault, blob: StoredBlob) -> bytes:
    with vault.reader(blob.address) as reader:
        return reader.read()


def chunk(number: int) -> slice:
    start = HEADER_SIZE + number * STEP
    return slice(start, start + STEP)


def test_a_flipped_bit_anywhere_in_the_header_is_noticed(vault: Vault, blob: StoredBlob) -> None:
    path = path_of(vault, blob)
    raw = path.read_bytes()
    for place in range(HEADER_SIZE):
        for bit in (1, 0x80):
            changed = bytearray(raw)
            changed[place] ^= bit
            path.write_bytes(changed)
            with pytest.raises((BlobDamagedError, WrongKeyError)):
                vault.reader(blob.address)


@pytest.mark.parametrize("number", range(4))
def test_a_flipped_bit_in_any_chunk_or_tag_is_noticed(vault: Vault, blob: StoredBlob, number: int) -> None:
    path = path_of(vault, blob)
    raw = path.read_bytes()
    end = min(chunk(number).stop, len(raw))
    for place in (chunk(number).start, (chunk(number).start + end) // 2, end - 17, end - 16, end - 1):
        changed = bytearray(raw)
        changed[place] ^= 4
        path.write_bytes(changed)
        with vault.reader(blob.address) as reader:
            before = reader.read(number * CHUNK_SIZE)
            assert before == content("one")[: number * CHUNK_SIZE]
            with pytest.raises(BlobDamagedError):
                reader.read(1)


CUTS: dict[str, Callable[[bytes], bytes]] = {
    "nothing left": lambda _: b"",
    "inside the header": lambda raw: raw[: HEADER_SIZE - 1],
    "header only": lambda raw: raw[:HEADER_SIZE],
    "inside a chunk": lambda raw: raw[: chunk(1).start + 5],
    "at a chunk's end": lambda raw: raw[: chunk(2).stop],
    "inside the last tag": lambda raw: raw[:-1],
    "last chunk emptied": lambda raw: raw[: chunk(2).stop] + raw[-16:],
    "one byte more": lambda raw: raw + b"\0",
    "one chunk more": lambda raw: raw + raw[chunk(0)],
    "first chunk cut out": lambda raw: raw[:HEADER_SIZE] + raw[chunk(0).stop :],
}


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS.keys())
def test_a_cut_or_lengthened_blob_is_noticed_at_once(
    vault: Vault, blob: StoredBlob, cut: Callable[[bytes], bytes]
) -> None:
    path = path_of(vault, blob)
    path.write_bytes(cut(path.read_bytes()))
    with pytest.raises(BlobDamagedError):
        vault.reader(blob.address)


def test_a_cut_blob_with_a_fitting_size_in_its_header_is_noticed(vault: Vault, blob: StoredBlob) -> None:
    """The size in the header is authenticated; otherwise a cut at a chunk's end would look like a shorter file."""
    path = path_of(vault, blob)
    raw = bytearray(path.read_bytes()[: chunk(2).stop])
    raw[SEALED_OFFSET : SEALED_OFFSET + 8] = struct.pack(">Q", 3 * CHUNK_SIZE)
    path.write_bytes(raw)
    with pytest.raises(BlobDamagedError):
        vault.reader(blob.address)


def test_reordered_chunks_are_noticed(vault: Vault, blob: StoredBlob) -> None:
    path = path_of(vault, blob)
    raw = bytearray(path.read_bytes())
    raw[chunk(0)], raw[chunk(1)] = raw[chunk(1)], raw[chunk(0)]
    path.write_bytes(raw)
    for place in (0, CHUNK_SIZE):
        with pytest.raises(BlobDamagedError):
            vault.read(blob.address, place, place + 1)


def test_a_chunk_repeated_in_place_of_another_is_noticed(vault: Vault, blob: StoredBlob) -> None:
    path = path_of(vault, blob)
    raw = bytearray(path.read_bytes())
    raw[chunk(2)] = raw[chunk(1)]
    path.write_bytes(raw)
    with pytest.raises(BlobDamagedError):
        read_all(vault, blob)


def test_the_same_chunk_of_a_file_with_the_same_content_does_not_fit(vault: Vault, blob: StoredBlob) -> None:
    twin = vault.put(content("one"))
    raw = bytearray(path_of(vault, blob).read_bytes())
    raw[chunk(1)] = path_of(vault, twin).read_bytes()[chunk(1)]
    path_of(vault, blob).write_bytes(raw)
    with pytest.raises(BlobDamagedError):
        read_all(vault, blob)


@pytest.mark.parametrize(
    "part",
    [slice(0, HEADER_SIZE), slice(0, SEALED_OFFSET), slice(SEALED_OFFSET, HEADER_SIZE), slice(HEADER_SIZE, None)],
)
def test_parts_of_two_blobs_do_not_mix(vault: Vault, blob: StoredBlob, part: slice) -> None:
    other = vault.put(content("two"))
    raw = bytearray(path_of(vault, blob).read_bytes())
    raw[part] = path_of(vault, other).read_bytes()[part]
    path_of(vault, blob).write_bytes(raw)
    with pytest.raises(BlobDamagedError):
        read_all(vault, blob)


def test_whole_files_that_changed_places_are_noticed(vault: Vault, blob: StoredBlob) -> None:
    other = vault.put(content("two"))
    shutil.copyfile(path_of(vault, other), path_of(vault, blob))
    with pytest.raises(BlobDamagedError) as caught:
        vault.reader(blob.address)
    assert caught.value.reason == "address"


def test_a_blob_moved_to_a_new_address_is_noticed(vault: Vault, blob: StoredBlob) -> None:
    address = blob.address[:-1] + ("0" if blob.address[-1] != "0" else "1")
    path_of(vault, blob).rename(path_of(vault, blob).with_name(address))
    with pytest.raises(BlobDamagedError):
        vault.reader(address)
    with pytest.raises(BlobMissingError):
        vault.reader(blob.address)


def test_a_change_between_two_reads_is_noticed(vault: Vault, blob: StoredBlob) -> None:
    with vault.reader(blob.address) as reader:
        assert reader.read(10) == content("one")[:10]
        with path_of(vault, blob).open("r+b") as file:
            file.truncate(chunk(1).stop)
            file.seek(chunk(1).start)
            file.write(b"\0")
        for place in (CHUNK_SIZE, 3 * CHUNK_SIZE):
            reader.seek(place)
            with pytest.raises(BlobDamagedError):
                reader.read(1)


def test_another_ring_opens_nothing(vault: Vault, blob: StoredBlob, tmp_path: Path) -> None:
    keys, _ = KeyRing.create(tmp_path / "other.json")
    other = Vault(tmp_path / "other", keys, "aes-256-gcm")
    target = other._root / blob.address[:2]
    target.mkdir()
    shutil.copyfile(path_of(vault, blob), target / blob.address)
    with pytest.raises(WrongKeyError):
        other.reader(blob.address)


def test_another_ring_that_takes_the_name_of_ours_opens_nothing(vault: Vault, blob: StoredBlob, tmp_path: Path) -> None:
    keys, _ = KeyRing.create(tmp_path / "other.json")
    other = Vault(tmp_path / "other", keys, "aes-256-gcm")
    raw = bytearray(path_of(vault, blob).read_bytes())
    raw[14:22] = keys.id
    target = other._root / blob.address[:2]
    target.mkdir()
    (target / blob.address).write_bytes(raw)
    with pytest.raises(BlobDamagedError):
        other.reader(blob.address)


def test_messages_hold_nothing_of_the_blob(vault: Vault, blob: StoredBlob) -> None:
    path = path_of(vault, blob)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(VaultError) as caught:
        vault.reader(blob.address)
    assert str(caught.value) == "vault_damaged"
    assert not caught.value.details
