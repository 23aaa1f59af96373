"""Reads tables in a keyless child and takes its answer for what it is: foreign.

Threat: a workbook that attacks its parser, expands without end, or hides formulas. Guarantee: it is opened only in a
child (`render.ops.sheet`), nothing in it is computed, and of the answer only text in rows of bounded number is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from render.errors import ToolError
from render.memory_file import MemoryFile
from render.programs import SHEETS
from render.sandbox import SandboxPool


@dataclass(frozen=True)
class Sheet:
    """One sheet: rows of cells, as wide as each is filled; places (row, column, from 0) of cells without a value."""

    name: str
    rows: tuple[tuple[str, ...], ...]
    broken: frozenset[tuple[int, int]]


def read_sheets(document: MemoryFile) -> tuple[Sheet, ...]:
    """The sheets that hold anything. Raises ToolError, ToolUnavailableError."""
    # A child for this one document: tables come seldom, and none should wait in memory for them.
    with SandboxPool(1, SHEETS) as pool:
        _, payload = pool.call("sheet.read", {}, document)
    try:
        found = tuple(_check(sheet) for sheet in json.loads(payload))
    except (ValueError, TypeError, KeyError) as err:
        raise ToolError("tool_output") from err
    if not any(sheet.rows for sheet in found):
        raise ToolError("table_empty")
    return tuple(sheet for sheet in found if sheet.rows)


def _check(sheet: dict[str, Any]) -> Sheet:
    rows = tuple(tuple(_iter_text(row)) for row in sheet["rows"])
    broken = frozenset((int(row), int(column)) for row, column in sheet["broken"])
    return Sheet(str(sheet["name"]), rows, broken)


def _iter_text(row: list[Any]) -> Iterator[str]:
    for cell in row:
        if not isinstance(cell, str):
            raise TypeError("a cell is text")
        yield cell
