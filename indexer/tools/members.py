"""Files inside a container, from the sandboxed child that opens it: portion by portion, names as bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from render.errors import ToolError
from render.memory_file import MemoryFile
from render.sandbox import SandboxPool


@dataclass(frozen=True, slots=True, kw_only=True)
class Portion:
    """Bytes of a member from the place asked for. With a `reason` they cannot be had; `is_whole` with the last ones.

    `size` is what the container declares: a claim.
    """

    name: bytes
    size: int | None
    reason: str
    is_whole: bool
    content: bytes


@dataclass(frozen=True, slots=True)
class End:
    """Behind the last member; with a `reason` the container breaks off here."""

    reason: str


class MemberReader:
    """One kind of container, opened in one kind of child by its operation `op`, where it needs one with a password."""

    def __init__(self, pool: SandboxPool, op: str, password: str = "") -> None:
        self._pool = pool
        self._op = op
        self._more = {"password": password} if password else {}

    def take(self, file: MemoryFile, media_type: str, index: int, offset: int = 0) -> Portion | End:
        """Bytes of member `index` from `offset` on.

        Raises ToolError when the container cannot be opened at all, or its child died or talks nonsense.
        """
        params = {"media_type": media_type, "index": index, "offset": offset} | self._more
        found, content = self._pool.call(self._op, params, file)
        try:
            member = found["member"]
            return End(_reason(found)) if member is None else _parse(member, found, content)
        except (KeyError, TypeError, ValueError) as err:
            raise ToolError("tool_output") from err

    def is_empty(self, file: MemoryFile, media_type: str) -> bool:
        """Whether nothing is inside. Raises as `take` does."""
        return isinstance(self.take(file, media_type, 0), End)


def _parse(member: Mapping[str, Any], found: Mapping[str, Any], content: bytes) -> Portion:
    size = member["size"]
    if not found["is_whole"] and not content:
        raise ValueError("a portion without bytes leads nowhere")
    return Portion(
        name=member["name"].encode("latin-1"),
        size=None if size is None else min(max(0, int(size)), 2**62),
        reason=_reason(member),
        is_whole=found["is_whole"] is True,
        content=content,
    )


def _reason(found: Mapping[str, Any]) -> str:
    reason = found["reason"]
    if not isinstance(reason, str) or (reason and not reason.isidentifier()):
        raise ValueError("not a code")
    return reason[:60]
