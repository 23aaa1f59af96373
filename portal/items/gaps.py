"""Pages of an item that no search can find, with the reasons: what is missing is said where the item is shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive.models import File, Page
from archive.reasons import REASONS, Outcome
from portal.i18n import code_words

UNFOUND: Final = frozenset({Outcome.UNREADABLE, Outcome.QUARANTINED})


@dataclass(frozen=True)
class Gap:
    """So many of all pages are not searchable; `reasons` are numbers of pages with a sentence, the most first."""

    pages: int
    total: int
    reasons: tuple[tuple[int, str], ...]


def find_gap(session: Session, files: Sequence[File]) -> Gap | None:
    """The gap in the files read so far, or None when every page can be found. A file that could not even be opened
    counts as one page."""
    decided = [file for file in files if file.outcome]
    reasons = Counter[str]()
    for file in decided:
        if file.outcome in UNFOUND:
            reasons[file.reason] += file.page_count or 1
    read = [file.id for file in decided if file.outcome not in UNFOUND]
    wanted = select(Page.reason, func.count()).where(Page.file_id.in_(read), Page.reason != "").group_by(Page.reason)
    for reason, count in session.execute(wanted):
        reasons[reason] += count
    if not reasons:
        return None
    told = tuple((count, code_words(code if code in REASONS else "internal")) for code, count in reasons.most_common())
    total = sum(file.page_count or (1 if file.outcome in UNFOUND else 0) for file in decided)
    return Gap(reasons.total(), total, told)
