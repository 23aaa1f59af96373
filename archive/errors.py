"""Errors of the record of truth. Each class carries what the edge needs; `str(error)` is never shown to people.

Where an act was refused, `action`, `object_type`, `object_id` and `reason` say what for the trail; the edge records it.
`code` names the sentence in `archive.reasons` (Chinese and English) and is part of the outer contract.
"""

from __future__ import annotations

from typing import ClassVar


class ArchiveError(Exception):
    """Root of all errors that a person may cause or must be told about."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500

    def __init__(
        self,
        *,
        details: dict[str, str] | None = None,
        action: str = "",
        object_type: str = "",
        object_id: str = "",
        reason: str = "",
    ) -> None:
        super().__init__(self.code)
        self.details = details or {}
        self.action = action
        self.object_type = object_type
        self.object_id = object_id
        self.reason = reason


class NotFoundError(ArchiveError):
    """The thing does not exist, or this actor must not learn that it does."""

    code = "not_found"
    status = 404


class NotGrantedError(ArchiveError):
    """The actor may know of the thing but not do this with it."""

    code = "not_granted"
    status = 403


class InvalidError(ArchiveError):
    """Input that breaks a rule; `details` maps field to reason code."""

    code = "invalid"
    status = 422


class ConflictError(ArchiveError):
    """The record changed since it was read, or its state does not allow the act."""

    code = "conflict"
    status = 409
