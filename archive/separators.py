"""Separator sheets: what their code says, and how they part a stack of scanned pages. Pure.

A code counts only with its prefix, so that the codes on invoices, parcels and forms never part a stack.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from mappings.archival_code import normalise_code

PREFIX: Final = "GDSEP:"


@dataclass(frozen=True)
class Sheet:
    """What was seen on one page: archival codes of separator sheets (for most pages none), and whether it is blank."""

    codes: tuple[str, ...] = ()
    is_blank: bool = False


@dataclass(frozen=True)
class Stretch:
    """Pages behind one separator sheet, `first` to `last`; none where `last` is before `first`. `code` is empty for the
    pages before the first sheet, and where a sheet bears two codes."""

    code: str
    first: int
    last: int

    @property
    def has_pages(self) -> bool:
        """Whether anything lies behind the sheet."""
        return self.first <= self.last


def write_code(archival_code: str) -> str:
    """What the code on a separator sheet says: plain ASCII, because readers guess the encoding of anything else."""
    return PREFIX + quote(normalise_code(archival_code), safe="")


def read_codes(texts: Sequence[str]) -> tuple[str, ...]:
    """The archival codes among the texts of all codes on a page, each once."""
    found = (normalise_code(unquote(text.strip()[len(PREFIX) :])) for text in texts if text.strip().startswith(PREFIX))
    return tuple(dict.fromkeys(code for code in found if code))


def part_stack(sheets: Sequence[Sheet]) -> list[Stretch]:
    """The stretches of a stack in order, nothing for one without separator sheets. The unwritten back of a separator
    sheet belongs to it."""
    starts = [(number, sheet.codes) for number, sheet in enumerate(sheets, 1) if sheet.codes]
    if not starts:
        return []
    ends = [number - 1 for number, _ in starts[1:]] + [len(sheets)]
    head = [Stretch("", 1, starts[0][0] - 1)] if starts[0][0] > 1 else []
    stretches = []
    for (number, codes), last in zip(starts, ends, strict=True):
        first = number + 1 + (number < last and sheets[number].is_blank)
        stretches.append(Stretch(codes[0] if len(codes) == 1 else "", first, last))
    return head + stretches
