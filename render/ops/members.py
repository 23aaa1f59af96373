"""A file inside another, as the readers of containers give it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO


@dataclass(frozen=True)
class Member:
    """`name` is the path inside the container as its bytes are, `size` what the container declares (a claim).

    `read(limit)` gives the next bytes of the content, fewer than `limit` only at its end; it raises OpError. With a
    `reason` there is nothing to be read.
    """

    name: bytes
    size: int | None
    reason: str
    read: Callable[[int], bytes]


def build_member(name: bytes, content: bytes) -> Member:
    """A member whose content is at hand."""
    return Member(name=name, size=len(content), reason="", read=BytesIO(content).read)
