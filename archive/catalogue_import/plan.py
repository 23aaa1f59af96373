"""What a table says, row by row, as records to be – or as faults, each with its row and column. Pure: asks nobody.

Rows of one case volume make a group; a fault in one row keeps the whole group out. What the row does not say comes from
the row of its volume in the same table, then from the options, then from the class.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Final

from archive.access.rules import READING_SCOPES
from archive.catalogue import TITLE_LENGTH, Description
from archive.catalogue_import.columns import FIELDS, ColumnMapping
from archive.catalogue_import.numbering import Numbered, Numbering, WrongFieldError
from archive.catalogue_import.tables import Table
from archive.catalogue_import.values import read_band, read_catalogue_date, read_pages, read_secrecy
from archive.scheme import Scheme
from archive.states import State
from archive.values import WrongValueError, read_field, read_level, read_list, read_text, read_whole

LONGEST: Final = {"title": TITLE_LENGTH, "doc_no": 100, "location": 60, "carrier": 20, "origin": 20}


@dataclass(frozen=True, kw_only=True)
class Options:
    """What counts for the whole table. `class_code` and `department` fill what rows leave out."""

    class_code: str = ""
    department: str = ""
    state: State = State.DRAFT
    is_updating: bool = False


@dataclass(frozen=True)
class Fault:
    """A value that cannot be taken. `row` and `column` count from 0; no column means the row as a whole."""

    row: int
    column: int | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A record to be. `said` names the attributes of `description` that the row itself gives."""

    row: int
    group: str
    is_volume: bool
    description: Description
    said: frozenset[str]
    pages: tuple[int, int | None] | None = None

    @property
    def code(self) -> str:
        """The archival code in normal form."""
        return self.description.archival_code or ""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All records of a table by group, volumes before their pieces, and all faults in the order of the rows."""

    groups: Mapping[str, tuple[Entry, ...]]
    faults: tuple[Fault, ...]
    faulty: frozenset[str]
    """Groups with a fault."""
    row_total: int
    alone: frozenset[int] = field(default_factory=frozenset)
    """Faulty rows of which not even the group is known."""


def build_plan(
    table: Table, mapping: ColumnMapping, options: Options, scheme: Scheme, departments: Mapping[str, str]
) -> Plan:
    """Reads all rows below the headings. `departments`: codes by code and name."""
    reader = _Reader(table, mapping, options, scheme, departments)
    numbers = [n for n in range(mapping.heading_row + 1, len(table.rows)) if any(_row(table, mapping, n).values())]
    for number in numbers:
        reader.read(number, _row(table, mapping, number))
    return reader.finish(len(numbers))


def _row(table: Table, mapping: ColumnMapping, number: int) -> dict[str, str]:
    return {name: table.cell(number, column) for column, name in enumerate(mapping.fields) if name}


class _Reader:
    """Collects entries and faults of one table."""

    def __init__(
        self,
        table: Table,
        mapping: ColumnMapping,
        options: Options,
        scheme: Scheme,
        departments: Mapping[str, str],
    ) -> None:
        self._table = table
        self._mapping = mapping
        self._options = options
        self._scheme = scheme
        self._departments = departments
        self._numbering = Numbering(scheme, options.class_code)
        self._entries: dict[str, Entry] = {}
        self._faults: list[Fault] = []
        self._faulty: set[str] = set()
        self._alone: set[int] = set()

    def read(self, number: int, row: Mapping[str, str]) -> None:
        """Reads one row (field → text)."""
        before = len(self._faults)
        given = {name: text for name, text in row.items() if text}
        for column, name in enumerate(self._mapping.fields):
            if name and (number, column) in self._table.broken:
                self._fault(number, name, "cell_broken")
                given.pop(name, None)
        try:
            numbered = self._numbering.number(given)
        except WrongFieldError as err:
            self._fault(number, err.field, err.reason)
            self._alone.add(number)
            return
        values = self._read_values(number, given, numbered)
        if numbered.code.text in self._entries:
            self._fault(number, "archival_code", "double_row")
        if len(self._faults) > before:
            self._faulty.add(numbered.group)
            if numbered.code.text in self._entries:
                self._alone.add(number)
                return
        self._entries[numbered.code.text] = self._build(number, numbered, values)

    def _fault(self, number: int, name: str, reason: str) -> None:
        self._faults.append(Fault(number, self._mapping.find(name), reason))

    def _value(self, number: int, name: str, text: str, read: Callable[[str], Any]) -> Any:
        try:
            return read(text)
        except WrongValueError as err:
            self._fault(number, name, err.reason)
            return None

    def _read_values(self, number: int, given: Mapping[str, str], numbered: Numbered) -> dict[str, Any]:
        values: dict[str, Any] = {"meta": {}}
        if "title" not in given:
            self._fault(number, "title", "required")
        for name, text in given.items():
            if len(text) > LONGEST.get(name, len(text)):
                self._fault(number, name, "too_long")
            elif name in _READERS:
                attribute, read = _READERS[name]
                values[attribute] = self._value(number, name, text, read)
            elif name == "department":
                values["department"] = self._value(number, name, text, self._department)
            elif name == "secrecy":
                values["meta"]["secrecy"] = self._value(number, name, text, read_secrecy)
            elif name == "note" or name not in FIELDS:
                self._read_meta(number, name, text, numbered, values["meta"])
        self._check_retention(number, values, numbered)
        self._check_pages(number, values)
        return values

    def _read_meta(self, number: int, name: str, text: str, numbered: Numbered, meta: dict[str, Any]) -> None:
        code = numbered.record_class.code
        fields = {f.name: f for f in (*self._scheme.templates["common"], *self._scheme.fields(code))}
        if name not in fields:
            self._fault(number, name, "not_of_class")
            return
        meta[name] = self._value(number, name, text, lambda text: read_field(text, fields[name]))

    def _check_retention(self, number: int, values: dict[str, Any], numbered: Numbered) -> None:
        band = numbered.code.band
        if band and values.get("retention") and values["retention"] != band:
            self._fault(number, "retention", "retention_differs")

    def _check_pages(self, number: int, values: dict[str, Any]) -> None:
        first, last = values.get("pages") or (0, None)
        if last is None:
            return
        count = last - first + 1
        if values.get("page_count") not in (None, count):
            self._fault(number, "pages", "pages_differ")
        values["page_count"] = count

    def _department(self, text: str) -> str:
        if text not in self._departments:
            raise WrongValueError("unknown")
        return self._departments[text]

    def _build(self, number: int, numbered: Numbered, values: dict[str, Any]) -> Entry:
        pages = values.pop("pages", None)
        if pages is not None:
            values["meta"]["page_range"] = "-".join(str(page) for page in pages if page is not None)
        said = frozenset(name for name, value in values.items() if value not in (None, "", (), {}))
        code = numbered.code
        year = int(code.year) if code.year else None
        filled = {"title": "", "department": "", "retention": code.band or None, "year": year}
        description = Description(
            **(filled | {name: value for name, value in values.items() if value is not None}),
            class_code=numbered.record_class.code,
            archival_code=code.text,
            state=self._options.state,
        )
        return Entry(
            row=number,
            group=numbered.group,
            is_volume=numbered.is_volume,
            description=description,
            said=said,
            pages=pages,
        )

    def finish(self, row_total: int) -> Plan:
        """The plan, with what pieces take from their volume and with the checks that look at several rows."""
        groups: dict[str, list[Entry]] = defaultdict(list)
        for entry in self._entries.values():
            groups[entry.group].append(entry)
        done = {}
        for code, entries in groups.items():
            ordered = sorted(entries, key=lambda entry: (not entry.is_volume, entry.code))
            self._check_order(ordered)
            head = ordered[0].description if ordered[0].is_volume else None
            done[code] = tuple(self._inherit(entry, head) for entry in _count_pages(ordered))
        return Plan(
            groups=done,
            faults=tuple(sorted(self._faults, key=lambda fault: (fault.row, fault.column or 0))),
            faulty=frozenset(self._faulty),
            row_total=row_total,
            alone=frozenset(self._alone),
        )

    def _check_order(self, entries: Sequence[Entry]) -> None:
        reached = 0
        for entry in entries:
            if entry.is_volume or entry.pages is None or entry.group == entry.code:
                continue
            first, last = entry.pages
            if first <= reached:
                self._fault(entry.row, "page_range", "pages_overlap")
                self._faulty.add(entry.group)
            reached = max(reached, last or first)

    def _inherit(self, entry: Entry, volume: Description | None) -> Entry:
        d = entry.description
        source = volume if volume is not None and not entry.is_volume else None
        department = d.department or (source.department if source else "") or self._options.department
        if not department:
            self._fault(entry.row, "department", "required")
            self._faulty.add(entry.group)
        retention = d.retention or (source.retention if source else None)
        year = d.year or (source.year if source else None)
        return replace(entry, description=replace(d, department=department, retention=retention, year=year))


def _count_pages(entries: Sequence[Entry]) -> list[Entry]:
    """Where a list gives only the first page of each piece, its pages end where the next piece begins."""
    counted = list(entries)
    for place, (entry, later) in enumerate(pairwise(entries)):
        if entry.pages and later.pages and entry.pages[1] is None and entry.description.page_count is None:
            count = later.pages[0] - entry.pages[0]
            counted[place] = replace(entry, description=replace(entry.description, page_count=count))
    return counted


def _scope(text: str) -> str:
    if text not in READING_SCOPES:
        raise WrongValueError("unknown")
    return text


def _year(text: str) -> int:
    year = read_whole(text.removesuffix("年度").removesuffix("年"))
    if not 1800 <= year <= 2999:
        raise WrongValueError("out_of_range")
    return year


_READERS: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    "title": ("title", read_text),
    "creator": ("creators", read_list),
    "doc_no": ("doc_no", read_text),
    "date": ("date", read_catalogue_date),
    "year": ("year", _year),
    "retention": ("retention", lambda text: read_band(text) or None),
    "sensitivity": ("sensitivity", read_level),
    "reading_scope": ("reading_scope", _scope),
    "pages": ("page_count", read_whole),
    "page_range": ("pages", read_pages),
    "keywords": ("keywords", read_list),
    "abstract": ("abstract", read_text),
    "persons": ("persons", read_list),
    "carrier": ("carrier", read_text),
    "origin": ("origin", read_text),
    "location": ("location", read_text),
}
"""Field → attribute of `Description` and how its text is read."""
