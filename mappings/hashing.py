"""Keyed hashes of values that identify a person.

Threat: a copy of the index, or the right to ask it, must not tell whose records it holds. Guarantee: such values stand
in the index only as keyed hashes, so they match exactly or not at all and never by prefix. Residual risk: whoever has
the index and the key can test guessed numbers.
"""

from __future__ import annotations

from typing import Protocol


class KeyedHash(Protocol):
    """What the key ring of the archive offers."""

    def keyed_hash(self, label: str, value: bytes) -> bytes: ...


def hash_value(keys: KeyedHash, secret: str) -> str:
    """Hash of one secret of mappings.numbers: 32 hexadecimal digits (128 bits of the keyed hash)."""
    return keys.keyed_hash("search", secret.encode())[:16].hex()
