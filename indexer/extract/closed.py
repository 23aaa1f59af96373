"""Files that are kept but not read: the extractor that only says why."""

from __future__ import annotations

from archive.reasons import Outcome
from indexer.extract.types import Document, Extraction
from indexer.identify import Identified, Kind
from render.errors import ToolError

_REASONS = {
    Kind.CONTAINER: ("container", Outcome.EMPTY),
    Kind.ENCRYPTED: ("encrypted", Outcome.UNREADABLE),
    Kind.DAMAGED: ("damaged", Outcome.UNREADABLE),
    Kind.BOMB: ("expands_too_much", Outcome.QUARANTINED),
}


class ClosedExtractor:
    """Bids for everything a little, so that every file ends with an outcome in words."""

    name = "closed"

    def bid(self, identified: Identified) -> int:
        return 100 if identified.kind in _REASONS else 1

    def extract(self, document: Document, *, first: int = 1, last: int | None = None) -> Extraction:  # noqa: ARG002
        """Always raises ToolError with the outcome of this kind of file."""
        reason, outcome = _REASONS.get(document.identified.kind, ("format_not_supported", Outcome.UNREADABLE))
        raise ToolError(reason, outcome)
