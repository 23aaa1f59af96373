"""Results of a search, typed. No scores and nothing of the engine comes out of here."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from retrieval.messages import Notice


class Tier(StrEnum):
    """How a hit matches: all words, or close to them."""

    STRICT = "strict"
    RELATED = "related"


@dataclass(frozen=True)
class Snippet:
    """A part of one page with the hits marked, as HTML; masked like everything in a list."""

    page: int
    file_id: str
    html: str


@dataclass(frozen=True)
class Hit:
    """One record in a result list. `title_html` is the title with the hits marked; `rights` are actions allowed."""

    id: str
    tier: Tier
    archival_code: str | None
    title: str = field(repr=False)
    title_html: str = field(repr=False)
    class_code: str
    department: str
    date: str
    volume_id: str | None
    snippets: tuple[Snippet, ...] = field(default=(), repr=False)
    rights: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Bucket:
    """One value of a facet with the number of strict hits that have it."""

    key: str
    count: int
    is_chosen: bool = False


@dataclass(frozen=True)
class Total:
    """Number of strict hits; `relation` is ``eq``, as counting is always exact."""

    value: int
    relation: str = "eq"


@dataclass(frozen=True)
class SearchResult:
    """A page of results. `facets` hold the strict tier; `took_ms` is the whole time inside the service."""

    total: Total
    hits: tuple[Hit, ...]
    facets: dict[str, tuple[Bucket, ...]]
    next_cursor: str | None
    took_ms: int
    notices: tuple[Notice, ...]


@dataclass(frozen=True)
class Suggestion:
    """A title that begins like what was typed, or holds it."""

    id: str
    title: str = field(repr=False)
