"""A list that says which file belongs to which archival code. Pure."""

from __future__ import annotations

from typing import Final

from archive.catalogue_import.columns import plain_heading
from archive.catalogue_import.tables import Table
from archive.errors import InvalidError

PATHS: Final = frozenset(map(plain_heading, ("path", "file", "文件", "文件名", "路径", "文件路径", "电子文件名")))
CODES: Final = frozenset(map(plain_heading, ("archival_code", "archival code", "档号", "件档号")))


def read_manifest(table: Table) -> dict[str, str]:
    """Archival codes by path. Raises InvalidError when a column is missing or a path is listed for two codes."""
    headings = [plain_heading(table.cell(0, column)) for column in range(table.width)]
    path = next((n for n, heading in enumerate(headings) if heading in PATHS), None)
    code = next((n for n, heading in enumerate(headings) if heading in CODES), None)
    if path is None or code is None:
        raise InvalidError(details={"path" if path is None else "archival_code": "required"})
    listed: dict[str, str] = {}
    for row in range(1, len(table.rows)):
        name, wanted = table.cell(row, path).replace("\\", "/"), table.cell(row, code)
        if name and wanted and listed.setdefault(name, wanted) != wanted:
            raise InvalidError(details={"path": "in_use"})
    return listed
