"""Parameters of a search: from the URL to one frozen request. Names, limits and meanings stand in one table.

The portal's pages, the interface and its OpenAPI document read this table; nothing outside it is accepted, so a caller
can never name a field of the index.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mappings import fields
from retrieval.errors import BadRequestError

MAX_QUERY: Final = 500
MAX_SIZE: Final = 100
DEFAULT_SIZE: Final = 20
MAX_VALUES: Final = 50
MAX_VALUE: Final = 100


class Facet(StrEnum):
    """What results are counted and filtered by. The value is the name of the URL parameter."""

    CLASS = "class"
    DEPARTMENT = "department"
    YEAR = "year"
    BUILDING = "building"
    EQUIPMENT = "equipment"
    SENSITIVITY = "sensitivity"
    STATE = "state"
    FILE_KIND = "file_kind"
    ORIGIN = "origin"
    EXTRACTION = "extraction"


class Sort(StrEnum):
    """Orders of the strict tier."""

    RELEVANCE = "relevance"
    DATE_DESC = "date_desc"
    DATE_ASC = "date_asc"
    TITLE = "title"
    ARCHIVAL_CODE = "archival_code"


@dataclass(frozen=True)
class FacetSpec:
    """Where a facet counts, how many buckets it shows at most, and whether its values are whole numbers."""

    field: str
    size: int
    is_number: bool = False


FACETS: Final[Mapping[Facet, FacetSpec]] = {
    Facet.CLASS: FacetSpec(fields.CLASS_PATH, 150),
    Facet.DEPARTMENT: FacetSpec(fields.DEPARTMENT, 60),
    Facet.YEAR: FacetSpec(fields.YEAR, 80, is_number=True),
    Facet.BUILDING: FacetSpec(fields.BUILDING, 30),
    Facet.EQUIPMENT: FacetSpec(fields.EQUIPMENT, 30),
    Facet.SENSITIVITY: FacetSpec(fields.SENSITIVITY, 5, is_number=True),
    Facet.STATE: FacetSpec(fields.STATE, 10),
    Facet.FILE_KIND: FacetSpec(fields.FILE_KINDS, 20),
    Facet.ORIGIN: FacetSpec(fields.ORIGIN, 10),
    Facet.EXTRACTION: FacetSpec(fields.EXTRACTION, 10),
}


@dataclass(frozen=True)
class Parameter:
    """One parameter as people and programs see it. `choices` is empty where any text is taken."""

    name: str
    zh: str
    en: str
    is_repeatable: bool = False
    choices: tuple[str, ...] = ()


_FACET_WORDS: Final = {
    Facet.CLASS: ("类别号，含下级", "class code, with everything below it"),
    Facet.DEPARTMENT: ("归档部门代码", "code of the owning department"),
    Facet.YEAR: ("年度", "filing year"),
    Facet.BUILDING: ("建筑物", "building"),
    Facet.EQUIPMENT: ("设备名称", "equipment"),
    Facet.SENSITIVITY: ("敏感级 1–5", "sensitivity 1 to 5"),
    Facet.STATE: ("处理状态", "state of the record"),
    Facet.FILE_KIND: ("文件种类", "kind of file"),
    Facet.ORIGIN: ("生成方式", "scanned or born digital"),
    Facet.EXTRACTION: ("文字提取结果", "what became of the text"),
}

PARAMETERS: Final = (
    Parameter("q", "检索词，最多 500 字", "what to look for, at most 500 characters"),
    *(Parameter(facet, *_FACET_WORDS[facet], is_repeatable=True) for facet in Facet),
    Parameter("sort", "排序", "order of the results", choices=tuple(Sort)),
    Parameter("size", "每页条数 1–100", "results a page, 1 to 100"),
    Parameter("cursor", "下一页的位置", "place of the next page, from the page before"),
    Parameter("facets", "需要统计的分类，默认全部", "facets to count; all when missing", True, (*Facet, "none")),
)
_NAMES: Final = {parameter.name: parameter for parameter in PARAMETERS}


@dataclass(frozen=True)
class SearchRequest:
    """What is asked for. `filters` holds the chosen values of each facet, any of which may hold."""

    q: str = ""
    filters: tuple[tuple[Facet, tuple[str, ...]], ...] = ()
    sort: Sort = Sort.RELEVANCE
    size: int = DEFAULT_SIZE
    cursor: str = ""
    facets: tuple[Facet, ...] = tuple(Facet)

    def chosen(self, facet: Facet) -> tuple[str, ...]:
        """Chosen values of one facet."""
        return dict(self.filters).get(facet, ())


def parse_request(args: Mapping[str, Sequence[str]]) -> SearchRequest:
    """The request that URL arguments make; empty values count as missing. Raises BadRequestError."""
    given = {name: [value for value in values if value.strip()] for name, values in args.items()}
    for name, values in given.items():
        if name not in _NAMES:
            raise BadRequestError("unknown_parameter", name[:40])
        if len(values) > 1 and not _NAMES[name].is_repeatable:
            raise BadRequestError("given_twice", name)
    return SearchRequest(
        q=parse_query_text(_single(given, "q")),
        filters=tuple(_iter_filters(given)),
        sort=_parse_sort(_single(given, "sort")),
        size=_parse_size(_single(given, "size")),
        cursor=_single(given, "cursor"),
        facets=_parse_facets(given.get("facets", [])),
    )


def parse_query_text(text: str) -> str:
    """The text of a query, control characters blanked. Raises BadRequestError when it is too long."""
    if len(text) > MAX_QUERY:
        raise BadRequestError("query_too_long", "q")
    return "".join(char if char.isprintable() else " " for char in text).strip()


def _single(given: Mapping[str, list[str]], name: str) -> str:
    return (given.get(name) or [""])[0]


def _iter_filters(given: Mapping[str, list[str]]) -> list[tuple[Facet, tuple[str, ...]]]:
    chosen = []
    for facet, spec in FACETS.items():
        values = tuple(dict.fromkeys(value.strip() for value in given.get(facet, [])))
        if len(values) > MAX_VALUES:
            raise BadRequestError("too_many_values", facet)
        for value in values:
            is_wrong_number = spec.is_number and not (value.isdecimal() and value.isascii() and len(value) <= 4)
            if len(value) > MAX_VALUE or not value.isprintable() or is_wrong_number:
                raise BadRequestError("bad_value", facet)
        if values:
            chosen.append((facet, values))
    return chosen


def _parse_sort(text: str) -> Sort:
    try:
        return Sort(text) if text else Sort.RELEVANCE
    except ValueError as err:
        raise BadRequestError("unknown_sort", "sort") from err


def _parse_size(text: str) -> int:
    if not text:
        return DEFAULT_SIZE
    if not (text.isdecimal() and text.isascii() and len(text) <= 3 and 1 <= int(text) <= MAX_SIZE):
        raise BadRequestError("bad_size", "size")
    return int(text)


def _parse_facets(values: list[str]) -> tuple[Facet, ...]:
    names = [name.strip() for value in values for name in value.split(",") if name.strip()]
    if not names:
        return tuple(Facet)
    if names == ["none"]:
        return ()
    try:
        return tuple(dict.fromkeys(Facet(name) for name in names))
    except ValueError as err:
        raise BadRequestError("unknown_facet", "facets") from err
