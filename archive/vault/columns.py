"""Sealed values: small sensitive values, encrypted for one database column.

The key binds a value to its column (one key per label and key version), the context to its row, so that it can be
neither read nor moved elsewhere. Form: format 1 · algorithm 1 · key version 4 · nonce 12 · ciphertext and tag. Nonces
are random: rotate the ring before one column holds 2^32 values (NIST SP 800-38D, 8.3). Equal values seal differently;
what must be found again is looked up by `KeyRing.keyed_hash`.
"""

from __future__ import annotations

import os
import struct

from cryptography.exceptions import InvalidTag

from archive.vault.cipher import NONCE_SIZE, TAG_SIZE, Aead, Algorithm, find_algorithm, get_algorithm
from archive.vault.errors import SealedValueError
from archive.vault.keys import KeyRing

_FORMAT = 1
_HEAD = struct.Struct(">BBI")
_SHORTEST = _HEAD.size + NONCE_SIZE + TAG_SIZE


class ColumnSealer:
    """Seals and unseals values with the keys of one ring; `cipher` names the algorithm of new values."""

    def __init__(self, keys: KeyRing, cipher: str) -> None:
        self._keys = keys
        self._algorithm = get_algorithm(cipher)

    def seal(self, label: str, value: bytes, context: bytes) -> bytes:
        """Sealed form of a value for the column `label`; `context` names the row, such as its id."""
        version, nonce = self._keys.version, os.urandom(NONCE_SIZE)
        head = _HEAD.pack(_FORMAT, self._algorithm.number, version)
        return head + nonce + self._aead(self._algorithm, label, version).encrypt(nonce, value, head + context)

    def unseal(self, label: str, sealed: bytes, context: bytes) -> bytes:
        """The value. Raises SealedValueError (changed, cut, of another column or row) or WrongKeyError."""
        if len(sealed) < _SHORTEST:
            raise SealedValueError(reason="length")
        head, rest = sealed[: _HEAD.size], sealed[_HEAD.size :]
        form, number, version = _HEAD.unpack(head)
        algorithm = find_algorithm(number)
        if form != _FORMAT or algorithm is None:
            raise SealedValueError(reason="head")
        aead = self._aead(algorithm, label, version)
        try:
            return aead.decrypt(rest[:NONCE_SIZE], rest[NONCE_SIZE:], head + context)
        except InvalidTag as err:
            raise SealedValueError(reason="tag") from err

    def _aead(self, algorithm: Algorithm, label: str, version: int) -> Aead:
        return algorithm.build(self._keys.derive(f"column {algorithm.name} {label}", version, algorithm.key_size))
