"""Archival codes (档号): normal form and parsing by the pattern of the class (DA/T 13-2022).

A code cannot be parsed by its shape: volume-piece and item-page look alike. The caller names the form that the class
scheme gives for the record's class. Codes of older schemes are accepted only for imports.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

_DASHES = re.compile("[‐‑‒–—―−－]")
_DOTS = re.compile("[·•・‧∙⋅.．]")
_BLANKS = re.compile(r"\s+")
_PARTED = "[-‐‑‒–—―−_ .·•・‧∙⋅]{1,3}"

_FONDS = r"(?P<fonds>[A-Z]\d{3})"
_YEAR = r"(?P<year>(?:19|20)\d{2})"
_BAND = r"(?P<band>Y|D30|D10)"
_ORG = r"(?P<org>[A-Z]{2,6}|\d{3}|[\u4e00-\u9fff]{2,12})"
_CLASS = r"(?P<class_code>{class_code})"


class CodeForm(StrEnum):
    """The way the codes of a class are built; the scheme names one for every class that has codes."""

    ITEM = "ITEM"
    ITEM_E = "ITEM_E"
    KU = "KU"
    PROJECT = "PROJECT"
    EQUIP = "EQUIP"
    KY = "KY"
    RS = "RS"
    PROC = "PROC"
    GROUP = "GROUP"
    ITEM22 = "ITEM22"
    LEGACY = "LEGACY"


# In volume forms the piece may be missing: then the code is that of the case volume.
_ISSUED = {
    CodeForm.ITEM: rf"{_FONDS}-{_CLASS}·{_YEAR}·{_BAND}(?:·{_ORG})?-(?P<item>\d{{4,6}})(?:-(?P<page>\d{{3,4}}))?",
    CodeForm.ITEM_E: rf"{_FONDS}-{_CLASS}·{_YEAR}-(?P<item>\d{{6}})(?:-(?P<page>\d{{3,4}}))?",
    CodeForm.KU: rf"{_FONDS}-{_CLASS}·{_YEAR}·{_BAND}-(?P<volume>\d{{3}})(?:-(?P<piece>\d{{4}}))?",
    CodeForm.PROJECT: rf"{_FONDS}-KJ·JJ·(?P<project>[A-Z0-9]{{2,4}})-(?P<volume>\d{{2,3}})(?:-(?P<piece>\d{{3}}))?",
    CodeForm.EQUIP: rf"{_FONDS}-{_CLASS}-(?P<volume>\d{{3}})(?:-(?P<piece>\d{{3}}))?",
    CodeForm.KY: rf"{_FONDS}-{_CLASS}-(?P<volume>\d{{3}})(?:-(?P<piece>\d{{3}}))?",
    CodeForm.RS: rf"{_FONDS}-{_CLASS}-(?P<volume>\d{{4}})(?:-(?P<piece>\d{{3}}))?",
    CodeForm.PROC: rf"{_FONDS}-{_CLASS}·{_YEAR}·{_BAND}-(?P<volume>\d{{3}})(?:-(?P<piece>\d{{3}}))?",
    CodeForm.GROUP: rf"{_FONDS}-{_CLASS}·{_YEAR}·{_BAND}-(?P<volume>\d{{3}})(?:-(?P<piece>\d{{3}}))?",
}
# Older habits that are read but never issued: three-digit serials, vouchers without a band, DA/T 22-2015, 目录号.
_IMPORTED = {
    CodeForm.ITEM: rf"{_FONDS}-{_CLASS}·{_YEAR}·{_BAND}(?:·{_ORG})?-(?P<item>\d{{3,6}})(?:-(?P<page>\d{{3,4}}))?",
    CodeForm.KU: rf"{_FONDS}-{_CLASS}·{_YEAR}(?:·{_BAND})?-(?P<volume>\d{{3}})(?:-(?P<piece>\d{{3,4}}))?",
    CodeForm.PROJECT: rf"{_FONDS}-{_CLASS}-(?P<volume>\d{{3}})-(?P<page>\d{{3}})",
    CodeForm.RS: rf"{_FONDS}-{_CLASS}-(?P<volume>\d{{3}})(?:-(?P<piece>\d{{3}}))?",
    CodeForm.ITEM22: rf"{_FONDS}-{_CLASS}·{_YEAR}-{_BAND}(?:-{_ORG})?-(?P<item>\d{{4,6}})",
    CodeForm.LEGACY: r"(?P<fonds>[A-Z]\d{3})-(?P<catalogue>\d{1,3})-(?P<volume>\d{1,4})-(?P<piece>\d{3,4})",
}
# Digits of the numbers that a list gives without leading zeros.
_WIDTHS = {
    CodeForm.ITEM: {"item": 4},
    CodeForm.ITEM_E: {"item": 6},
    CodeForm.KU: {"volume": 3, "piece": 4},
    CodeForm.PROJECT: {"volume": 2, "piece": 3},
    CodeForm.EQUIP: {"volume": 3, "piece": 3},
    CodeForm.KY: {"volume": 3, "piece": 3},
    CodeForm.RS: {"volume": 4, "piece": 3},
    CodeForm.PROC: {"volume": 3, "piece": 3},
    CodeForm.GROUP: {"volume": 3, "piece": 3},
}
_USED = {
    CodeForm.ITEM: ("year", "band", "org", "item"),
    CodeForm.ITEM_E: ("year", "item"),
    CodeForm.KU: ("year", "band", "volume", "piece"),
    CodeForm.PROJECT: ("project", "volume", "piece"),
    CodeForm.EQUIP: ("volume", "piece"),
    CodeForm.KY: ("volume", "piece"),
    CodeForm.RS: ("volume", "piece"),
    CodeForm.PROC: ("year", "band", "volume", "piece"),
    CodeForm.GROUP: ("year", "band", "volume", "piece"),
}


@dataclass(frozen=True)
class ArchivalCode:
    """A parsed code. Components that the form does not have are empty; `text` is the normal form."""

    text: str
    form: CodeForm
    fonds: str
    class_code: str = ""
    year: str = ""
    band: str = ""
    org: str = ""
    project: str = ""
    catalogue: str = ""
    volume: str = ""
    piece: str = ""
    item: str = ""
    page: str = ""

    @property
    def is_volume(self) -> bool:
        """Whether this names a whole case volume."""
        return bool(self.volume) and not self.piece and not self.page

    @property
    def volume_text(self) -> str:
        """The code of the case volume that a piece belongs to; empty for items."""
        if not self.volume:
            return ""
        return self.text if self.is_volume else self.text.rpartition("-")[0]

    @property
    def item_text(self) -> str:
        """The code without its page part: what a catalogue entry carries."""
        return self.text.rpartition("-")[0] if self.page else self.text


def normalise_code(text: str) -> str:
    """Normal form of a code: half-width capitals, one dash, one middle dot, no blanks."""
    text = unicodedata.normalize("NFKC", text.strip())
    text = _DOTS.sub("·", _DASHES.sub("-", text))
    return _BLANKS.sub("", text).upper()


def parse_code(text: str, form: CodeForm, class_code: str, *, imported: bool = False) -> ArchivalCode | None:
    """The code's components by the form of the record's class, or None when it breaks the pattern.

    `imported` also reads older habits. The forms ITEM22 and LEGACY exist for imports only.
    """
    normal = normalise_code(text)
    patterns = [_IMPORTED.get(form) if imported else None, _ISSUED.get(form)]
    for pattern in filter(None, patterns):
        found = re.fullmatch(pattern.replace("{class_code}", re.escape(class_code)), normal)
        if found:
            parts = {name: value for name, value in found.groupdict().items() if value}
            return ArchivalCode(text=normal, form=form, **{"class_code": class_code} | parts)
    return None


def compose_code(form: CodeForm, class_code: str, *, fonds: str, parts: Mapping[str, str]) -> ArchivalCode | None:
    """The code that separate columns of a list make (year, band, org, project, volume, piece, item), or None when a
    part is missing or breaks the pattern. Parts that the form does not have are left out."""
    used = {name: parts[name] for name in _USED.get(form, ()) if parts.get(name)}
    widths = _WIDTHS.get(form, {})
    filled = {name: text.zfill(widths[name]) if name in widths else text for name, text in used.items()}
    made = ArchivalCode(text="", form=form, fonds=fonds, class_code=class_code, **filled)
    return parse_code(assemble_code(made), form, class_code)


def add_piece(volume: ArchivalCode, number: str) -> ArchivalCode | None:
    """The code of the piece with that number in a volume, or None when the number does not fit the form."""
    text = f"{volume.text}-{number.zfill(_WIDTHS.get(volume.form, {}).get('piece', 0))}"
    return parse_code(text, volume.form, volume.class_code, imported=True)


def find_codes(text: str, form: CodeForm, class_code: str) -> list[ArchivalCode]:
    """Codes of a class inside a file name or the like, where any of `- _ . ·` and blanks may part their components."""
    plain = _BLANKS.sub(" ", unicodedata.normalize("NFKC", text)).upper()
    found = []
    for pattern in filter(None, (_ISSUED.get(form), _IMPORTED.get(form))):
        for match in _loosen(pattern, class_code).finditer(plain):
            parts = {name: value for name, value in match.groupdict().items() if value}
            code = ArchivalCode(text="", form=form, **{"class_code": class_code} | parts)
            found.append(replace(code, class_code=class_code, text=assemble_code(replace(code, class_code=class_code))))
    return list({code.text: code for code in found}.values())


@cache
def _loosen(pattern: str, class_code: str) -> re.Pattern[str]:
    named = pattern.replace("{class_code}", class_code)
    parted = re.sub(r"\[[^\]]*\]|[-·]", lambda part: part[0] if part[0].startswith("[") else _PARTED, named)
    return re.compile(rf"(?<![0-9A-Z]){parted}(?![0-9A-Z])")


def assemble_code(code: ArchivalCode) -> str:
    """The string that the components make. The component check of 四性检测 compares it with the stored one."""
    head = "·".join(filter(None, (_class_part(code), *_dated_part(code))))
    if code.form is CodeForm.ITEM22:
        head = "-".join(filter(None, (f"{code.class_code}·{code.year}", code.band, code.org)))
    tail = (code.catalogue, code.volume, code.piece, code.item, code.page)
    return "-".join(filter(None, (code.fonds, head, *tail)))


def _class_part(code: ArchivalCode) -> str:
    if code.form is CodeForm.LEGACY:
        return ""
    return f"KJ·JJ·{code.project}" if code.project else code.class_code


def _dated_part(code: ArchivalCode) -> tuple[str, ...]:
    return (code.year, code.band, code.org)
