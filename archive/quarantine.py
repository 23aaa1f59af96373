"""Which files nobody may open: harmful ones, and those that the virus scanner has not judged yet."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy.orm import Session

from archive import audit
from archive.access.actor import SYSTEM
from archive.errors import ArchiveError
from archive.intake import count_done
from archive.models import File, utc_now
from archive.reasons import Outcome
from archive.states import FileStage
from archive.vault.keys import KeyRing
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


def quarantine(session: Session, keys: KeyRing, file: File) -> None:
    """Quarantines a file in which a virus was found after its outcome was decided, and every file that it lies in."""
    _shut(session, keys, file)
    quarantine_holders(session, keys, file)


def quarantine_holders(session: Session, keys: KeyRing, file: File) -> None:
    """Quarantines every file that an infected one lies in: their bytes hold its bytes. What lies beside it stays."""
    while file.parent_id is not None:
        file = session.get_one(File, file.parent_id, with_for_update=True)
        if file.outcome == Outcome.QUARANTINED:
            continue
        if not file.outcome and file.job_id is not None:
            count_done(session, file.job_id, 1)
        _shut(session, keys, file)


def _shut(session: Session, keys: KeyRing, file: File) -> None:
    file.stage, file.outcome, file.reason = FileStage.DONE, Outcome.QUARANTINED, "virus"
    file.decided_at = utc_now()
    detail = {"outcome": Outcome.QUARANTINED, "reason": "virus"}
    audit.record(session, keys, SYSTEM, "file:read", "file", file.id, detail=detail)
