"""The recovery key: it alone, with the sealed copy kept beside the blobs, brings a lost key file back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archive.vault.columns import ColumnSealer
from archive.vault.errors import KeyFileDamagedError, KeyFileExistsError, KeyFileMissingError, RecoveryKeyError
from archive.vault.keys import KeyRing
from archive.vault.recovery import format_recovery_key, parse_recovery_key
from archive.vault.store import SEALED_COPY, Vault

CIPHER = "aes-256-gcm"


def test_everything_opens_again_after_the_key_file_is_lost(tmp_path: Path) -> None:
    path, root = tmp_path / "keys" / "vault.json", tmp_path / "vault"
    keys, recovery_key = KeyRing.create(path)
    old = Vault(root, keys, CIPHER).put(b"before rotation")
    keys.rotate()
    new = Vault(root, keys, CIPHER).put(b"after rotation")
    sealed = ColumnSealer(keys, CIPHER).seal("name", b"value", b"row")
    content = path.read_bytes()
    path.unlink()

    recovered = KeyRing.recover(recovery_key, root / SEALED_COPY, path)

    vault = Vault(root, recovered, CIPHER)
    assert vault.read(old.address, 0, old.size) == b"before rotation"
    assert vault.read(new.address, 0, new.size) == b"after rotation"
    assert ColumnSealer(recovered, CIPHER).unseal("name", sealed, b"row") == b"value"
    assert path.read_bytes() == content
    assert recovered.rotate() == 3


def test_the_sealed_copy_holds_no_secret(tmp_path: Path) -> None:
    path = tmp_path / "vault.json"
    keys, recovery_key = KeyRing.create(path)
    keys.rotate()
    copy = keys.sealed_copy().decode()
    document = json.loads(path.read_bytes())
    for secret in (document["hash_secret"], *(row["secret"] for row in document["versions"])):
        assert secret not in copy
    assert recovery_key not in copy
    assert "secret" not in {key for row in json.loads(copy)["versions"] for key in row}


def test_the_recovery_key_is_stored_nowhere(tmp_path: Path) -> None:
    keys, recovery_key = KeyRing.create(tmp_path / "vault.json")
    Vault(tmp_path / "vault", keys, CIPHER)
    seed = parse_recovery_key(recovery_key)
    for file in (entry for entry in tmp_path.rglob("*") if entry.is_file()):
        content = file.read_bytes()
        assert seed not in content
        assert seed.hex().encode() not in content
        assert recovery_key.encode() not in content


def test_recovery_never_overwrites_a_key_file(tmp_path: Path) -> None:
    path = tmp_path / "vault.json"
    keys, recovery_key = KeyRing.create(path)
    (tmp_path / "copy.json").write_bytes(keys.sealed_copy())
    before = path.read_bytes()
    with pytest.raises(KeyFileExistsError):
        KeyRing.recover(recovery_key, tmp_path / "copy.json", path)
    assert path.read_bytes() == before


def test_another_recovery_key_opens_nothing(tmp_path: Path) -> None:
    keys, _ = KeyRing.create(tmp_path / "one.json")
    _, other = KeyRing.create(tmp_path / "two.json")
    (tmp_path / "copy.json").write_bytes(keys.sealed_copy())
    with pytest.raises(RecoveryKeyError) as caught:
        KeyRing.recover(other, tmp_path / "copy.json", tmp_path / "new.json")
    assert caught.value.reason == "other ring"
    assert not (tmp_path / "new.json").exists()


def test_a_forged_sealed_copy_is_refused(tmp_path: Path) -> None:
    """Somebody without the ring puts a key of their own into the copy, hoping that it will be used later."""
    keys, recovery_key = KeyRing.create(tmp_path / "one.json")
    attacker, _ = KeyRing.create(tmp_path / "two.json")
    copy, foreign = json.loads(keys.sealed_copy()), json.loads(attacker.sealed_copy())
    for change in (
        {"versions": foreign["versions"]},
        {"versions": []},
        {"mac": foreign["mac"]},
        {"ring": foreign["ring"]},
    ):
        (tmp_path / "copy.json").write_text(json.dumps(copy | change))
        with pytest.raises((KeyFileDamagedError, RecoveryKeyError)):
            KeyRing.recover(recovery_key, tmp_path / "copy.json", tmp_path / "new.json")


def test_a_missing_or_unreadable_copy_is_named(tmp_path: Path) -> None:
    _, recovery_key = KeyRing.create(tmp_path / "one.json")
    with pytest.raises(KeyFileMissingError):
        KeyRing.recover(recovery_key, tmp_path / "copy.json", tmp_path / "new.json")
    (tmp_path / "copy.json").write_text("{}")
    with pytest.raises(KeyFileDamagedError):
        KeyRing.recover(recovery_key, tmp_path / "copy.json", tmp_path / "new.json")


def test_a_recovery_key_is_readable_on_paper() -> None:
    seed = bytes(range(32))
    text = format_recovery_key(seed)
    groups = text.split("-")
    assert [len(group) for group in groups] == [4] * 14
    assert not set("ILOU") & set(text)
    assert parse_recovery_key(text) == seed


def test_typing_habits_do_not_matter() -> None:
    seed = bytes.fromhex("00443214c74254b635cf84653a56d7c675be77df00443214c74254b635cf8465")
    text = format_recovery_key(seed)
    assert "0" in text
    assert "1" in text
    for typed in (text.lower(), text.replace("-", " "), text.replace("0", "O"), text.replace("1", "l"), f" {text}\n"):
        assert parse_recovery_key(typed) == seed


@pytest.mark.parametrize("typed", ["", "ABCD", "我", "U" * 56, "0" * 55, "0" * 57, "!" * 56])
def test_nonsense_is_a_typing_error(typed: str) -> None:
    with pytest.raises(RecoveryKeyError) as caught:
        parse_recovery_key(typed)
    assert caught.value.reason == "typing"


def test_every_single_mistyped_character_is_noticed() -> None:
    text = format_recovery_key(bytes(range(32)))
    for place, char in enumerate(text):
        if char == "-":
            continue
        wrong = text[:place] + ("7" if char != "7" else "8") + text[place + 1 :]
        with pytest.raises(RecoveryKeyError):
            parse_recovery_key(wrong)
