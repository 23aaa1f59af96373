"""Tables for spreadsheets: CSV that opens right in Excel and WPS, and in which no cell can act.

Threat: a file name or title that a spreadsheet takes for a formula (OWASP, CSV injection). Guarantee: a cell that
begins like one is written with an apostrophe before it, which spreadsheets show as text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

MARK: Final = "\ufeff"
"""Tells Excel that the text is UTF-8."""
_ACTING: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def build_cell(value: object) -> object:
    """The value as a cell: numbers as they are, text so that it stays text."""
    if isinstance(value, str) and value.lstrip(" ").startswith(_ACTING):
        return f"'{value}"
    return value


def iter_csv(rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The table line by line (RFC 4180), with the mark before the first."""
    line = io.StringIO()
    writer = csv.writer(line)
    before = MARK
    for row in rows:
        writer.writerow([build_cell(value) for value in row])
        yield before + line.getvalue()
        line.seek(0)
        line.truncate()
        before = ""
