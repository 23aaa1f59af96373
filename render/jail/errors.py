"""How an operation inside a child says that it cannot read its document."""

from __future__ import annotations


class OpError(Exception):
    """`reason` is a code that has a sentence for people; `outcome` is `unreadable` unless the document is dangerous."""

    def __init__(self, reason: str, outcome: str = "unreadable") -> None:
        super().__init__(reason)
        self.reason = reason
        self.outcome = outcome
