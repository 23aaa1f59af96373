"""What is to be taken in: rows of a manifest, or the files of a folder with everything else derived.

A manifest is read and checked whole before anything is written; every fault is told by row and column. Paths stay
inside the folder they are relative to, whatever they say and wherever links lead.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final

from archive.bundle import Bundle, Leaf
from archive.catalogue import TITLE_LENGTH, Description
from archive.intake import ByteSource
from archive.numbered import ENDING, IMAGE_ENDINGS, find_runs, sort_pages
from archive.scheme import Scheme, class_names, plain_name
from archive.states import State
from archive.values import (
    WrongValueError,
    read_date,
    read_field,
    read_flag,
    read_level,
    read_list,
    read_text,
    read_whole,
)
from indexer.extract.encoding import decode, detect_encoding
from mappings.archival_code import normalise_code
from mappings.dates import find_dates


@dataclass(frozen=True)
class Fault:
    """A value that cannot be taken. `row` counts from 1 with the line of names, `reason` is of `archive.reasons`."""

    row: int
    column: str
    reason: str


@dataclass(frozen=True)
class Link:
    """A relation to the item with that archival code."""

    kind: str
    archival_code: str


@dataclass(frozen=True)
class Entry:
    """One thing to take in: a file with its description, or a description alone (`source` is None).

    `path` is what is reported, relative to the folder. With `pages`, images in order, they become one file of pages,
    and `source` is the first of them.
    """

    row: int
    path: str
    source: Path | None
    description: Description
    links: tuple[Link, ...] = ()
    pages: tuple[Path, ...] = ()


@contextmanager
def opened_entry(entry: Entry, source: Path) -> Iterator[ByteSource]:
    """The bytes of the file that an entry becomes, with `source` its own. Raises OSError."""
    if entry.pages:
        yield Bundle([Leaf(page.name, partial(_open_page, page)) for page in entry.pages])
        return
    with source.open("rb") as file:
        yield file


def _open_page(page: Path) -> BinaryIO:
    return page.open("rb")


class ManifestError(Exception):
    """The manifest has faults; nothing was written."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Defaults:
    """What is taken where nothing is said."""

    class_code: str
    department: str


def list_files(path: Path) -> Iterator[tuple[str, Path]]:
    """Relative name and place of every file at or below `path`, in order. Hidden files and links out are left out."""
    if path.is_file():
        yield path.name, path
        return
    root = path.resolve()
    for folder, names, files in os.walk(root):
        names[:] = sorted(name for name in names if not name.startswith("."))
        for name in sorted(files):
            found = Path(folder) / name
            if not name.startswith(".") and found.resolve().is_relative_to(root) and found.is_file():
                yield found.relative_to(root).as_posix(), found


def derive_entries(path: Path, scheme: Scheme, defaults: Defaults, *, is_joining: bool = False) -> list[Entry]:
    """An entry for each file, or with `is_joining` for each run of numbered images: title from its name, class from a
    folder named like one, date where the name has one."""
    classes = class_names(scheme)
    files = dict(list_files(path))
    runs = find_runs(files, path.resolve().name) if is_joining else []
    pages = {run.path: tuple(files.pop(page) for page in run.pages) for run in runs}
    named = sorted([*((name, (source,)) for name, source in files.items()), *pages.items()])
    return [
        Entry(0, name, sources[0], _derive(name, classes, defaults), pages=sources if name in pages else ())
        for name, sources in named
    ]


def read_manifest(manifest: Path, root: Path, scheme: Scheme, defaults: Defaults) -> list[Entry]:
    """The entries of a manifest in CSV. Raises ManifestError, also for a file that is no such table."""
    data = manifest.read_bytes()
    encoding = detect_encoding(data)
    if encoding is None:
        raise ManifestError([Fault(1, "", "not_text")])
    table = csv.DictReader(io.StringIO(decode(data, encoding).lstrip("\ufeff"), newline=""))
    columns = table.fieldnames or ()
    known = set(_COLUMNS) | {f.name for fields in scheme.templates.values() for f in fields}
    faults = [Fault(1, column or "", "unknown_field") for column in columns if column not in known]
    if not {"path", "title"} & set(columns):
        faults.append(Fault(1, "path", "required"))
    if faults:
        raise ManifestError(faults)
    reader = _RowReader(root, scheme, defaults, faults)
    entries = [entry for number, row in enumerate(table, 2) if (entry := reader.read(number, row))]
    faults += _find_doubles(entries)
    if faults:
        raise ManifestError(sorted(faults, key=lambda fault: fault.row))
    return entries


def describe(path: str, sidecar: bytes, scheme: Scheme, defaults: Defaults) -> Description:
    """The description of one file from its path and the sidecar beside it (CSV of one row, or a JSON object, with the
    columns of a manifest), if there is one. Raises ManifestError."""
    given = _read_sidecar(sidecar) if sidecar else {}
    known = set(_COLUMNS) - {"path", "relations"} | {f.name for fields in scheme.templates.values() for f in fields}
    faults = [Fault(1, name, "unknown_field") for name in given if name not in known]
    reader = _RowReader(Path(), scheme, defaults, faults)
    found = reader.describe(1, path, {name: text for name, text in given.items() if name in known})
    if faults:
        raise ManifestError(faults)
    return found


def _read_sidecar(data: bytes) -> dict[str, str]:
    encoding = detect_encoding(data)
    if encoding is None:
        raise ManifestError([Fault(1, "", "not_text")])
    text = decode(data, encoding).lstrip("\ufeff")
    if text.lstrip().startswith("{"):
        row = _read_object(text)
    else:
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        if len(rows) != 1 or None in rows[0] or None in rows[0].values():
            raise ManifestError([Fault(1, "", "columns_do_not_match")])
        row = rows[0]
    return {name.strip(): text.strip() for name, text in row.items() if text.strip()}


def _read_object(text: str) -> dict[str, str]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as err:
        raise ManifestError([Fault(1, "", "not_json")]) from err
    cells = {name: value if isinstance(value, list) else [value] for name, value in found.items()}
    return {name: "；".join(map(_plain, values)) for name, values in cells.items()}


def _plain(value: object) -> str:
    """A JSON value as it would stand in a cell."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


class _RowReader:
    """Turns rows into entries and collects their faults."""

    def __init__(self, root: Path, scheme: Scheme, defaults: Defaults, faults: list[Fault]) -> None:
        self._root = root.resolve()
        self._scheme = scheme
        self._defaults = defaults
        self._faults = faults
        self._classes = class_names(scheme)

    def read(self, number: int, row: Mapping[str | None, Any]) -> Entry | None:
        """The entry of a row, or None when something is wrong with it."""
        before = len(self._faults)
        if None in row or None in row.values():
            self._faults.append(Fault(number, "", "columns_do_not_match"))
            return None
        given = {str(name): str(value).strip() for name, value in row.items() if str(value).strip()}
        path = given.pop("path", "")
        found = (self._value(number, "path", path, self._find) or ()) if path else ()
        pages = found if len(found) > 1 else ()
        path = f"{path.rstrip('/')}{ENDING}" if pages else path
        if not path and "title" not in given:
            self._faults.append(Fault(number, "title", "required"))
        links = self._value(number, "relations", given.pop("relations", ""), _links) or ()
        description = self.describe(number, path, given)
        if len(self._faults) > before:
            return None
        return Entry(number, path, found[0] if found else None, description, links, pages)

    def describe(self, number: int, path: str, given: dict[str, str]) -> Description:
        """What the values say, and for the rest what the path says."""
        return Description(**vars(_derive(path, self._classes, self._defaults)) | self._read_columns(number, given))

    def _read_columns(self, number: int, given: dict[str, str]) -> dict[str, Any]:
        values = {
            _COLUMNS[name].attribute: self._value(number, name, text, _COLUMNS[name].read)
            for name, text in given.items()
            if name in _COLUMNS
        }
        code = values.get("class_code") or self._defaults.class_code
        if code not in self._scheme.classes:
            self._faults.append(Fault(number, "class", "unknown"))
            return values
        fields = {f.name: f for f in (*self._scheme.templates["common"], *self._scheme.fields(code))}
        meta = {}
        for name, text in given.items():
            if name in _COLUMNS:
                continue
            if name not in fields:
                self._faults.append(Fault(number, name, "not_of_class"))
                continue
            described = fields[name]
            meta[name] = self._value(number, name, text, lambda text, f=described: read_field(text, f))  # type: ignore[misc]
        if values.get("retention") and values["retention"] not in self._scheme.retention_bands:
            self._faults.append(Fault(number, "retention", "unknown"))
        return values | {"meta": meta}

    def _value(self, number: int, column: str, text: str, read: Callable[[str], Any]) -> Any:
        try:
            return read(text)
        except WrongValueError as err:
            self._faults.append(Fault(number, column, err.reason))
            return None

    def _find(self, path: str) -> tuple[Path, ...]:
        """The file, or the images of a folder in order."""
        found = (self._root / path).resolve()
        if not found.is_relative_to(self._root) or PurePosixPath(path).is_absolute():
            raise WrongValueError("outside_folder")
        if found.is_file():
            return (found,)
        inside = dict(list_files(found)) if found.is_dir() else {}
        if not inside:
            raise WrongValueError("no_such_file")
        if any(source.suffix.lower() not in IMAGE_ENDINGS for source in inside.values()):
            raise WrongValueError("not_images")
        return tuple(inside[name] for name in sort_pages(inside))


def _find_doubles(entries: Sequence[Entry]) -> Iterator[Fault]:
    seen: set[str] = set()
    for entry in entries:
        code = entry.description.archival_code
        if code is None:
            continue
        if normalise_code(code) in seen:
            yield Fault(entry.row, "archival_code", "in_use")
        seen.add(normalise_code(code))


def _derive(path: str, classes: Mapping[str, str], defaults: Defaults) -> Description:
    named = PurePosixPath(path)
    codes = (classes.get(plain_name(folder.name)) for folder in named.parents)
    dates = list(find_dates(named.stem))
    exact = dates[0].interval if len(dates) == 1 and not dates[0].is_partial else None
    return Description(
        title=named.stem[:TITLE_LENGTH],
        class_code=next(filter(None, codes), defaults.class_code),
        department=defaults.department,
        date=exact.first.strftime("%Y%m%d") if exact and exact.first == exact.last else "",
    )


def _state(text: str) -> State:
    try:
        return State(text)
    except ValueError as err:
        raise WrongValueError("unknown") from err


def _links(text: str) -> tuple[Link, ...]:
    pairs = [part.rpartition(":") if ":" in part else ("", "", "") for part in read_list(text)]
    if any(not kind or not code for kind, _, code in pairs):
        raise WrongValueError("not_a_relation")
    return tuple(Link(kind, normalise_code(code)) for kind, _, code in pairs)


@dataclass(frozen=True)
class _Column:
    """A column that every class has: attribute of `Description`, and how its text is read."""

    attribute: str
    read: Callable[[str], Any]


_COLUMNS: Final[Mapping[str, _Column]] = {
    "path": _Column("", read_text),
    "relations": _Column("", _links),
    "title": _Column("title", read_text),
    "class": _Column("class_code", read_text),
    "department": _Column("department", read_text),
    "date": _Column("date", read_date),
    "year": _Column("year", read_whole),
    "archival_code": _Column("archival_code", read_text),
    "doc_no": _Column("doc_no", read_text),
    "creator": _Column("creators", read_list),
    "keywords": _Column("keywords", read_list),
    "abstract": _Column("abstract", read_text),
    "transcript": _Column("transcript", read_text),
    "persons": _Column("persons", read_list),
    "sensitivity": _Column("sensitivity", read_level),
    "retention": _Column("retention", read_text),
    "reading_scope": _Column("reading_scope", read_text),
    "reading_depts": _Column("reading_departments", read_list),
    "state": _Column("state", _state),
    "on_hold": _Column("on_hold", read_flag),
    "pages": _Column("page_count", read_whole),
    "carrier": _Column("carrier", read_text),
    "origin": _Column("origin", read_text),
    "location": _Column("location", read_text),
}


def missing_departments(entries: Collection[Entry], known: Collection[str]) -> dict[str, list[Fault]]:
    """Names of departments that do not exist yet, each with the places where it stands."""
    found: dict[str, list[Fault]] = {}
    for entry in entries:
        for column, name in _named_departments(entry.description):
            if name not in known:
                found.setdefault(name, []).append(Fault(entry.row, column, "unknown"))
    return found


def missing_departments_of(described: Description, known: Collection[str]) -> list[Fault]:
    """Columns of one description that name departments which do not exist."""
    return [Fault(1, column, "unknown") for column, name in _named_departments(described) if name not in known]


def _named_departments(described: Description) -> list[tuple[str, str]]:
    return [("department", described.department), *(("reading_depts", d) for d in described.reading_departments)]
