"""Which files nobody may open: harmful ones, and those that the virus scanner has not judged yet."""

from __future__ import annotations

from typing import ClassVar

from archive.errors import ArchiveError
from archive.models import File
from archive.reasons import Outcome
from config import Config


class WithheldError(ArchiveError):
    """Nobody opens the file, whatever their rights."""

    status: ClassVar[int] = 403


class QuarantinedError(WithheldError):
    """The file may be harmful."""

    code: ClassVar[str] = "quarantined"


class NotScannedError(WithheldError):
    """The scanner has not judged the file yet."""

    code: ClassVar[str] = "not_scanned"


def find_withholding(config: Config, file: File) -> type[WithheldError] | None:
    """The error with which opening the file is refused; None for a file that may be opened by who has the right.

    An optional scanner holds a file until its reading is decided; a required one until there is a verdict, so that a
    scanner that is away opens nothing.
    """
    if file.outcome == Outcome.QUARANTINED:
        return QuarantinedError
    is_unjudged = file.scanned_at is None
    if config.scanner == "required" and is_unjudged:
        return NotScannedError
    if config.scanner == "optional" and is_unjudged and not file.outcome:
        return NotScannedError
    return None
