"""Keyed hashes of values that identify a person.

Threat: a copy of the index, or the right to ask it, must not tell whose records it holds. Guarantee: such values stand
in the index only as HMAC-SHA-256 under a key kept outside it, so they match exactly or not at all and never by prefix.
Residual risk: whoever has the index and the key can test guessed numbers.
"""

from __future__ import annotations

import hashlib
import hmac

_PURPOSE = b"guidang search value\0"


def hash_value(key: bytes, secret: str) -> str:
    """Hash of one secret of mappings.numbers, 32 hexadecimal digits. Raises ValueError for a key under 16 bytes."""
    if len(key) < 16:
        raise ValueError("the key of search hashes needs at least 16 bytes")
    return hmac.new(key, _PURPOSE + secret.encode(), hashlib.sha256).hexdigest()[:32]
