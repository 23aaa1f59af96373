"""Handing over the files inside a container one after the other, in portions.

A request names the place it wants: the member's number and how many of its bytes it has. The next place is where the
reader stands already; a child that took over from a dead one reads up to there again.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, Final

from render.jail.errors import OpError
from render.jail.source import Source
from render.ops.members import Member

Result = tuple[dict[str, Any], bytes]
Reader = Callable[[Source], Generator[Member]]
PORTION_BYTES: Final = 4 * 1024**2
NAME_BYTES: Final = 4096
"""Of a longer name only the end is told."""
_JUNK_FOLDERS = (b"__MACOSX",)
_JUNK_NAMES = (b".DS_Store", b"Thumbs.db", b"desktop.ini")
"""What file managers leave behind: thumbnails, window positions, resource forks."""


def hand_over(params: dict[str, Any], source: Source, reader: Reader) -> Result:
    """The portion at byte `offset` of member `index`.

    `member` (name as Latin-1, declared size, reason) is null behind the last one; then `reason` says whether the
    container broke off there. `is_whole` with the last portion of a member.
    """
    handover: _Handover = source.keep("handover", lambda kept: _Handover(kept, reader))
    return handover.take(params["index"], params["offset"])


class _Handover:
    """Where the reading of one container stands."""

    def __init__(self, source: Source, reader: Reader) -> None:
        self._source = source
        self._reader = reader
        self._start()

    def _start(self) -> None:
        self._members = self._reader(self._source)
        self._index, self._offset = -1, 0
        self._member: Member | None = None
        self._reason = ""

    def take(self, index: int, offset: int) -> Result:
        """Raises OpError when not even the first member can be found."""
        if (index, offset) not in ((self._index + 1, 0), (self._index, self._offset)):
            self._start()
        while self._index < index:
            self._step()
        if self._member is None:
            return {"member": None, "reason": self._reason}, b""
        reason, portion = self._member.reason, b""
        try:
            while not reason and self._offset <= offset:
                portion = self._member.read(PORTION_BYTES)
                self._offset += len(portion)
                if len(portion) < PORTION_BYTES:
                    break
        except OpError as err:
            reason, portion = err.reason, b""
        name = self._member.name[-NAME_BYTES:].decode("latin-1")
        described = {"name": name, "size": self._member.size, "reason": reason}
        return {"member": described, "is_whole": bool(reason) or len(portion) < PORTION_BYTES}, portion

    def _step(self) -> None:
        self._index, self._offset, self._member = self._index + 1, 0, None
        try:
            self._member = next((member for member in self._members if not _is_junk(member.name)), None)
        except OpError as err:
            if self._index == 0:
                raise
            self._reason = err.reason

    def close(self) -> None:
        """Ends the reader."""
        self._members.close()


def _is_junk(name: bytes) -> bool:
    *folders, last = name.replace(b"\\", b"/").split(b"/")
    return last in _JUNK_NAMES or any(folder in _JUNK_FOLDERS for folder in folders)
