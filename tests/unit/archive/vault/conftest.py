"""A key ring and a vault of its own for every test, with each cipher where the cipher could matter."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.vault.cipher import ALGORITHMS
from archive.vault.keys import KeyRing
from archive.vault.store import Vault

CIPHERS = [algorithm.name for algorithm in ALGORITHMS]


@pytest.fixture
def keys(tmp_path: Path) -> KeyRing:
    ring, _ = KeyRing.create(tmp_path / "keys" / "vault.json")
    return ring


@pytest.fixture(params=CIPHERS)
def cipher(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def vault(tmp_path: Path, keys: KeyRing, cipher: str) -> Vault:
    return Vault(tmp_path / "vault", keys, cipher)
