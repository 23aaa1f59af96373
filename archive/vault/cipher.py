"""Authenticated encryption by name: AES-256-GCM (NIST SP 800-38D) and SM4-GCM (GB/T 32907, RFC 8998).

Both take 12-byte nonces and add 16-byte tags. A nonce must never serve twice under one key; this module cannot check
that, its callers hold it by construction (see `format` and `columns`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_SIZE = 12
TAG_SIZE = 16

Buffer = bytes | bytearray | memoryview


class Aead(Protocol):
    """Authenticated encryption under one key. `decrypt` raises cryptography's InvalidTag."""

    def encrypt(self, nonce: bytes, data: Buffer, associated_data: bytes, /) -> bytes: ...

    def decrypt(self, nonce: bytes, data: Buffer, associated_data: bytes, /) -> bytes: ...


class Sm4Gcm:
    """SM4-GCM with the tag at the end, as AESGCM does it."""

    def __init__(self, key: bytes) -> None:
        self._cipher = algorithms.SM4(key)

    def encrypt(self, nonce: bytes, data: Buffer, associated_data: bytes, /) -> bytes:
        """Ciphertext and tag."""
        encryptor = Cipher(self._cipher, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated_data)
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: Buffer, associated_data: bytes, /) -> bytes:
        """Plaintext. Raises InvalidTag; nothing is handed out before the tag was checked."""
        body, tag = data[:-TAG_SIZE], bytes(data[-TAG_SIZE:])
        decryptor = Cipher(self._cipher, modes.GCM(nonce, tag)).decryptor()
        decryptor.authenticate_additional_data(associated_data)
        return decryptor.update(body) + decryptor.finalize()


@dataclass(frozen=True)
class Algorithm:
    """One cipher: its name in the settings, its number in stored headers (never reused), its key size in bytes."""

    name: str
    number: int
    key_size: int
    build: Callable[[bytes], Aead]


ALGORITHMS = (
    Algorithm("aes-256-gcm", 1, 32, AESGCM),
    Algorithm("sm4-gcm", 2, 16, Sm4Gcm),
)
_BY_NAME = {algorithm.name: algorithm for algorithm in ALGORITHMS}
_BY_NUMBER = {algorithm.number: algorithm for algorithm in ALGORITHMS}


def get_algorithm(name: str) -> Algorithm:
    """Algorithm of a setting. Raises KeyError for an unknown name."""
    return _BY_NAME[name]


def find_algorithm(number: int) -> Algorithm | None:
    """Algorithm of a stored header."""
    return _BY_NUMBER.get(number)
