"""A table as it was read: text in rows, and where a cell had no usable value. Kept in the vault between steps."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """One sheet. Rows are as wide as they are filled; `broken` holds places (row, column, from 0) without a value."""

    name: str
    rows: tuple[tuple[str, ...], ...]
    broken: frozenset[tuple[int, int]] = frozenset()

    def cell(self, row: int, column: int) -> str:
        """Text at a place, empty outside."""
        return self.rows[row][column] if row < len(self.rows) and column < len(self.rows[row]) else ""

    @property
    def width(self) -> int:
        """Columns of the widest row."""
        return max(map(len, self.rows), default=0)


def pack_tables(tables: Sequence[Table]) -> bytes:
    """The tables as bytes for the vault."""
    packed = [{"name": t.name, "rows": t.rows, "broken": sorted(t.broken)} for t in tables]
    return json.dumps(packed, ensure_ascii=False).encode()


def unpack_tables(data: bytes) -> tuple[Table, ...]:
    """What `pack_tables` packed."""
    return tuple(
        Table(kept["name"], tuple(map(tuple, kept["rows"])), frozenset((r, c) for r, c in kept["broken"]))
        for kept in json.loads(data)
    )


def column_letter(column: int) -> str:
    """Name of a column in spreadsheets: 0 is A, 26 is AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
