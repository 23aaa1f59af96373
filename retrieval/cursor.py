"""Cursors: a place in a result list that only the same person can use, for the same query.

Threat: a forged cursor moves through results of a query that was not asked, or through those of another person. A
cursor gives no right (every page is filtered anew), but it must not become a way to probe sort values. Guarantee: it is
signed together with the request and the person; anything else is refused.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

from retrieval.errors import BadRequestError
from retrieval.params import SearchRequest

_MAC = 16


@dataclass(frozen=True)
class Place:
    """Where the next page begins: sort values of the last hit, and whether the list is ordered by score."""

    after: tuple[Any, ...]
    is_scored: bool


def sign_place(key: bytes, request: SearchRequest, actor_id: str, place: Place) -> str:
    """The cursor of a place."""
    payload = json.dumps([list(place.after), place.is_scored], ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_mac(key, request, actor_id, payload) + payload).decode().rstrip("=")


def read_place(key: bytes, request: SearchRequest, actor_id: str) -> Place | None:
    """The place named by the request's cursor, None without one. Raises BadRequestError for a foreign or broken one."""
    if not request.cursor:
        return None
    try:
        raw = base64.b64decode(request.cursor + "=" * (-len(request.cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as err:
        raise BadRequestError("cursor_invalid", "cursor") from err
    mac, payload = raw[:_MAC], raw[_MAC:]
    if not hmac.compare_digest(mac, _mac(key, request, actor_id, payload)):
        raise BadRequestError("cursor_invalid", "cursor")
    after, is_scored = json.loads(payload)
    return Place(tuple(after), is_scored)


def _mac(key: bytes, request: SearchRequest, actor_id: str, payload: bytes) -> bytes:
    asked = json.dumps([actor_id, request.q, request.filters, request.sort], ensure_ascii=False).encode()
    message = b"guidang cursor\0" + hashlib.sha256(asked).digest() + payload
    return hmac.digest(key, message, "sha256")[:_MAC]
