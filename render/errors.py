"""What can go wrong with a tool: the document's fault (an outcome), or the tool's (try again later)."""

from __future__ import annotations

from typing import ClassVar


class ToolError(Exception):
    """The tool could not deal with this document, and trying again would not help.

    `outcome` is what becomes of the file (`unreadable`, `quarantined`, `empty`), `reason` a code that has a sentence
    for people. The message is the code alone: it may be logged, and nothing of the document is in it.
    """

    def __init__(self, reason: str, outcome: str = "unreadable") -> None:
        super().__init__(reason)
        self.reason = reason
        self.outcome = outcome


class ToolUnavailableError(Exception):
    """The tool itself is missing, starting or overloaded: nothing is known about the document, so the job waits.

    `code` is the reason that people are told meanwhile.
    """

    code: ClassVar[str] = "tool_unavailable"
