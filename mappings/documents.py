"""Index documents: what the indexer hands over and how it becomes the fields of the two indices.

Texts are given as stored and masked; folding happens here, so that nobody can forget it. Which group of fields a text
enters follows from the record's sensitivity (see mappings.fields).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from mappings import fields
from mappings.analysis import split_segments
from mappings.dates import DateInterval
from mappings.fold import fold

CLOSED_FROM: Final = 4
"""Sensitivity from which a record's words stay out of the statistics of ordinary search (GB/T 39725 levels 4, 5)."""

_SORT_LENGTH = 64


@dataclass(frozen=True, kw_only=True)
class ItemDocument:
    """One catalogue record. `title`, `metadata`, `abstract` and `content` (one text per page) are masked.

    `restricted_catalogue` and `restricted_content` are the originals of masked texts, whole; empty when nothing was
    masked. `hashes` come from mappings.hashing, `codes` are diagnosis codes. `dates` are further intervals that a date
    search must find (period, term of a contract). Amounts are in cents.
    """

    id: str
    revision: int
    title: str
    class_code: str
    class_path: tuple[str, ...]
    department: str
    state: str
    sensitivity: int
    reading_scope: str
    owner: str | None = None
    volume_id: str | None = None
    archival_code: str | None = None
    reading_departments: tuple[str, ...] = ()
    addressed_departments: tuple[str, ...] = ()
    security_drawing: bool = False
    on_hold: bool = False
    creators: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    metadata: tuple[str, ...] = ()
    abstract: str = ""
    content: tuple[str, ...] = ()
    numbers: frozenset[str] = frozenset()
    content_numbers: frozenset[str] = frozenset()
    year: int | None = None
    date: DateInterval | None = None
    date_text: str = ""
    dates: tuple[DateInterval, ...] = ()
    amounts: tuple[int, ...] = ()
    retention: str | None = None
    buildings: tuple[str, ...] = ()
    equipment: tuple[str, ...] = ()
    carrier: str | None = None
    origin: str | None = None
    file_kinds: tuple[str, ...] = ()
    extraction: tuple[str, ...] = ()
    restricted_catalogue: tuple[str, ...] = ()
    restricted_content: tuple[str, ...] = ()
    hashes: frozenset[str] = frozenset()
    codes: frozenset[str] = frozenset()

    def as_source(self) -> dict[str, Any]:
        """The document for the index `items`; fields without a value are left out."""
        source = self._identity() | self._rights() | self._attributes() | self._texts()
        return {name: value for name, value in source.items() if value not in (None, "", [], ())}

    def _identity(self) -> dict[str, Any]:
        return {
            fields.ID: self.id,
            fields.REVISION: self.revision,
            fields.VOLUME_ID: self.volume_id,
            fields.ARCHIVAL_CODE: self.archival_code,
            fields.TITLE_SHOWN: self.title,
            fields.TITLE_SORT: fold(self.title)[:_SORT_LENGTH],
            fields.NUMBERS: sorted(self.numbers),
            fields.CONTENT_NUMBERS: sorted(self.content_numbers),
            fields.HASHES_RESTRICTED: sorted(self.hashes),
            fields.CODES_RESTRICTED: sorted(self.codes),
        }

    def _rights(self) -> dict[str, Any]:
        return {
            fields.CLASS_CODE: self.class_code,
            fields.CLASS_PATH: list(self.class_path),
            fields.DEPARTMENT: self.department,
            fields.READING_SCOPE: self.reading_scope,
            fields.READING_DEPARTMENTS: list(self.reading_departments),
            fields.ADDRESSED_DEPARTMENTS: list(self.addressed_departments),
            fields.SECURITY_DRAWING: self.security_drawing,
            fields.ON_HOLD: self.on_hold,
            fields.STATE: self.state,
            fields.SENSITIVITY: self.sensitivity,
            fields.OWNER: self.owner,
        }

    def _attributes(self) -> dict[str, Any]:
        intervals = ((self.date,) if self.date else ()) + self.dates
        return {
            fields.YEAR: self.year,
            fields.DATE: [{"gte": i.first.isoformat(), "lte": i.last.isoformat()} for i in intervals],
            fields.DATE_FROM: self.date.first.isoformat() if self.date else None,
            fields.DATE_TEXT: self.date_text,
            fields.AMOUNTS: list(self.amounts),
            fields.RETENTION: self.retention,
            fields.BUILDING: list(self.buildings),
            fields.EQUIPMENT: list(self.equipment),
            fields.CARRIER: self.carrier,
            fields.ORIGIN: self.origin,
            fields.FILE_KINDS: list(self.file_kinds),
            fields.EXTRACTION: list(self.extraction),
        }

    def _texts(self) -> dict[str, Any]:
        code = (self.archival_code,) if self.archival_code else ()
        catalogue = _fold_all((self.title, *code, *self.creators, *self.keywords, *self.metadata))
        content = _fold_all(self.content)
        restricted = {
            fields.CATALOGUE_RESTRICTED: _fold_all(self.restricted_catalogue),
            fields.CONTENT_RESTRICTED: _fold_all(self.restricted_content),
        }
        if self.sensitivity >= CLOSED_FROM:
            closed = _fold_all((self.abstract,)) + content
            return restricted | {fields.CATALOGUE_CLOSED: catalogue, fields.CONTENT_CLOSED: closed}
        return restricted | {
            fields.TITLE: _fold_all((self.title,)),
            fields.CREATOR: _fold_all(self.creators),
            fields.KEYWORDS: _fold_all(self.keywords),
            fields.CATALOGUE: catalogue,
            fields.ABSTRACT: _fold_all((self.abstract,)),
            fields.CONTENT: content,
        }


@dataclass(frozen=True, kw_only=True)
class PageDocument:
    """One page: its masked text, the original where masking changed it (else empty) and the engine's confidence.

    `numbers` are those of the masked text.
    """

    item: str
    file: str
    page: int
    revision: int
    text: str
    restricted: str = ""
    numbers: frozenset[str] = frozenset()
    confidence: float | None = None

    @property
    def id(self) -> str:
        """Identity in the index `pages`."""
        return f"{self.file}:{self.page}"

    def as_source(self) -> dict[str, Any]:
        """The document for the index `pages`."""
        source = {
            fields.PAGE_ITEM: self.item,
            fields.PAGE_FILE: self.file,
            fields.PAGE_NUMBER: self.page,
            fields.REVISION: self.revision,
            fields.PAGE_TEXT: self.text,
            fields.PAGE_FOLD: _fold_all((self.text,)),
            fields.PAGE_RESTRICTED: _fold_all((self.restricted,)) or None,
            fields.PAGE_NUMBERS: sorted(self.numbers) or None,
            fields.PAGE_CONFIDENCE: self.confidence,
        }
        return {name: value for name, value in source.items() if value is not None}


def build_tombstone(item_id: str, revision: int) -> dict[str, Any]:
    """What takes the place of a record that must not be found again: late writes of older revisions then fail."""
    return {fields.ID: item_id, fields.REVISION: revision, fields.TOMBSTONE: True}


def _fold_all(texts: tuple[str, ...]) -> list[str]:
    return [segment for text in texts for segment in split_segments(fold(text))]
