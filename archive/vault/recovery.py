"""The recovery key: what lies in the safe, and the sealed copy of the ring that only it opens.

The recovery key is a seed of 32 random bytes, printed in groups and never stored. From it come an X25519 key pair, of
which the ring keeps the public half, and one symmetric key. Each key version is sealed to the public half (HPKE, RFC
9180: X25519, HKDF-SHA256, AES-256-GCM), so that versions can be added while the recovery key stays in the safe, and a
stolen key file does not open versions made after the theft. The hash secret is sealed with the symmetric key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from archive.vault.cipher import NONCE_SIZE
from archive.vault.errors import RecoveryKeyError

SEED_SIZE = 32
_CHECK_SIZE = 3  # 35 bytes fill 56 characters without a rest
_GROUP = 4
_RFC4648 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_SAFE = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: nothing on paper is read as something else
_WRITE = str.maketrans(_RFC4648, _SAFE)
_READ = str.maketrans(_SAFE + "OIL", _RFC4648 + _RFC4648[0] + _RFC4648[1] * 2)
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def format_recovery_key(seed: bytes) -> str:
    """The seed as 14 groups of 4 characters, with 24 bits of checksum."""
    text = base64.b32encode(seed + _checksum(seed)).decode().translate(_WRITE)
    return "-".join(text[i : i + _GROUP] for i in range(0, len(text), _GROUP))


def parse_recovery_key(text: str) -> bytes:
    """The seed of a typed recovery key; case, blanks and dashes do not matter, O counts as 0, I and L as 1.

    Raises RecoveryKeyError (`reason` "typing") when the checksum does not fit.
    """
    letters = "".join(char for char in text.upper() if char.isalnum())
    try:
        raw = base64.b32decode(letters.translate(_READ))
    except (binascii.Error, ValueError) as err:
        raise RecoveryKeyError(reason="typing") from err
    seed, check = raw[:SEED_SIZE], raw[SEED_SIZE:]
    if len(raw) != SEED_SIZE + _CHECK_SIZE or check != _checksum(seed):
        raise RecoveryKeyError(reason="typing")
    return seed


class RecoveryPair:
    """Both halves of a recovery key; lives only while a ring is created or recovered."""

    def __init__(self, seed: bytes) -> None:
        self._private = X25519PrivateKey.from_private_bytes(_derive(seed, b"guidang recovery pair"))
        self._seal = AESGCM(_derive(seed, b"guidang recovery seal"))

    @property
    def public(self) -> bytes:
        """The half that the ring keeps."""
        return self._private.public_key().public_bytes_raw()

    def seal_hash_secret(self, secret: bytes, ring_id: bytes) -> bytes:
        """Only a holder of the recovery key can make this, so that it vouches for all the rest of the sealed copy."""
        return self._seal.encrypt(bytes(NONCE_SIZE), secret, ring_id)  # the one message ever under this key

    def open_hash_secret(self, sealed: bytes, ring_id: bytes) -> bytes:
        """Raises RecoveryKeyError (`reason` "other ring")."""
        try:
            return self._seal.decrypt(bytes(NONCE_SIZE), sealed, ring_id)
        except InvalidTag as err:
            raise RecoveryKeyError(reason="other ring") from err

    def open_version(self, sealed: bytes, ring_id: bytes, number: int) -> bytes:
        """Secret of a key version. Raises InvalidTag."""
        return _SUITE.decrypt(sealed, self._private, _version_info(ring_id, number))


def seal_version(public: bytes, secret: bytes, ring_id: bytes, number: int) -> bytes:
    """Secret of a key version for the recovery key alone."""
    return _SUITE.encrypt(secret, X25519PublicKey.from_public_bytes(public), _version_info(ring_id, number))


def _version_info(ring_id: bytes, number: int) -> bytes:
    return b"guidang key version" + ring_id + number.to_bytes(4, "big")


def _derive(seed: bytes, label: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=label).derive(seed)


def _checksum(seed: bytes) -> bytes:
    return hashlib.sha256(b"guidang recovery key" + seed).digest()[:_CHECK_SIZE]
