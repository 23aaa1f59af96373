"""States of an item and the only transitions between them, as one table; stages of reading a file.

`on_hold` (封存) is a flag beside the state. An import of an existing archive may enter as filed.
"""

from __future__ import annotations

from enum import StrEnum

from archive.errors import ConflictError


class State(StrEnum):
    """草稿, 已移交, 在档, 退回, 已销毁."""

    DRAFT = "draft"
    HANDED_OVER = "handed_over"
    FILED = "filed"
    RETURNED = "returned"
    DESTROYED = "destroyed"


class FileStage(StrEnum):
    """How far the reading of a file has come. Its outcome is empty until DONE."""

    WAITING = "waiting"
    READING = "reading"
    RECOGNISING = "recognising"
    ASSEMBLING = "assembling"
    DONE = "done"


TRANSITIONS: frozenset[tuple[State, State]] = frozenset(
    {
        (State.DRAFT, State.HANDED_OVER),
        (State.HANDED_OVER, State.FILED),
        (State.HANDED_OVER, State.RETURNED),
        (State.RETURNED, State.HANDED_OVER),
        (State.FILED, State.DESTROYED),
    }
)

EDITABLE = (State.DRAFT, State.RETURNED)


def require_transition(before: State, after: State) -> None:
    """Raises ConflictError unless an item may go from `before` to `after`."""
    if (before, after) not in TRANSITIONS:
        raise ConflictError(details={"state": before.value})
