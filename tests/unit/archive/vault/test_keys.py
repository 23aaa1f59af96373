"""The key ring: creation, loading, derivation, rotation, and what a damaged or unsafe key file says."""

from __future__ import annotations

import base64
import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from archive.vault.errors import (
    KeyFileDamagedError,
    KeyFileError,
    KeyFileExistsError,
    KeyFileMissingError,
    KeyFileUnsafeError,
    WrongKeyError,
)
from archive.vault.keys import KeyRing


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "vault.json"


def test_the_key_file_is_private_and_whole(path: Path) -> None:
    KeyRing.create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["vault.json"]


def test_a_loaded_ring_gives_the_same_keys(path: Path) -> None:
    created, _ = KeyRing.create(path)
    loaded = KeyRing.load(path)
    assert loaded.id == created.id
    assert loaded.keyed_hash("token", b"value") == created.keyed_hash("token", b"value")
    assert loaded.derive("wrap", 1, 32) == created.derive("wrap", 1, 32)


def test_creating_again_changes_nothing(path: Path) -> None:
    KeyRing.create(path)
    before = path.read_bytes()
    with pytest.raises(KeyFileExistsError) as caught:
        KeyRing.create(path)
    assert caught.value.details == {"path": str(path)}
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["vault.json"]


def test_two_rings_share_no_key(tmp_path: Path) -> None:
    one, _ = KeyRing.create(tmp_path / "one.json")
    two, _ = KeyRing.create(tmp_path / "two.json")
    assert one.id != two.id
    assert one.keyed_hash("token", b"value") != two.keyed_hash("token", b"value")


def test_every_label_has_a_key_of_its_own(path: Path) -> None:
    ring, _ = KeyRing.create(path)
    labels = ["wrap aes-256-gcm", "wrap sm4-gcm", "column aes-256-gcm name", "sealed copy", "hash token"]
    derived = {ring.derive(label, 1, 32) for label in labels}
    hashed = {ring.keyed_hash(label, b"same") for label in ("token", "audit", "query", "blob address")}
    assert len(derived) == len(labels)
    assert len(hashed) == 4


def test_no_secret_shows_in_representations(path: Path) -> None:
    ring, _ = KeyRing.create(path)
    document = json.loads(path.read_bytes())
    secrets = [document["hash_secret"], document["versions"][0]["secret"]]
    shown = repr(ring) + str(ring) + repr(ring._ring) + repr(ring._ring.versions)
    for secret in secrets:
        raw = base64.b64decode(secret)
        assert secret not in shown
        assert raw.hex() not in shown
        assert repr(raw)[2:-1] not in shown


def test_rotation_adds_a_version_and_keeps_the_old(path: Path) -> None:
    ring, _ = KeyRing.create(path)
    first, hashed = ring.derive("wrap", 1, 32), ring.keyed_hash("token", b"value")
    assert ring.rotate() == 2
    assert ring.version == KeyRing.load(path).version == 2
    assert ring.derive("wrap", 1, 32) == first
    assert ring.derive("wrap", 2, 32) != first
    assert ring.keyed_hash("token", b"value") == hashed
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_running_process_notices_a_rotation(path: Path) -> None:
    KeyRing.create(path)
    running, other = KeyRing.load(path), KeyRing.load(path)
    other.rotate()
    assert running.version == 1
    assert running.derive("wrap", 2, 32) == other.derive("wrap", 2, 32)
    assert running.version == 2


def test_rotations_at_once_lose_no_version(path: Path) -> None:
    KeyRing.create(path)
    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(lambda _: KeyRing.load(path).rotate(), range(8)))
    assert sorted(numbers) == list(range(2, 10))
    ring = KeyRing.load(path)
    assert len({ring.derive("wrap", number, 32) for number in range(1, 10)}) == 9


def test_an_unknown_version_is_a_wrong_key(path: Path) -> None:
    ring, _ = KeyRing.create(path)
    with pytest.raises(WrongKeyError):
        ring.derive("wrap", 2, 32)


def test_another_ring_in_the_file_is_not_taken_over(path: Path, tmp_path: Path) -> None:
    running, _ = KeyRing.create(path)
    other, _ = KeyRing.create(tmp_path / "other.json")
    other.rotate()
    (tmp_path / "other.json").replace(path)
    with pytest.raises(WrongKeyError):
        running.derive("wrap", 2, 32)


def test_a_missing_key_file_is_named(path: Path) -> None:
    with pytest.raises(KeyFileMissingError) as caught:
        KeyRing.load(path)
    assert caught.value.details == {"path": str(path)}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o666, 0o610])
def test_a_key_file_open_to_others_is_refused(path: Path, mode: int) -> None:
    KeyRing.create(path)
    path.chmod(mode)
    with pytest.raises(KeyFileUnsafeError):
        KeyRing.load(path)


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda text: text[: len(text) // 2],
        lambda text: b"\xff\xfe" + text,
        lambda _: b"[]",
        lambda _: b"null",
        lambda _: b"{}",
        lambda text: text.replace(b'"format": 1', b'"format": 2'),
        lambda text: text.replace(b'"number": 1', b'"number": 2'),
    ],
    ids=["empty", "cut", "no text", "a list", "null", "no fields", "format", "number"],
)
def test_a_damaged_key_file_is_named(path: Path, damage) -> None:
    KeyRing.create(path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(KeyFileDamagedError):
        KeyRing.load(path)


def test_any_changed_character_of_the_key_file_is_noticed(path: Path) -> None:
    ring, _ = KeyRing.create(path)
    text = path.read_bytes()
    for place in range(0, len(text), 7):
        if text[place : place + 1].isspace():
            continue
        path.write_bytes(text[:place] + bytes([text[place] ^ 1]) + text[place + 1 :])
        with pytest.raises(KeyFileError):
            KeyRing.load(path)
    path.write_bytes(text)
    assert KeyRing.load(path).id == ring.id
