"""The archival code of a row: from its own column, or put together from the columns that hold its parts. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

from archive.catalogue_import.values import read_band
from archive.scheme import RecordClass, Scheme, class_names, plain_name
from archive.values import WrongValueError
from mappings.archival_code import ArchivalCode, CodeForm, add_piece, compose_code, normalise_code, parse_code

PARTS: Final = ("year", "org", "project")


@dataclass(frozen=True)
class Numbered:
    """What a row is called: its class, its code, and the group that is imported whole: a volume or the item alone."""

    record_class: RecordClass
    code: ArchivalCode

    @property
    def group(self) -> str:
        """Code of the case volume, or of the item."""
        is_piece = self.record_class.arrangement == "volume" and bool(self.code.volume_text)
        return self.code.volume_text if is_piece else self.code.text

    @property
    def is_volume(self) -> bool:
        """Whether the row describes a case volume as a whole."""
        return self.record_class.arrangement == "volume" and self.code.is_volume


class WrongFieldError(Exception):
    """A row cannot be numbered; `field` is the column at fault."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


class Numbering:
    """Numbers the rows of one table. `default_class` counts for rows that do not say."""

    def __init__(self, scheme: Scheme, default_class: str) -> None:
        self._scheme = scheme
        self._default = default_class
        self._find_classes = lru_cache(maxsize=4096)(self._list_classes)

    @cached_property
    def _names(self) -> dict[str, str]:
        return class_names(self._scheme)

    def number(self, row: Mapping[str, str]) -> Numbered:
        """Class and code of a row (field → text). Raises WrongFieldError."""
        text = row.get("archival_code", "")
        volume = row.get("volume_no", "")
        whole = text or (volume if not volume.isdecimal() else "")
        record_class = self._class(row, whole)
        code = self._read(whole, record_class, "archival_code" if text else "volume_no") if whole else None
        if code is None:
            code = self._compose(row, record_class)
        elif code.is_volume and row.get("piece_no"):
            code = add_piece(code, row["piece_no"])
            if code is None:
                raise WrongFieldError("piece_no", "not_a_code")
        return Numbered(record_class, code)

    def _read(self, text: str, record_class: RecordClass, field: str) -> ArchivalCode:
        if record_class.numbering == "NONE":
            raise WrongFieldError(field, "class_without_code")
        code = parse_code(text, CodeForm(record_class.numbering), record_class.code, imported=True)
        if code is None:
            raise WrongFieldError(field, "not_a_code")
        if code.page:
            raise WrongFieldError(field, "not_a_code")  # a page is no record of its own
        return code

    def _compose(self, row: Mapping[str, str], record_class: RecordClass) -> ArchivalCode:
        if record_class.numbering == "NONE":
            raise WrongFieldError("archival_code", "class_without_code")
        parts = {name: normalise_code(row[name]) for name in PARTS if row.get(name)}
        try:
            parts["band"] = read_band(row.get("retention", "")) or record_class.retention
        except WrongValueError as err:
            raise WrongFieldError("retention", err.reason) from err
        fields = {"volume": "volume_no", "piece": "piece_no", "item": "item_no"}
        parts |= {part: row[field] for part, field in fields.items() if row.get(field)}
        fonds = row.get("fonds", "") or self._scheme.fonds
        code = compose_code(CodeForm(record_class.numbering), record_class.code, fonds=fonds, parts=parts)
        if code is None:
            raise WrongFieldError("archival_code", "no_code")
        return code

    def _class(self, row: Mapping[str, str], code: str) -> RecordClass:
        """The class that the row names, else the default where the code allows it, else the one that the code names."""
        named = row.get("class", "")
        if named:
            found = self._names.get(plain_name(named))
            if found is None:
                raise WrongFieldError("class", "unknown")
            return self._scheme.get(found)
        listed = self._find_classes(normalise_code(code).split("-")[1]) if code.count("-") else ()
        if self._default and (not listed or listed[0] in self._scheme.get(self._default).path):
            return self._scheme.get(self._default)
        if not listed and code:
            raise WrongFieldError("archival_code", "class_unknown_yet")
        if not listed:
            is_empty = not any(row.get(name) for name in ("volume_no", "item_no"))
            raise WrongFieldError(*(("archival_code", "no_code") if is_empty else ("class", "class_unknown_yet")))
        return self._scheme.get(listed[0])

    def _list_classes(self, head: str) -> tuple[str, ...]:
        """Classes that the part of a code after the fonds begins with, the most special first."""
        fitting = [code for code in self._scheme.classes if head == code or head.startswith(f"{code}·")]
        return tuple(sorted(fitting, key=len, reverse=True))
