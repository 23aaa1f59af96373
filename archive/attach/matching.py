"""Which record a file belongs to, by the archival codes in its name, in its folders, or in a manifest. Pure.

A name may write a code in any width and with any separators. Numbers in the folder of a case volume are pieces, or
pages where the catalogue gives the page numbers of the pieces. What fits two records is told instead of attached.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from math import inf
from pathlib import PurePosixPath
from typing import Final

from archive.scheme import Scheme
from mappings.archival_code import ArchivalCode, CodeForm, add_piece, find_codes, normalise_code


class Fit(StrEnum):
    """What a name says."""

    MATCHED = "matched"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"  # a code that is not in the catalogue
    UNNAMED = "unnamed"  # no code at all


REASONS: Final = {Fit.AMBIGUOUS: "fits_several", Fit.UNKNOWN: "not_catalogued", Fit.UNNAMED: "no_code_in_name"}


@dataclass(frozen=True)
class Target:
    """A catalogued record that files may belong to; pages are those it has within its volume."""

    code: str
    item_id: str
    volume: str = ""
    first: int | None = None
    last: int | None = None


@dataclass(frozen=True)
class Listed:
    """A line of a manifest: the code that a file belongs to, or that some of its pages do."""

    code: str
    pages: tuple[int, int] | None = None


@dataclass(frozen=True)
class Match:
    """What became of one name; `pages`: of these alone."""

    path: str
    fit: Fit
    target: Target | None = None
    pages: tuple[int, int] | None = None

    @property
    def name(self) -> str:
        """The name under which the file is attached."""
        if self.pages is None:
            return self.path
        stem, dot, ending = self.path.rpartition(".")
        return f"{stem or self.path} ({self.pages[0]}-{self.pages[1]}){dot}{ending if dot else ''}"


Manifest = Mapping[str, Sequence[Listed]]
"""Lines by path."""


class Names:
    """Reads codes out of names by the forms of all classes."""

    def __init__(self, scheme: Scheme) -> None:
        self._classes = [c for c in scheme.classes.values() if c.numbering != "NONE"]
        self.read = lru_cache(maxsize=65536)(self._read)

    def _read(self, text: str) -> tuple[ArchivalCode, ...]:
        found: dict[str, ArchivalCode] = {}
        for record_class in self._classes:
            for code in find_codes(text, CodeForm(record_class.numbering), record_class.code):
                found.setdefault(code.text, code)
        return tuple(found.values())


def list_wanted(names: Names, paths: Iterable[str], manifest: Manifest) -> set[str]:
    """Codes of all records and volumes that the paths may mean."""
    wanted = {normalise_code(line.code) for lines in manifest.values() for line in lines}
    for path in paths:
        for part in PurePosixPath(path).parts:
            for code in names.read(part):
                wanted |= {code.item_text, code.volume_text}
    return wanted - {""}


def match_files(names: Names, paths: Sequence[str], targets: Collection[Target], manifest: Manifest) -> list[Match]:
    """Matches for every path; several where `manifest`, which goes before everything else, shares out its pages."""
    matcher = _Matcher(names, targets)
    return [match for path in paths for match in matcher.match(path, manifest.get(path, ()))]


class _Matcher:
    def __init__(self, names: Names, targets: Collection[Target]) -> None:
        self._names = names
        self._targets = {target.code: target for target in targets}
        self._pieces: dict[str, list[Target]] = {}
        for target in targets:
            if target.volume and target.volume != target.code:
                self._pieces.setdefault(target.volume, []).append(target)

    def match(self, path: str, listed: Sequence[Listed]) -> list[Match]:
        if listed:
            return [replace(self._decide(path, [normalise_code(line.code)]), pages=line.pages) for line in listed]
        return [self._read(path)]

    def _read(self, path: str) -> Match:
        named = PurePosixPath(path)
        own = self._names.read(_stem(named))
        if own:
            return self._decide(path, [code.item_text for code in own], wholes=own)
        for folder in named.parents:
            codes = self._names.read(folder.name)
            if codes:
                return self._within(path, _stem(named), codes)
        return Match(path, Fit.UNNAMED)

    def _within(self, path: str, stem: str, codes: Sequence[ArchivalCode]) -> Match:
        """A file in a folder that bears a code: numbered within a volume, or one of the files of a record."""
        volumes = [code for code in codes if code.is_volume and code.text in self._pieces]
        if not volumes or len(codes) > 1:
            return self._decide(path, [code.item_text for code in codes], wholes=codes)
        if not stem.isdecimal():
            return Match(path, Fit.UNKNOWN)
        return self._decide(path, list(self._numbered(volumes[0], stem)))

    def _numbered(self, volume: ArchivalCode, stem: str) -> set[str]:
        """Pieces that the number of a file may mean: by the number itself, or by the pages of the catalogue."""
        number = int(stem)
        pieces = self._pieces[volume.text]
        by_page = {t.code for t in pieces if t.first is not None and t.first <= number <= self._last(t)}
        piece = add_piece(volume, stem)
        return by_page | ({piece.text} if piece is not None else set())

    def _last(self, target: Target) -> float:
        """The last page of a piece; where a list gives only first pages, it is the one before the next piece."""
        later = [t.first for t in self._pieces[target.volume] if t.first is not None and t.first > (target.first or 0)]
        return target.last or min(later, default=inf) - 1

    def _decide(self, path: str, codes: Iterable[str], wholes: Sequence[ArchivalCode] = ()) -> Match:
        # The code of a volume with pieces is the place of its pieces' files; a file named by it alone fits none.
        whole = {code.text for code in wholes if code.is_volume and code.text in self._pieces}
        known = {code for code in codes if code in self._targets} - whole
        if len(known) == 1:
            return Match(path, Fit.MATCHED, self._targets[known.pop()])
        return Match(path, Fit.AMBIGUOUS if known or whole else Fit.UNKNOWN)


def _stem(named: PurePosixPath) -> str:
    """The name without its ending; a code may itself hold dots, so only a short ending of letters is one."""
    ending = named.suffix[1:]
    return named.stem if ending.isalnum() and ending.isascii() and 1 < len(ending) <= 5 else named.name
