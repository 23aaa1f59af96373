"""A list that says which file, or which pages of it, belongs to which archival code. Pure."""

from __future__ import annotations

from typing import Final

from archive.attach.matching import Listed
from archive.catalogue_import.columns import plain_heading
from archive.catalogue_import.tables import Table
from archive.catalogue_import.values import read_pages
from archive.errors import InvalidError
from archive.values import WrongValueError

COLUMNS: Final = {
    "path": ("path", "file", "文件", "文件名", "路径", "文件路径", "电子文件名"),
    "archival_code": ("archival_code", "档号", "件档号"),
    "pages": ("pages", "页号", "页次", "起止页", "起止页号"),
}


def read_manifest(table: Table) -> dict[str, list[Listed]]:
    """Lines by path. Raises InvalidError: a column is missing, pages are none, or a whole file has two codes."""
    headings = [plain_heading(table.cell(0, column)) for column in range(table.width)]
    places = {
        name: next((n for n, heading in enumerate(headings) if heading in map(plain_heading, words)), None)
        for name, words in COLUMNS.items()
    }
    path, code, pages = (places[name] for name in COLUMNS)
    if path is None or code is None:
        raise InvalidError(details={"path" if path is None else "archival_code": "required"})
    listed: dict[str, list[Listed]] = {}
    for row in range(1, len(table.rows)):
        name, wanted = table.cell(row, path).replace("\\", "/"), table.cell(row, code)
        text = table.cell(row, pages) if pages is not None else ""
        if name and wanted:
            listed.setdefault(name, []).append(Listed(wanted, _read_pages(text)))
    if any(len(lines) > 1 and not all(line.pages for line in lines) for lines in listed.values()):
        raise InvalidError(details={"path": "in_use"})
    return listed


def _read_pages(text: str) -> tuple[int, int] | None:
    if not text:
        return None
    try:
        first, last = read_pages(text)
    except WrongValueError as err:
        raise InvalidError(details={"pages": err.reason}) from err
    return first, last or first
