"""Sealed database values: bound to their column, their row and the ring."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.vault.cipher import ALGORITHMS
from archive.vault.columns import ColumnSealer
from archive.vault.errors import SealedValueError, WrongKeyError
from archive.vault.keys import KeyRing

CIPHERS = [algorithm.name for algorithm in ALGORITHMS]


@pytest.fixture
def sealer(keys: KeyRing, cipher: str) -> ColumnSealer:
    return ColumnSealer(keys, cipher)


@pytest.mark.parametrize("value", [b"", b"x", "张三".encode(), bytes(100_000)])
def test_a_value_comes_back(sealer: ColumnSealer, value: bytes) -> None:
    sealed = sealer.seal("item", value, b"row 1")
    assert sealer.unseal("item", sealed, b"row 1") == value
    assert not value or len(value) < 3 or value not in sealed


def test_equal_values_seal_differently(sealer: ColumnSealer) -> None:
    assert len({sealer.seal("item", b"same", b"row 1") for _ in range(500)}) == 500


def test_a_value_opens_in_no_other_column_or_row(sealer: ColumnSealer) -> None:
    sealed = sealer.seal("item", b"value", b"row 1")
    for label, context in (("user", b"row 1"), ("item", b"row 2"), ("item", b"")):
        with pytest.raises(SealedValueError):
            sealer.unseal(label, sealed, context)


def test_every_changed_byte_is_noticed(sealer: ColumnSealer) -> None:
    sealed = sealer.seal("item", b"value", b"row 1")
    for place in range(len(sealed)):
        changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises((SealedValueError, WrongKeyError)):
            sealer.unseal("item", changed, b"row 1")
    for length in range(len(sealed)):
        with pytest.raises(SealedValueError):
            sealer.unseal("item", sealed[:length], b"row 1")


def test_another_ring_opens_nothing(sealer: ColumnSealer, tmp_path: Path, cipher: str) -> None:
    other, _ = KeyRing.create(tmp_path / "other.json")
    with pytest.raises(SealedValueError):
        ColumnSealer(other, cipher).unseal("item", sealer.seal("item", b"value", b"row"), b"row")


def test_old_values_open_after_rotation_and_change_of_cipher(keys: KeyRing) -> None:
    sealed = [ColumnSealer(keys, name).seal("item", name.encode(), b"row") for name in CIPHERS]
    keys.rotate()
    for name in CIPHERS:
        sealer = ColumnSealer(keys, name)
        assert [sealer.unseal("item", value, b"row").decode() for value in sealed] == CIPHERS
