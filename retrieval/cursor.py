"""Cursors: a place in a result list that only the same person can use, for the same query.

Threat: a forged cursor probes for sort values, or a readable one tells the score of a hit, which depends on records the
person may not see. A cursor gives no right, every page is filtered anew. Guarantee: it is encrypted and authenticated
together with the request and the person (AES-256-GCM, NIST SP 800-38D); anything else is refused. Residual risk: none
known below 2^32 cursors under one secret key, as nonces are random.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from retrieval.errors import BadRequestError
from retrieval.params import SearchRequest

_NONCE = 12


@dataclass(frozen=True)
class Place:
    """Where the next page begins: sort values of the last hit, and whether the list is ordered by score."""

    after: tuple[Any, ...]
    is_scored: bool


def seal_place(secret: str, request: SearchRequest, actor_id: str, place: Place) -> str:
    """The cursor of a place. `secret` is the portal's secret key."""
    payload = json.dumps([list(place.after), place.is_scored], separators=(",", ":")).encode()
    nonce = os.urandom(_NONCE)
    sealed = nonce + _cipher(secret).encrypt(nonce, payload, _bound_to(request, actor_id))
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def read_place(secret: str, request: SearchRequest, actor_id: str) -> Place | None:
    """The place named by the request's cursor, None without one. Raises BadRequestError for a foreign or broken one."""
    if not request.cursor:
        return None
    try:
        sealed = base64.b64decode(request.cursor + "=" * (-len(request.cursor) % 4), altchars=b"-_", validate=True)
        payload = _cipher(secret).decrypt(sealed[:_NONCE], sealed[_NONCE:], _bound_to(request, actor_id))
    except (binascii.Error, ValueError, InvalidTag) as err:
        raise BadRequestError("cursor_invalid", "cursor") from err
    after, is_scored = json.loads(payload)
    return Place(tuple(after), is_scored)


def _cipher(secret: str) -> AESGCM:
    return AESGCM(hashlib.sha256(b"guidang cursor\0" + secret.encode()).digest())


def _bound_to(request: SearchRequest, actor_id: str) -> bytes:
    return json.dumps([actor_id, request.q, request.filters, request.sort], ensure_ascii=False).encode()
